import { setTimeout as wait } from "node:timers/promises";

import { topics } from "@sotto/contracts";
import type { LogClient } from "@sotto/stream";

import { openAccount, type Account } from "./account.ts";
import { readLags, type Lag } from "./lag.ts";

export interface Reading {
  readonly account: Account;
  readonly lags: readonly Lag[];
  /** Nothing waited when the reading began and nothing came while it went on: then every turn must be somewhere. */
  readonly isIdle: boolean;
}

/**
 * Reads the account of invariant 3 from the log; called again, it reads only what is new. In the order in which a turn
 * cannot slip through: where it waits before where it ends (seen twice, the later place counts), and last the turns
 * themselves (one that nobody was seen to have yet is in flight).
 */
export const openReader = (log: LogClient): (() => Promise<Reading>) => {
  const { gateState, redactorState, quarantine, audit, conversations } = topics;
  const account = openAccount();
  const next = new Map<string, number>();

  /** Answers whether a turn or fact was among what is new. */
  const readOn = async (name: string): Promise<boolean> => {
    let hasRecords = false;
    for (const [partition, { low, high }] of (await log.ends(name)).entries()) {
      const at = `${name}/${partition}`;
      for await (const batch of log.read(name, partition, Math.max(low, next.get(at) ?? 0), high)) {
        for (const record of batch) {
          account.add(record);
          hasRecords ||= record.key !== null;
        }
      }
      next.set(at, high);
    }
    return hasRecords;
  };

  return async () => {
    await readOn(conversations.name);
    const before = await readLags(log);
    for (const { name } of [gateState, redactorState, quarantine, audit]) await readOn(name);
    const hasNews = await readOn(conversations.name);
    const lags = await readLags(log);
    const isIdle = !hasNews && [...before, ...lags].every(({ service, records }) => isDone(service, records));
    return { account: account.result(), lags, isIdle };
  };
};

/** The account reads the topic `audit` itself: that entries of it are not signed yet keeps no turn under way. */
const isDone = (service: string, records: number): boolean => records === 0 || service === "auditor";

/** Whether every turn is accounted for, as far as that can be told while turns are on their way. */
export const addsUp = ({ account, isIdle }: Reading): boolean =>
  account.surplus === 0 && (!isIdle || account.inFlight === 0);

const maxLooks = 5;
const lookMs = 300;

/**
 * As one reading, but looks again before it says that something is missing: a turn that went from one place to the next
 * between two reads is seen there the next time; one that was lost is not.
 */
export const readSettled = async (read: () => Promise<Reading>): Promise<Reading> => {
  let reading = await read();
  for (let looks = 1; looks < maxLooks && !addsUp(reading); looks += 1) {
    await wait(lookMs);
    reading = await read();
  }
  return reading;
};
