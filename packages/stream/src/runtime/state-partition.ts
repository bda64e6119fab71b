import { crc32 } from "node:zlib";

import type { LogRecord, OutRecord } from "../log-client.ts";
import type { Unit } from "../worker.ts";
import { send } from "./send.ts";
import { turn, type UnitContext, UnitStop } from "./unit-context.ts";

/** The one writer of a state partition. */
export interface StateWriter {
  /** Throws UnitStop "rebuild" when somebody else has written meanwhile. */
  append(records: readonly OutRecord[]): Promise<void>;
}

/** What is known of a key on the first pass. */
interface Known {
  /** Of the entry that counts. */
  readonly offset: number;
  readonly crc: number;
  /** Of the newest one: what compaction would keep. */
  newest: number;
}

/**
 * Gives a unit its live entries in offset order: of two entries with one key the first counts, a tombstone removes.
 * Two passes, so that no more than the keys is in memory beside the unit. Compaction keeps the last of a key, so an
 * entry that a later one (a zombie's) hides is written again.
 */
export const restoreState = async (
  u: UnitContext,
  unit: () => Unit,
): Promise<{ unit: Unit; state: StateWriter }> => {
  const topic = `${u.spec.name}.state`;
  const { partition } = u.lease;
  for (;;) {
    const high = (await u.log.ends(topic))[partition]?.high;
    if (high === undefined)
      throw new UnitStop("fatal", `Cannot restore ${topic}/${partition}: there is none`);
    const live = await learnKeys(u, topic, high);
    const fresh = unit();
    const hidden: OutRecord[] = [];
    let restored = 0;
    for await (const record of recordsOf(u, topic, high)) {
      const { key, value, offset } = record;
      const known = key === null ? undefined : live.get(key);
      if (key === null || value === null || known?.offset !== offset) continue;
      fresh.restore({ key, value, offset });
      restored += 1;
      if (known.newest !== known.crc) hidden.push({ topic, partition, key, value });
    }
    // Compaction may have dropped a first entry between the passes, in favour of its repeat: look again.
    if (restored < live.size) continue;
    const state = writerOf(u, topic, high);
    if (hidden.length > 0) {
      u.logger.warn({ topic, partition, entries: hidden.length }, "state entries were hidden by later ones");
      await state.append(hidden);
    }
    return { unit: fresh, state };
  }
};

const learnKeys = async (
  u: UnitContext,
  topic: string,
  high: number,
): Promise<ReadonlyMap<string, Known>> => {
  const live = new Map<string, Known>();
  for await (const { key, value, offset } of recordsOf(u, topic, high)) {
    if (key === null) continue;
    if (value === null) {
      live.delete(key);
      continue;
    }
    const crc = crc32(value);
    const known = live.get(key);
    if (known) known.newest = crc;
    else live.set(key, { offset, crc, newest: crc });
  }
  return live;
};

async function* recordsOf(u: UnitContext, topic: string, high: number): AsyncGenerator<LogRecord> {
  for await (const records of u.log.read(topic, u.lease.partition, 0, high)) {
    if (u.signal.aborted) throw new UnitStop("lost", "The lease has ended");
    turn(u);
    yield* records;
  }
}

/** Compares every ack with the next offset expected: an unexpected one means that somebody else has written. */
const writerOf = (u: UnitContext, topic: string, end: number): StateWriter => {
  let next = end;
  return {
    append: async (records) => {
      const offsets = await send(u, records, { whenReady: false });
      for (const offset of offsets) {
        if (offset !== next) {
          throw new UnitStop(
            "rebuild",
            `Another writer of ${topic}/${u.lease.partition}: acked ${offset}, not ${next}`,
          );
        }
        next += 1;
      }
    },
  };
};
