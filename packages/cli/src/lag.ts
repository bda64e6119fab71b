import { topics } from "@sotto/contracts";
import type { LogClient } from "@sotto/stream";

/** What a service has still to read of its inputs, all partitions together. */
export interface Lag {
  readonly service: string;
  /** Events and sections; ticks are not counted. */
  readonly records: number;
  /** Append time of the oldest of them. */
  readonly oldestAt: number | null;
}

/** Which inputs make up a service's lag: where a turn can wait on its way to its end. */
const inputs = [
  ["consent-gate", [topics.conversations.name]],
  ["transcriber", [topics.admitted.name]],
  ["redactor", [topics.admitted.name]],
  ["archiver", [topics.redacted.name]],
  ["auditor", [topics.audit.name]],
] as const;

/** Beyond this, records are not looked at one by one: a few ticks among them make no difference. */
const maxLooked = 2_000;

/** Reads committed offsets and ends; changes nothing. */
export const readLags = async (log: LogClient): Promise<Lag[]> => {
  const lags: Lag[] = [];
  for (const [service, names] of inputs) {
    const committed = await log.committedOffsets(service);
    let records = 0;
    let oldestAt: number | null = null;
    for (const name of names) {
      const ends = await log.ends(name);
      for (const [partition, { low, high }] of ends.entries()) {
        const waiting = await lookAt(log, name, partition, committed.get(name)?.get(partition) ?? low, high);
        records += waiting.records;
        if (waiting.oldestAt !== null) oldestAt = Math.min(oldestAt ?? Infinity, waiting.oldestAt);
      }
    }
    lags.push({ service, records, oldestAt });
  }
  return lags;
};

const lookAt = async (
  log: LogClient,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<{ readonly records: number; readonly oldestAt: number | null }> => {
  let looked = 0;
  let records = 0;
  let oldestAt: number | null = null;
  if (from >= to) return { records, oldestAt };
  for await (const batch of log.read(topic, partition, from, to)) {
    for (const record of batch) {
      looked += 1;
      // A tick has no key: it carries time, and nobody waits for it.
      if (record.key === null) continue;
      records += 1;
      oldestAt ??= record.timestamp;
    }
    if (looked >= maxLooked) return { records: records + (to - from - looked), oldestAt };
  }
  return { records, oldestAt };
};
