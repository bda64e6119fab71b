import { UnavailableError } from "@sotto/envelope";

import { backoffMs, sleep } from "../clock.ts";
import type { LogRecord } from "../log-client.ts";
import type { Unit } from "../worker.ts";
import { startBatch } from "./batch.ts";
import { effectsOf, emit, tidy } from "./effects.ts";
import { openIntake } from "./intake.ts";
import { obstacleTo } from "./send.ts";
import { restoreState, type StateWriter } from "./state-partition.ts";
import { startTicks } from "./ticks.ts";
import { describeError, type UnitContext, UnitStop, waitFor } from "./unit-context.ts";

/** A unit and the right to write its entries. */
interface Bench {
  readonly unit: Unit;
  readonly state: StateWriter | null;
}

/**
 * The life of one partition at this member: restore, resume, then batch after batch until the lease ends or the worker
 * drains. Resolves when nothing more will be emitted. Throws UnitStop "fatal" only.
 */
export const runUnit = async (u: UnitContext): Promise<void> => {
  try {
    let bench = await restore(u);
    await startPositions(u);
    const ticks = startTicks(u);
    try {
      const intake = openIntake(u);
      while (!isOver(u)) {
        await untilAllowed(u);
        const records = await intake.next();
        if (records.length > 0) bench = await finish(u, bench, records);
        else noteLag(u, undefined);
      }
    } finally {
      ticks.stop();
    }
  } catch (error) {
    if (error instanceof UnitStop && error.kind === "lost") return;
    throw error;
  }
};

/** One batch to its commit, with as many rebuilds of the unit as that takes: each sets aside at least one record. */
const finish = async (u: UnitContext, first: Bench, records: readonly LogRecord[]): Promise<Bench> => {
  const poison = new Set<LogRecord>();
  const progress = { done: 0 };
  for (let bench = first, attempt = 0; ; attempt += 1) {
    try {
      await work(u, bench, { records, poison, progress });
      return bench;
    } catch (error) {
      if (!(error instanceof UnitStop) || error.kind !== "rebuild") throw error;
      u.logger.warn(
        { worker: u.spec.name, partition: u.lease.partition, why: error.message },
        "rebuilding a unit",
      );
      if (attempt > 3) await sleep(backoffMs(attempt - 3, 20, 1_000), u.signal);
      bench = await restore(u);
    }
  }
};

interface Batch {
  readonly records: readonly LogRecord[];
  readonly poison: Set<LogRecord>;
  /** How many of the records are committed. */
  readonly progress: { done: number };
}

const work = async (u: UnitContext, bench: Bench, batch: Batch): Promise<void> => {
  const records = batch.records.slice(batch.progress.done);
  const run = startBatch(u, bench.unit, records, batch.poison);
  let emitted = 0;
  try {
    for (let isFinished = false; !isFinished;) {
      isFinished = await within(run.finished, u.limits.flushEveryMs);
      if (u.signal.aborted) throw new UnitStop("lost", "The lease has ended");
      if (run.broke.size > 0) {
        for (const record of run.broke) batch.poison.add(record);
        throw new UnitStop("rebuild", "A handler broke");
      }
      const done = run.done();
      if (done.length === emitted) continue;
      const part = records.slice(emitted, done.length);
      const effects = done.slice(emitted);
      await emit(u, bench.state, effects, offsetsAfter(part));
      noteHandled(u, part);
      batch.progress.done += part.length;
      emitted = done.length;
      await tidy(bench.state, effects);
    }
  } finally {
    run.halt();
    await within(run.finished, u.limits.windUpMs);
  }
};

/** A unit from its entries, resumed. The world may be down meanwhile; a unit that cannot be made is not passed over. */
const restore = async (u: UnitContext): Promise<Bench> => {
  u.status.phase = "restoring";
  for (let attempt = 0; ; attempt += 1) {
    try {
      const make = (): Unit => u.spec.unit(u.lease.partition);
      const bench = u.spec.stateful ? await restoreState(u, make) : { unit: make(), state: null };
      if (bench.unit.resume) {
        await untilAllowed(u);
        const outcome = await bench.unit.resume();
        const effects = [effectsOf(u.spec, u.lease.partition, outcome)];
        await emit(u, bench.state, effects, new Map());
        await tidy(bench.state, effects);
      }
      waitFor(u, "restore", null);
      u.status.phase = "running";
      u.status.broken = null;
      return bench;
    } catch (error) {
      await waitToRestore(u, attempt, error);
    }
  }
};

const waitToRestore = async (u: UnitContext, attempt: number, error: unknown): Promise<void> => {
  if (isOver(u)) throw new UnitStop("lost", "The lease has ended");
  if (error instanceof UnitStop && error.kind !== "rebuild") throw error;
  const isDown = error instanceof UnavailableError || error instanceof UnitStop;
  waitFor(u, "restore", isDown ? error.message : null);
  if (!isDown) {
    // State that cannot be read is not a poison record: to go on without it would decide anew what was decided.
    u.status.broken = `cannot restore partition ${u.lease.partition}`;
    u.logger.error(
      { worker: u.spec.name, partition: u.lease.partition, ...describeError(error) },
      "cannot restore",
    );
  }
  await sleep(backoffMs(attempt, 50, 10_000), u.signal, u.draining);
};

/** With nothing in hand there is nothing to finish: a stop ends this wait too. */
const untilAllowed = async (u: UnitContext): Promise<void> => {
  for (;;) {
    if (isOver(u)) throw new UnitStop("lost", "The worker stops");
    const obstacle = obstacleTo(u, true);
    waitFor(u, "permission", obstacle);
    if (obstacle === null) return;
    await sleep(20, u.signal, u.draining);
  }
};

const isOver = (u: UnitContext): boolean => u.signal.aborted || u.draining.aborted;

/** Where each input that has this partition is to be read from. */
const startPositions = async (u: UnitContext): Promise<void> => {
  for (const topic of u.handled.keys()) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        u.handled.set(topic, await u.membership.committed(u.lease, topic));
        waitFor(u, "restore", null);
        break;
      } catch (error) {
        await waitToRestore(u, attempt, error);
      }
    }
  }
};

const offsetsAfter = (records: readonly LogRecord[]): ReadonlyMap<string, number> => {
  const offsets = new Map<string, number>();
  for (const { topic, offset } of records) offsets.set(topic, offset + 1);
  return offsets;
};

const noteHandled = (u: UnitContext, records: readonly LogRecord[]): void => {
  for (const [topic, next] of offsetsAfter(records)) u.handled.set(topic, next);
  noteLag(u, records.at(-1));
};

/** No record: there was nothing more to handle. */
const noteLag = (u: UnitContext, newest: LogRecord | undefined): void => {
  u.status.lagSeconds = newest ? Math.max(0, u.clock.now() - newest.timestamp) / 1_000 : 0;
};

/** True when it is over within that time. */
const within = async (work: Promise<void>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
};
