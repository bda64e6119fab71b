import { deriveId, version, type AuditEvent, type Ended } from "@sotto/contracts";
import { dayOf, type DataKey, type Keys } from "@sotto/envelope";
import { sealEntry, type Kept, type OutRecord, type StateEntry } from "@sotto/stream";

import type { Gathered } from "./conversation.ts";
import { entryName, type EntryInfo } from "./entries.ts";

export const worker = "redactor";

/** What handling one record asks for, gathered in order. */
export interface Effects {
  readonly partition: number;
  /** Append time of the record being handled. */
  readonly now: number;
  readonly entries: StateEntry[];
  readonly audit: AuditEvent[];
  readonly outputs: OutRecord[];
  readonly tombstones: string[];
}

export const noEffects = (partition: number, now: number): Effects => ({
  partition,
  now,
  entries: [],
  audit: [],
  outputs: [],
  tombstones: [],
});

/** The key that seals state entries of now. */
export interface Hand {
  readonly key: DataKey;
  readonly day: number;
}

/** To be used without another await in between: then sealing with it cannot fail, and memory and entries stay one. */
export const stateKey = async (keys: Keys, tenant: string, now: number): Promise<Hand> => {
  const day = dayOf(now);
  return { day, key: await keys.toSeal({ slot: "facts", tenant, conversation: null, generation: day }) };
};

export const entryOf = (hand: Hand, c: Gathered, info: EntryInfo, kept: Kept | null = null): StateEntry => {
  const at = { ...hand, worker, tenant: c.tenant, conversation: c.id, entry: entryName(info) };
  return sealEntry(at, info, kept);
};

/** The common part of an audit event, with an id that a repeat makes again. */
export const commonOf = (
  c: Gathered,
  what: "redacted" | "ends",
  section: { readonly n: number; readonly line: string; readonly at: number },
) => ({
  id: deriveId("a", c.id, what, section.n),
  at: section.at,
  service: worker,
  version,
  tenant: c.tenant,
  line: section.line,
  conversation: c.id,
});

/** Tells the audit log of ordinals that nobody after this worker will tell of. */
export const endsEvent = (
  c: Gathered,
  section: { readonly n: number; readonly line: string; readonly at: number },
  ends: Ended[],
): AuditEvent => ({ ...commonOf(c, "ends", section), type: "sotto.audit.turns.ended.v1", ends });
