import { createHmac, type KeyObject } from "node:crypto";

import { base32, encodeCbor, type IdPrefix } from "@sotto/contracts";

/**
 * Our ids for a vendor's: HMAC-SHA256 under the tenant's id pepper, which is never rotated, so that the same thing has
 * the same id for ever; without the pepper an id tells nothing, not even to who guesses (vendor ids hold phone numbers
 * and addresses). What lives inside a conversation is named by source and conversation too: `turn-1` of two
 * conversations are two turns.
 */
export interface Names {
  conversation(subject: string): string;
  event(vendor: string): string;
  within(prefix: IdPrefix, conversation: string | null, vendor: string): string;
  /** Keyed digest of an event as it was sent: equal for a repeat, different for other data under the same id. */
  digest(sent: Readonly<Record<string, unknown>>): Uint8Array;
}

export const namesOf = (pepper: KeyObject, source: string): Names => {
  const hmac = (...parts: readonly unknown[]): Buffer =>
    createHmac("sha256", pepper).update(encodeCbor(parts)).digest();
  const cache = new Map<string, string>();
  const named = (prefix: IdPrefix, conversation: string | null, vendor: string): string => {
    const key = `${prefix}${conversation ?? ""}\n${vendor}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const name = `${prefix}_${base32(hmac(prefix, source, conversation, vendor))}`;
    cache.set(key, name);
    return name;
  };
  return {
    conversation: (subject) => named("c", null, subject),
    event: (vendor) => named("e", null, vendor),
    within: named,
    digest: (sent) => hmac("digest", source, withoutTransit(sent)),
  };
};

/** What belongs to a try of sending, not to the event. */
const transit = new Set(["traceparent", "tracestate", "receivedtime"]);
const withoutTransit = (sent: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => !transit.has(name)));
