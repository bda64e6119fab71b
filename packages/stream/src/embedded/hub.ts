import type { DatabaseSync } from "node:sqlite";

import { pragma } from "./database.ts";

/** Who waits for records, and who for changes in a group. */
export interface Hub {
  /** Resolves when the partition may have grown, after `ms`, or when the signal aborts. */
  grown(partition: number, ms: number, signal: AbortSignal | null): Promise<void>;
  /** Called when groups may have changed, here or in another process. Returns how to stop it. */
  onGroups(listener: () => void): () => void;
  wakePartitions(ids: readonly number[]): void;
  wakeGroups(): void;
  close(): void;
}

/**
 * In this process news spread at once. What other processes commit is noticed by a poll of `PRAGMA data_version`
 * (it moves only with the commits of others), which runs only while somebody waits.
 */
export const openHub = (db: DatabaseSync, pollMs: number): Hub => {
  const waiting = new Map<number, Set<() => void>>();
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  let seen: unknown = null;

  const wake = (id: number): void => {
    const these = waiting.get(id);
    waiting.delete(id);
    for (const done of these ?? []) done();
  };

  const poll = (): void => {
    const version = dataVersion(db);
    if (version === null || version === seen) return;
    seen = version;
    for (const id of waiting.keys()) wake(id);
    for (const listener of listeners) listener();
  };

  const adjust = (): void => {
    const needed = waiting.size > 0 || listeners.size > 0;
    if (needed && timer === null) timer = setInterval(poll, pollMs);
    if (!needed && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };

  return {
    grown: (partition, ms, signal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve();
        const these = waiting.get(partition) ?? new Set();
        const done = (): void => {
          clearTimeout(limit);
          signal?.removeEventListener("abort", done);
          these.delete(done);
          if (these.size === 0 && waiting.get(partition) === these) waiting.delete(partition);
          resolve();
          adjust();
        };
        const limit = setTimeout(done, ms);
        signal?.addEventListener("abort", done, { once: true });
        these.add(done);
        waiting.set(partition, these);
        adjust();
      }),
    onGroups: (listener) => {
      listeners.add(listener);
      adjust();
      return () => {
        listeners.delete(listener);
        adjust();
      };
    },
    wakePartitions: (ids) => {
      for (const id of ids) wake(id);
    },
    wakeGroups: () => {
      for (const listener of listeners) listener();
    },
    close: () => {
      listeners.clear();
      for (const id of waiting.keys()) wake(id);
      adjust();
    },
  };
};

/** Null when it cannot be read now: who reads the log itself meets the reason, a timer must not. */
const dataVersion = (db: DatabaseSync): unknown => {
  try {
    return pragma(db, "data_version");
  } catch {
    return null;
  }
};
