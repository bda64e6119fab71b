import { tickTimeHeader, topics } from "@sotto/contracts";
import { UnavailableError, type Keys } from "@sotto/envelope";
import type { Logger } from "@sotto/service";
import type { LogRecord, Outcome } from "@sotto/stream";

import type { Watched } from "./conversation.ts";
import { assertHeld, handOf, noEffects, type Effects, type Hand } from "./effects.ts";
import { release } from "./gate.ts";
import type { Bench } from "./judge.ts";
import { replay } from "./replay.ts";
import { endErased, endOverdue, shredIdle } from "./windows.ts";

/** What a partition's unit has in hand. */
export interface Desk {
  readonly bench: Bench;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly partition: number;
  readonly watched: ReadonlyMap<string, Watched>;
  /** Conversations whose key object is not to be read. */
  readonly broken: Set<string>;
}

/**
 * The log's clock has moved: what is held is judged again, what has outlasted its time ends, raw words that nobody needs
 * are shredded, and the tick goes on behind whatever it let through. Keys are had before anything changes.
 */
export const handleTick = async (desk: Desk, record: LogRecord): Promise<Outcome> => {
  const { bench, partition, watched } = desk;
  const waiting = [...watched.values()].filter(
    (c) => c.held.size > 0 || c.windows.size > 0 || c.again.size > 0,
  );
  const hands = await handsOf(desk, waiting, record);
  const work = waiting.flatMap((c) => {
    const hand = hands.get(c.tenant);
    return hand ? [{ c, fx: noEffects(partition, hand, record) }] : [];
  });
  for (const { c, fx } of work) replay(c, fx, record);
  // What is ahead of this tick has been through it.
  const current = work.filter(({ c }) => c.upTo <= record.offset);
  for (const { c, fx } of current) {
    release(bench, c, fx);
    endErased(bench, c, fx);
    endOverdue(bench, c, fx);
  }
  await shredIdle(desk, current);
  tellHeld(desk, record.timestamp);
  const all = <K extends "entries" | "audit" | "outputs" | "tombstones">(part: K): Effects[K][number][] =>
    work.flatMap(({ fx }): Effects[K][number][] => fx[part]);
  // Its append time goes with it: sections are cut by the time in `conversations`, however late the gate is.
  const at = [tickTimeHeader, Buffer.from(String(record.timestamp))] as const;
  const headers = [...record.headers.filter(([name]) => name !== tickTimeHeader), at];
  const tick = { topic: topics.admitted.name, partition, key: null, value: null, headers };
  return {
    entries: all("entries"),
    audit: all("audit"),
    outputs: [...all("outputs"), tick],
    tombstones: all("tombstones"),
  };
};

/**
 * Keys by tenant. What belongs to a tenant whose keys cannot be had now waits for the next tick, and nobody waits for it;
 * unless this tick was handled before, and what it asked for then has to be said again.
 */
const handsOf = async (
  { keys, logger }: Desk,
  waiting: readonly Watched[],
  record: LogRecord,
): Promise<ReadonlyMap<string, Hand>> => {
  const hands = new Map<string, Hand>();
  const away = new Set<string>();
  const attempt = async (tenant: string, work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      hands.delete(tenant);
      away.add(tenant);
    }
  };
  const have = async (tenant: string): Promise<void> => {
    hands.set(tenant, await handOf(keys, tenant, record.timestamp));
  };
  const tenants = [...new Set(waiting.map((c) => c.tenant))];
  await Promise.all(tenants.map((tenant) => attempt(tenant, () => have(tenant))));
  // While the last keys were fetched the first may have left the cache.
  for (const [tenant, hand] of hands) await attempt(tenant, () => assertHeld(hand));
  if (away.size === 0) return hands;
  logger.warn({ tenants: [...away] }, "Keys are away: what these tenants hold waits");
  if (waiting.some((c) => away.has(c.tenant) && c.again.has(record.offset))) {
    throw new UnavailableError("Keys are away that an unfinished tick needs");
  }
  return hands;
};

const tellHeld = ({ bench, partition, watched }: Desk, now: number): void => {
  let turns = 0;
  let oldest = now;
  for (const c of watched.values()) {
    turns += c.held.size;
    for (const { info } of c.held.values()) oldest = Math.min(oldest, info.at);
  }
  bench.metrics.held(partition, turns, (now - oldest) / 1000);
};
