import { sleep } from "../clock.ts";
import type { LogRecord } from "../log-client.ts";
import { pauseOrFail } from "./send.ts";
import { turn, type UnitContext, waitFor } from "./unit-context.ts";

/** Bounded batches over all inputs of a unit. */
export interface Intake {
  /** The next records, merged by append time, each input in its own order and none crowded out; [] after a while. */
  next(): Promise<readonly LogRecord[]>;
}

interface Input {
  readonly topic: string;
  next: number;
  waiting: LogRecord[];
  fetching: Promise<void> | null;
  attempt: number;
}

const waitMs = 500;

/** Reads on from `u.handled`. While one batch is handled the next is fetched; no more than that is ever held. */
export const openIntake = (u: UnitContext): Intake => {
  const inputs: Input[] = [...u.handled].map(([topic, next]) => ({
    topic,
    next,
    waiting: [],
    fetching: null,
    attempt: 0,
  }));
  const { batchRecords, batchBytes } = u.limits;
  const limit = { maxRecords: batchRecords, maxBytes: Math.ceil(batchBytes / inputs.length), waitMs };
  let failure: unknown = null;

  const fetch = async (input: Input): Promise<void> => {
    try {
      const records = await u.membership.fetch(u.lease, input.topic, input.next, limit);
      input.next = (records.at(-1)?.offset ?? input.next - 1) + 1;
      input.waiting.push(...records);
      input.attempt = 0;
      waitFor(u, `read ${input.topic}`, null);
    } catch (error) {
      await pauseOrFail(u, input.attempt, `read ${input.topic}`, error).catch(
        (stop: unknown) => (failure = stop),
      );
      input.attempt += 1;
    }
  };

  const refill = (): void => {
    for (const input of inputs) {
      if (input.waiting.length > 0 || input.fetching !== null) continue;
      input.fetching = fetch(input).finally(() => (input.fetching = null));
    }
  };

  return {
    next: async () => {
      refill();
      if (inputs.every((input) => input.waiting.length === 0)) {
        const ended = new AbortController();
        const limitOfWait = sleep(2 * waitMs, u.draining, u.signal, ended.signal);
        await Promise.race([...inputs.map((input) => input.fetching ?? Promise.resolve()), limitOfWait]);
        ended.abort();
      }
      if (failure !== null) throw failure;
      turn(u);
      const batch = take(inputs, batchRecords);
      refill();
      return batch;
    },
  };
};

/** Each input gets its share if it has so much; what is left over goes to the others. */
const take = (inputs: readonly Input[], most: number): LogRecord[] => {
  const share = Math.ceil(most / inputs.length);
  const counts = inputs.map((input) => Math.min(share, input.waiting.length));
  let rest = most - counts.reduce((sum, count) => sum + count, 0);
  const taken = inputs.map((input, index) => {
    const count = counts[index] ?? 0;
    const more = Math.max(0, Math.min(rest, input.waiting.length - count));
    rest -= more;
    return input.waiting.splice(0, count + more);
  });
  return mergeByTime(taken);
};

const mergeByTime = (queues: ReadonlyArray<readonly LogRecord[]>): LogRecord[] => {
  const filled = queues.filter((queue) => queue.length > 0);
  const only = filled[0];
  if (!only) return [];
  if (filled.length === 1) return [...only];
  const heads = filled.map(() => 0);
  const merged: LogRecord[] = [];
  for (;;) {
    let best = -1;
    let least = Infinity;
    filled.forEach((queue, index) => {
      const time = queue[heads[index] ?? 0]?.timestamp ?? Infinity;
      if (time < least) [best, least] = [index, time];
    });
    const record = filled[best]?.[heads[best] ?? 0];
    if (!record) return merged;
    merged.push(record);
    heads[best] = (heads[best] ?? 0) + 1;
  }
};
