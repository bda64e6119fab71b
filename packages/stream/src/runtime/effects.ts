import { type AuditEvent, deriveId, encodeAudit, topics, version } from "@sotto/contracts";

import type { LogRecord, OutRecord } from "../log-client.ts";
import { quarantineRecord, sealedDigest } from "../quarantine-record.ts";
import type { Outcome, WorkerSpec } from "../worker.ts";
import { commit, send } from "./send.ts";
import type { StateWriter } from "./state-partition.ts";
import type { UnitContext } from "./unit-context.ts";

/** C2SP tlog-tiles: an entry's length is two bytes. */
const maxAuditBytes = 65_535;

/** What one record asks for, encoded: from here on nothing can fail but the log. */
export interface Effects {
  readonly entries: readonly OutRecord[];
  readonly audit: readonly OutRecord[];
  readonly outputs: readonly OutRecord[];
  readonly tombstones: readonly OutRecord[];
  /** Of a record that was put aside. */
  readonly quarantined?: string;
}

/** Encodes an outcome. Throws what an outcome that does not fit its shapes throws: a bug of the handler. */
export const effectsOf = (spec: WorkerSpec, partition: number, outcome: Outcome): Effects => {
  const topic = `${spec.name}.state`;
  const { entries = [], audit = [], outputs = [], tombstones = [] } = outcome;
  if (!spec.stateful && entries.length + tombstones.length > 0) {
    throw new TypeError(`Cannot keep state of ${spec.name}: it is not stateful`);
  }
  return {
    entries: entries.map(({ key, value }) => ({ topic, partition, key, value })),
    audit: audit.map(auditRecord),
    outputs,
    tombstones: tombstones.map((key) => ({ topic, partition, key, value: null })),
  };
};

/** A record set aside: its bytes as they came, why, and from where; with the audit event that tells of it. */
export const quarantineOf = (
  spec: WorkerSpec,
  record: LogRecord,
  reason: string,
  ordinal: number | undefined,
): Effects => {
  const { topic, partition, offset } = record;
  const aside = quarantineRecord(record, reason, { topic, partition, offset });
  const audit = [auditOfQuarantine(spec, record, reason, ordinal)];
  return { entries: [], audit, outputs: [aside], tombstones: [], quarantined: reason };
};

/**
 * Does what a run of records asks for, each step acked before the next: entries, audit, outputs, commit; `tidy`
 * comes after. Throws UnitStop; a repeat of any of it after a crash is told by its ids.
 */
export const emit = async (
  u: UnitContext,
  state: StateWriter | null,
  effects: readonly Effects[],
  offsets: ReadonlyMap<string, number>,
): Promise<void> => {
  const all = (part: "entries" | "audit" | "outputs"): OutRecord[] => effects.flatMap((one) => one[part]);
  await state?.append(all("entries"));
  await send(u, all("audit"), { whenReady: false });
  await send(u, all("outputs"), { whenReady: true });
  if (offsets.size > 0) await commit(u, offsets);
  for (const { quarantined } of effects) if (quarantined !== undefined) u.metrics?.quarantined(quarantined);
};

/** Tombstones what the records no longer need, once they are committed. */
export const tidy = async (state: StateWriter | null, effects: readonly Effects[]): Promise<void> => {
  await state?.append(effects.flatMap((one) => one.tombstones));
};

/** One partition of the audit topic is one log: its key tells nothing. */
export const auditRecord = (event: AuditEvent): OutRecord => {
  const value = encodeAudit(event);
  if (value.length > maxAuditBytes) {
    throw new RangeError(
      `Cannot log ${event.type} ${event.id}: ${value.length} bytes, at most ${maxAuditBytes}`,
    );
  }
  return { topic: topics.audit.name, key: "-", value };
};

/** The worker's own event; should it fail over this record too, one that says only what is sure to be sayable. */
const auditOfQuarantine = (
  spec: WorkerSpec,
  record: LogRecord,
  reason: string,
  ordinal: number | undefined,
): OutRecord => {
  try {
    return auditRecord(spec.quarantined(record, reason, ordinal));
  } catch {
    const { topic, partition, offset, timestamp } = record;
    return auditRecord({
      type: "sotto.audit.turn.quarantined.v1",
      id: deriveId("a", "quarantined", spec.name, topic, partition, offset),
      at: timestamp,
      service: spec.name,
      version,
      tenant: null,
      line: null,
      reason: reason.slice(0, 60),
      digest: sealedDigest(record.value),
      origin: { topic, partition, offset },
    });
  }
};
