import { deriveId, encodeCbor, topics, version, type AuditEvent, type Grant } from "@sotto/contracts";
import { admissionHeader, dayOf, seal, UnavailableError, type DataKey, type Keys } from "@sotto/envelope";
import {
  readEvent,
  sealEntry,
  type EventRecord,
  type Headers,
  type Kept,
  type LogRecord,
  type OutRecord,
  type StateEntry,
} from "@sotto/stream";

import { note, type Watched } from "./conversation.ts";
import { entryName, type EntryInfo } from "./entries.ts";

export const worker = "consent-gate";

/** Keys of one tenant and day, had before anything is decided, so that a decision is one synchronous step. */
export interface Hand {
  readonly day: number;
  readonly facts: DataKey;
  readonly grants: DataKey;
}

/**
 * The keys of the day of `now`. Throws UnavailableError: they cannot be had, or one left the cache while the other was
 * fetched. What follows without an await cannot fail for want of a key.
 */
export const handOf = async (keys: Keys, tenant: string, now: number): Promise<Hand> => {
  const day = dayOf(now);
  const [facts, grants] = await Promise.all([
    keys.toSeal({ slot: "facts", tenant, conversation: null, generation: day }),
    keys.toSeal({ slot: "grants", tenant, conversation: null, generation: day }),
  ]);
  const hand = { day, facts, grants };
  assertHeld(hand);
  return hand;
};

/** Throws UnavailableError when a key was zeroed meanwhile: before anything has changed, so that all is done again. */
export const assertHeld = ({ facts, grants }: Hand): void => {
  if (facts.bytes.length !== 32 || grants.bytes.length !== 32)
    throw new UnavailableError("A key is not held");
};

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

export const noEffects = (partition: number, hand: Hand, record: LogRecord): Effects => ({
  partition,
  hand,
  now: record.timestamp,
  cause: record.offset,
  entries: [],
  audit: [],
  outputs: [],
  tombstones: [],
});

/** Notes it in memory and in an entry at once: the one is the fold of the other. */
export const remember = (fx: Effects, c: Watched, info: EntryInfo, kept: Kept | null = null): void => {
  const { facts: key, day } = fx.hand;
  const at = { key, day, worker, tenant: c.tenant, conversation: c.id, entry: entryName(info) };
  fx.entries.push(sealEntry(at, info, kept));
  note(c, info);
};

/** The common part of an audit event, with an id that a replay makes again. */
export const entry = (
  c: Watched,
  fx: Effects,
  parts: readonly (string | number)[],
): Pick<AuditEvent, "id" | "at" | "service" | "version" | "tenant" | "line"> & { conversation: string } => ({
  id: deriveId("a", c.id, fx.cause, ...parts),
  at: fx.now,
  service: worker,
  version,
  tenant: c.tenant,
  line: c.line,
  conversation: c.id,
});

export const keptOf = (record: LogRecord): Kept => ({
  headers: record.headers,
  value: record.value ?? new Uint8Array(),
});

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

/**
 * Lets a record through untouched, with the admission that binds it to its grant. Ordinal 0: not a turn. `event`: what
 * the record was read as, for who has just read it.
 */
export const admit = (
  fx: Effects,
  c: Watched,
  kept: Kept,
  o: { readonly grant: string; readonly ordinal: number; readonly cut: number },
  event: EventRecord = readEvent({ key: c.id, ...kept }),
): void => {
  const admission = { grant: o.grant, ordinal: o.ordinal, part: 0, cut: o.cut, day: fx.hand.day };
  const header = admissionHeader(admission, {
    key: fx.hand.grants,
    event: event.event,
    facts: event.factsFrame,
    content: event.contentFrame,
  });
  const others = kept.headers.filter(([name]) => name !== "admission");
  const headers: Headers = [...others, ["admission", header]];
  send(fx, c.id, { headers, value: kept.value });
};
