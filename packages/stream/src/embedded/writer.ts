import type { DatabaseSync } from "node:sqlite";

import { UnavailableError } from "@sotto/envelope";

import { backoffMs, monotonicMs } from "../clock.ts";
import { busyMs, isBusy, sqliteCode } from "./database.ts";

/** A transaction failed. `unknown`: it may have become durable all the same. */
export class WriteError extends UnavailableError {
  readonly unknown: boolean;
  readonly retriable: boolean;
  constructor(cause: unknown, unknown: boolean) {
    const code = sqliteCode(cause);
    super(`Cannot write to the log: ${code === null ? "closed" : `engine code ${code}`}`, { cause });
    this.unknown = unknown;
    // SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY: no later attempt goes better.
    this.retriable = code !== null && ![8, 11, 26].includes(code & 0xff);
  }
}

export interface Writer {
  /**
   * Runs `op` inside the next transaction, together with what others asked for; resolves once it is synced. An `op`
   * that throws must not have written; it fails alone. Rejects with WriteError when the transaction fails.
   */
  run<T>(op: () => T, bytes?: number): Promise<T>;
  /** Writes what is queued, then refuses. */
  close(): Promise<void>;
}

interface Job {
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
  readonly bytes: number;
  readonly since: number;
}

/** Longest wait for company before a commit. */
const gatherMs = 5;
const maxBytesATransaction = 16 * 1_048_576;

interface Hooks {
  readonly beforeCommit: () => void;
  readonly committed: () => void;
  readonly rolledBack: () => void;
}

/**
 * Group commit: one transaction for everything that was asked for meanwhile, since the sync is what costs. Waits for
 * company about as long as the last sync took, at most 5 ms. A lock held elsewhere is waited for from the event loop.
 */
export const openWriter = (db: DatabaseSync, hooks: Hooks): Writer => new GroupCommit(db, hooks);

class GroupCommit implements Writer {
  readonly #db: DatabaseSync;
  readonly #hooks: Hooks;
  #queue: Job[] = [];
  #scheduled = false;
  #closed = false;
  #drained: (() => void) | null = null;
  /** Failed attempts at the lock since it was last had. */
  #attempt = 0;
  #syncMs = 0;

  constructor(db: DatabaseSync, hooks: Hooks) {
    this.#db = db;
    this.#hooks = hooks;
  }

  run<T>(op: () => T, bytes = 0): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new WriteError(null, false));
      const run = (): (() => void) => {
        try {
          const value = op();
          return () => resolve(value);
        } catch (error) {
          // The engine's errors end the whole transaction; the caller's own mistakes only its part.
          if (sqliteCode(error) !== null) throw error;
          return () => reject(error);
        }
      };
      this.#queue.push({ run, reject, bytes, since: monotonicMs() });
      this.#schedule(Math.min(gatherMs, this.#syncMs));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#scheduled) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #schedule(waitMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (waitMs < 1) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    this.#scheduled = false;
    const jobs = this.#begin();
    if (jobs !== null) this.#commit(jobs);
    if (this.#queue.length === 0) this.#drained?.();
    else this.#schedule(jobs === null ? backoffMs(this.#attempt, 1, 10) : Math.min(gatherMs, this.#syncMs));
  }

  /** Opens the transaction; null when it could not be. */
  #begin(): Job[] | null {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      this.#attempt = 0;
      return this.#take();
    } catch (error) {
      this.#attempt += 1;
      const late = isBusy(error) ? monotonicMs() - busyMs : Infinity;
      const given = this.#queue.filter((job) => job.since < late);
      this.#queue = this.#queue.filter((job) => job.since >= late);
      for (const job of given) job.reject(new WriteError(error, false));
      return null;
    }
  }

  #take(): Job[] {
    let bytes = 0;
    let count = 0;
    for (const job of this.#queue) {
      if (count > 0 && bytes + job.bytes > maxBytesATransaction) break;
      bytes += job.bytes;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #commit(jobs: readonly Job[]): void {
    let committing = false;
    const answers: Array<() => void> = [];
    try {
      for (const job of jobs) answers.push(job.run());
      this.#hooks.beforeCommit();
      committing = true;
      const started = monotonicMs();
      this.#db.exec("COMMIT");
      this.#syncMs = monotonicMs() - started;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      this.#hooks.rolledBack();
      for (const job of jobs) job.reject(new WriteError(error, committing));
      return;
    }
    this.#hooks.committed();
    for (const answer of answers) answer();
  }
}
