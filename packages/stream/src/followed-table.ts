import { UnavailableError } from "@sotto/envelope";

import { backoffMs, monotonicMs, sleep } from "./clock.ts";
import type { LogClient, LogRecord } from "./log-client.ts";

/** A compacted topic as this process knows it. */
export interface FollowedTable {
  /** True while the newest proof is no older than `freshMs` and every live record could be read. */
  isFresh(): boolean;
  /** Milliseconds since the newest moment at which all that was in the topic is known to have been read. */
  ageMs(): number;
  /** Why it is not fresh, for an operator; null when it is. */
  trouble(): string | null;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface FollowOptions {
  readonly log: LogClient;
  readonly topic: string;
  readonly freshMs: number;
  /** Applies a record with a value. Throws UnavailableError to be asked again; any other throw: it cannot be read. */
  readonly apply: (key: string, record: LogRecord) => Promise<void>;
  /** A tombstone. */
  readonly remove: (key: string) => void;
}

/**
 * Follows every partition of a compacted topic; resolves when it has read to the end.
 *
 * A proof: the topic's ends are asked for at time t, and everything below them has been applied since. Asked four
 * times in `freshMs`, twice a second at least.
 *
 * A record that cannot be read may be a fence: the table is not fresh from then on, for good, until its key is
 * tombstoned or overwritten by one that can be read. Whoever can write garbage here can stop the deployment; whoever
 * could have it skipped could let words through that a customer has forbidden.
 */
export const followTable = async (o: FollowOptions): Promise<FollowedTable> => {
  const table = new Table(o);
  await table.start();
  return table;
};

class Table implements FollowedTable {
  readonly #o: FollowOptions;
  readonly #stop = new AbortController();
  readonly #unreadable = new Set<string>();
  /** By partition: next offset to apply. */
  readonly #next: number[] = [];
  #running: readonly Promise<void>[] = [];
  #provenAt = -Infinity;
  #down: string | null = null;
  #pending: Array<{ readonly askedAt: number; readonly highs: readonly number[] }> = [];

  constructor(o: FollowOptions) {
    this.#o = o;
  }

  async start(): Promise<void> {
    const ends = await this.#o.log.ends(this.#o.topic);
    for (const [partition, { low }] of ends.entries()) this.#next[partition] = low;
    this.#running = [...ends.keys()].map((partition) => this.#follow(partition)).concat(this.#prove());
    while (this.#provenAt === -Infinity) {
      if (this.#stop.signal.aborted) return;
      await sleep(5, this.#stop.signal);
    }
  }

  isFresh(): boolean {
    return this.trouble() === null;
  }

  ageMs(): number {
    return monotonicMs() - this.#provenAt;
  }

  trouble(): string | null {
    const { topic, freshMs } = this.#o;
    if (this.#stop.signal.aborted) return `${topic}: closed`;
    const [key] = this.#unreadable;
    if (key !== undefined) return `${topic}: cannot read ${this.#unreadable.size} records, first ${key}`;
    if (this.ageMs() <= freshMs) return null;
    return `${topic}: ${this.#down ?? "not read to its end"}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Reads on whatever happens: what fails leaves the proofs to grow old. */
  async #follow(partition: number): Promise<void> {
    const { log, topic } = this.#o;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        const from = this.#next[partition] ?? 0;
        for await (const records of log.follow(topic, partition, from, this.#stop.signal)) {
          for (const record of records) {
            await this.#apply(record);
            this.#next[partition] = record.offset + 1;
          }
          attempt = 0;
          this.#settle();
        }
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#down = error instanceof UnavailableError ? error.message : "cannot be read";
        await sleep(backoffMs(attempt, 20, 1_000), this.#stop.signal);
      }
    }
  }

  async #apply(record: LogRecord): Promise<void> {
    const key = record.key ?? `(offset ${record.offset})`;
    if (record.value === null) {
      this.#o.remove(key);
      this.#unreadable.delete(key);
      return;
    }
    try {
      await this.#o.apply(key, record);
      this.#unreadable.delete(key);
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      this.#unreadable.add(key);
    }
  }

  async #prove(): Promise<void> {
    const everyMs = Math.min(500, this.#o.freshMs / 4);
    while (!this.#stop.signal.aborted) {
      const askedAt = monotonicMs();
      try {
        const highs = (await this.#o.log.ends(this.#o.topic)).map(({ high }) => high);
        this.#pending.push({ askedAt, highs });
        // Only the oldest that is not reached and the newest matter; a table that hangs must not pile them up.
        if (this.#pending.length > 64) this.#pending.splice(1, 32);
        this.#settle();
      } catch (error) {
        this.#down = error instanceof UnavailableError ? error.message : "its ends cannot be read";
      }
      await sleep(everyMs, this.#stop.signal);
    }
  }

  /** Takes the newest proof whose ends have been reached. */
  #settle(): void {
    const reached = this.#pending.findLastIndex(({ highs }) =>
      highs.every((high, partition) => (this.#next[partition] ?? 0) >= high),
    );
    const proof = this.#pending[reached];
    if (!proof) return;
    this.#provenAt = Math.max(this.#provenAt, proof.askedAt);
    this.#pending.splice(0, reached + 1);
    this.#down = null;
  }
}
