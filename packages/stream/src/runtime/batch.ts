import { UnavailableError } from "@sotto/envelope";

import { backoffMs, sleep } from "../clock.ts";
import type { LogRecord } from "../log-client.ts";
import { QuarantineError, type Unit } from "../worker.ts";
import { type Effects, effectsOf, quarantineOf } from "./effects.ts";
import { permission } from "./send.ts";
import { describeError, type UnitContext, waitFor } from "./unit-context.ts";

/** One batch being handled. */
export interface BatchRun {
  /** Resolves when every record is done, or when handling has halted and what was in flight has ended. Never rejects. */
  readonly finished: Promise<void>;
  /** Effects of the leading records that are done, in order. */
  done(): readonly Effects[];
  /** Records whose handler broke: the unit's memory may be half-changed since. */
  readonly broke: ReadonlySet<LogRecord>;
  /** Starts no further handler. */
  halt(): void;
}

const reasonOfBug = "HANDLER_FAILED";

/**
 * Handles records: one after the other within a key, keys side by side, a record without key alone. `poison` are those
 * that broke a unit before: they go to quarantine unopened.
 */
export const startBatch = (
  u: UnitContext,
  unit: Unit,
  records: readonly LogRecord[],
  poison: ReadonlySet<LogRecord>,
): BatchRun => {
  const effects: Array<Effects | undefined> = records.map(() => undefined);
  const broke = new Set<LogRecord>();
  let halted = false;
  let leading = 0;

  const handle = async (index: number, record: LogRecord): Promise<void> => {
    const who = `${record.topic}/${record.offset}`;
    for (let attempt = 0; !halted && !u.signal.aborted; attempt += 1) {
      try {
        await permission(u, true);
        if (halted) return;
        effects[index] = effectsOf(u.spec, u.lease.partition, await unit.handle(record));
        waitFor(u, who, null);
        return;
      } catch (error) {
        if (u.signal.aborted) return;
        if (!(error instanceof UnavailableError)) waitFor(u, who, null);
        if (error instanceof QuarantineError) {
          effects[index] = quarantineOf(u.spec, record, error.reason, error.ordinal);
          return;
        }
        if (!(error instanceof UnavailableError)) {
          u.logger.error({ ...placeOf(record), ...describeError(error) }, "a handler broke");
          broke.add(record);
          halted = true;
          return;
        }
        if (attempt === 0) u.logger.warn({ ...placeOf(record), reason: error.message }, "waiting to handle");
        waitFor(u, who, error.message);
        await sleep(backoffMs(attempt, 50, 5_000), u.signal);
      }
    }
  };

  const runLanes = async (lanes: ReadonlyArray<readonly number[]>): Promise<void> => {
    let next = 0;
    const pull = async (): Promise<void> => {
      for (let lane = lanes[next++]; lane !== undefined; lane = lanes[next++]) {
        for (const index of lane) {
          const record = records[index];
          if (halted || u.signal.aborted || !record) return;
          if (poison.has(record)) effects[index] = quarantineOf(u.spec, record, reasonOfBug, undefined);
          else await handle(index, record);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(u.limits.concurrency, lanes.length) }, pull));
  };

  const run = async (): Promise<void> => {
    for (const lanes of stretches(records)) await runLanes(lanes);
  };

  return {
    finished: run(),
    done: () => {
      while (effects[leading] !== undefined) leading += 1;
      return effects.slice(0, leading).filter((one) => one !== undefined);
    },
    broke,
    halt: () => {
      halted = true;
    },
  };
};

/** Stretches between records without key; in each the indices of one key make a lane, by first appearance. */
function* stretches(records: readonly LogRecord[]): Generator<ReadonlyArray<readonly number[]>> {
  let lanes = new Map<string, number[]>();
  for (const [index, { key }] of records.entries()) {
    if (key !== null) {
      const lane = lanes.get(key);
      if (lane) lane.push(index);
      else lanes.set(key, [index]);
      continue;
    }
    if (lanes.size > 0) yield [...lanes.values()];
    lanes = new Map();
    yield [[index]];
  }
  if (lanes.size > 0) yield [...lanes.values()];
}

const placeOf = ({ topic, partition, offset }: LogRecord): object => ({ topic, partition, offset });
