import type { DatabaseSync } from "node:sqlite";

import { sleep } from "../clock.ts";
import type { PartitionRef, TopicRef } from "./catalogue.ts";
import { compact } from "./compaction.ts";
import { whenFree } from "./database.ts";
import type { LogParts } from "./membership.ts";

/** Rows dropped in one transaction. */
const rowsAStep = 32;

/**
 * Retention and compaction, from time to time and in small steps that leave the event loop to others. Every process on
 * the file does it; each step reads and writes in one transaction, so two at once do no harm. A failed round is left
 * to the next.
 */
export const openUpkeep = (
  db: DatabaseSync,
  parts: LogParts,
  o: { readonly now: () => number; readonly everyMs: number },
): { readonly close: () => Promise<void> } => {
  const stop = new AbortController();
  const sweep = async (): Promise<void> => {
    for (const topic of await whenFree("read topics", () => parts.catalogue.all())) {
      for (const partition of topic.partitions) {
        if (stop.signal.aborted) return;
        await (topic.spec.cleanup === "compact"
          ? compact(db, parts, partition, { nowMs: o.now(), signal: stop.signal })
          : dropOld(db, parts, topic, partition, o.now, stop.signal));
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await pause(o.everyMs * (0.5 + Math.random()), stop.signal);
      await sweep().catch(() => undefined);
    }
  };
  const running = run();
  return {
    close: async () => {
      stop.abort();
      await running;
    },
  };
};

/** Drops rows whose last record is older than the topic's retention and moves the low end behind them. */
const dropOld = async (
  db: DatabaseSync,
  parts: LogParts,
  topic: TopicRef,
  partition: PartitionRef,
  now: () => number,
  signal: AbortSignal,
): Promise<void> => {
  const { retentionMs } = topic.spec;
  if (retentionMs === undefined) return;
  const oldest = db.prepare("SELECT last, until FROM batches WHERE partition = ? ORDER BY last LIMIT ?");
  const remove = db.prepare("DELETE FROM batches WHERE partition = ? AND last <= ?");
  const moveLow = db.prepare("UPDATE partitions SET low = max(low, ?) WHERE id = ?");
  const expired = (limit: number): number | null => {
    const before = now() - retentionMs;
    const rows = oldest.all(partition.id, limit);
    const kept = rows.findIndex((row) => Number(row["until"]) >= before);
    const last = rows.at(kept === -1 ? rows.length - 1 : kept - 1);
    return kept === 0 || last === undefined ? null : Number(last["last"]);
  };
  while (!signal.aborted && (await whenFree("read the oldest rows", () => expired(1))) !== null) {
    await parts.writer.run(() => {
      const last = expired(rowsAStep);
      if (last === null) return;
      remove.run(partition.id, last);
      moveLow.run(last + 1, partition.id);
    });
    await sleep(1, signal);
  }
};

/** A wait that keeps no process alive. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
