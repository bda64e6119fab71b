import { closeSync, constants, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { UnavailableError } from "@sotto/envelope";

const waitMs = 10_000;
const sqliteBusy = 5;

/**
 * A lock between processes that dies with its holder. Node has no flock, and a lock file outlives kill -9 and then has
 * to be broken by guessing; SQLite takes a lock of the operating system on the file, which a crash releases. Nothing is
 * ever stored in it.
 */
export const openDirectoryLock = (path: string) => {
  closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600));
  const database = new DatabaseSync(path, { timeout: 0 });
  return {
    /** Runs `work`, which is synchronous so that nothing of this process comes between; UnavailableError after 10 s. */
    async hold<T>(work: () => T): Promise<T> {
      const end = performance.now() + waitMs;
      while (!begin(database)) {
        if (performance.now() > end)
          throw new UnavailableError("The directory's lock was not to be had within 10 s");
        // Jittered, from the event loop: SQLite's own busy wait would block it.
        await sleep(1 + Math.random() * 4);
      }
      try {
        return work();
      } finally {
        database.exec("ROLLBACK");
      }
    },
    close: (): void => database.close(),
  };
};

const begin = (database: DatabaseSync): boolean => {
  try {
    database.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return false;
    throw new UnavailableError("The directory's lock cannot be taken", { cause: error });
  }
};
