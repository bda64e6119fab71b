import { encodeCbor, topics, type AuditEvent, type Grant } from "@sotto/contracts";
import { admissionHeader, seal, type DataKey } from "@sotto/envelope";
import { readEvent, sealEntry, type Headers, type Kept, type OutRecord, type StateEntry } from "@sotto/stream";

import type { Watched } from "./conversation.ts";
import { entryName, type EntryInfo } from "./entries.ts";

export const worker = "consent-gate";

/** Keys of one tenant and day, had before anything is decided, so that a decision is one synchronous step. */
export interface Hand {
  readonly day: number;
  readonly facts: DataKey;
  readonly grants: DataKey;
}

/** What one input record asks for, gathered in order. */
export interface Effects {
  readonly partition: number;
  readonly hand: Hand;
  /** Append time of the record being handled: the time of everything that follows from it. */
  readonly now: number;
  /** Its offset: the cause. */
  readonly cause: number;
  readonly entries: StateEntry[];
  readonly audit: AuditEvent[];
  readonly outputs: OutRecord[];
  readonly tombstones: string[];
}

export const noEffects = (partition: number, hand: Hand, now: number, cause: number): Effects => ({
  partition,
  hand,
  now,
  cause,
  entries: [],
  audit: [],
  outputs: [],
  tombstones: [],
});

export const remember = (fx: Effects, c: Watched, info: EntryInfo, kept: Kept | null = null): void => {
  const { facts: key, day } = fx.hand;
  const at = { key, day, worker, tenant: c.tenant, conversation: c.id, entry: entryName(info) };
  fx.entries.push(sealEntry(at, info, kept));
};

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");

/** The grant as `admitted` carries it, sealed so that ingest cannot make or read one. */
export const grantRecord = (grant: Grant, key: DataKey): Kept => ({
  headers: [
    ["type", text("grant")],
    ["tenant", text(grant.tenant)],
    ["grant", text(grant.id)],
    ["day", text(String(grant.day))],
  ],
  value: seal(encodeCbor(grant), key, {
    tenant: grant.tenant,
    conversation: grant.conversation,
    slot: "grants",
    generation: grant.day,
    kind: "grant",
    name: grant.id,
    headers: null,
  }),
});

export const send = (fx: Effects, conversation: string, kept: Kept): void => {
  fx.outputs.push({ topic: topics.admitted.name, partition: fx.partition, key: conversation, ...kept });
};

/** Lets a record through untouched, with the admission that binds it to its grant. Ordinal 0: not a turn. */
export const admit = (
  fx: Effects,
  c: Watched,
  kept: Kept,
  o: { readonly grant: string; readonly ordinal: number; readonly cut: number },
): void => {
  const event = readEvent({ key: c.id, ...kept });
  const admission = { grant: o.grant, ordinal: o.ordinal, part: 0, cut: o.cut, day: fx.hand.day };
  const header = admissionHeader(admission, {
    key: fx.hand.grants,
    event: event.event,
    facts: event.factsFrame,
    content: event.contentFrame,
  });
  const headers: Headers = [...kept.headers, ["admission", header]];
  send(fx, c.id, { headers, value: kept.value });
};
