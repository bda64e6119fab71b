import { topics } from "@sotto/contracts";
import { dayOf, type Keys } from "@sotto/envelope";
import type { Logger } from "@sotto/service";
import {
  isTick,
  openFacts,
  QuarantineError,
  readEntry,
  readEvent,
  type LogRecord,
  type Outcome,
  type SealedEntry,
  type Unit,
} from "@sotto/stream";

import { watch, type Watched } from "./conversation.ts";
import { noEffects, type Effects, type Hand } from "./effects.ts";
import { hearEnds } from "./ends.ts";
import { handleEvent, release } from "./gate.ts";
import type { Bench } from "./judge.ts";
import { recall, replay } from "./replay.ts";
import { shredIdle } from "./windows.ts";

export interface GateOptions {
  readonly bench: Bench;
  readonly keys: Keys;
  readonly logger: Logger;
}

/** The gate's hold on one partition: every conversation of it, folded from state entries. */
export const openUnit = (o: GateOptions, partition: number): Unit => {
  const watched = new Map<string, Watched>();
  const restored: { key: string; entry: SealedEntry }[] = [];

  const handOf = async (tenant: string, now: number): Promise<Hand> => {
    const day = dayOf(now);
    const [facts, grants] = await Promise.all([
      o.keys.toSeal({ slot: "facts", tenant, conversation: null, generation: day }),
      o.keys.toSeal({ slot: "grants", tenant, conversation: null, generation: day }),
    ]);
    return { day, facts, grants };
  };

  const effectsFor = async (c: { tenant: string }, record: LogRecord): Promise<Effects> =>
    noEffects(partition, await handOf(c.tenant, record.timestamp), record.timestamp, record.offset);

  const onEvent = async (record: LogRecord): Promise<Outcome> => {
    const event = readEvent(record);
    const facts = await openFacts(o.keys, event);
    const fx = await effectsFor(event, record);
    const c = watched.get(event.conversation) ?? watch(event.conversation, event.tenant, event.line);
    if (c.tenant !== event.tenant) throw new QuarantineError("FRAME_REFUSED", `Conversation ${c.id} is another tenant's`);
    watched.set(c.id, c);
    if (replay(c, fx, record)) release(o.bench, c, fx);
    else handleEvent(o.bench, c, record, event, facts, fx);
    return fx;
  };

  const onTick = async (record: LogRecord): Promise<Outcome> => {
    const all: Outcome[] = [];
    for (const c of watched.values()) {
      if (c.held.size === 0 && c.windows.size === 0 && !c.replays.has(record.offset)) continue;
      const fx = await effectsFor(c, record);
      replay(c, fx);
      if (c.held.size > 0) release(o.bench, c, fx);
      await shredIdle(o, c, fx);
      all.push(fx);
    }
    countHeld(record.timestamp);
    const outputs = all.flatMap((fx) => fx.outputs ?? []);
    const tick = { topic: topics.admitted.name, partition, key: null, value: null, headers: record.headers };
    return {
      entries: all.flatMap((fx) => fx.entries ?? []),
      audit: all.flatMap((fx) => fx.audit ?? []),
      outputs: [...outputs, tick],
      tombstones: all.flatMap((fx) => fx.tombstones ?? []),
    };
  };

  const countHeld = (now: number): void => {
    const since = [...watched.values()].flatMap((c) => [...c.held.values()].map((held) => held.info.at));
    o.bench.metrics.held(partition, since.length, since.length === 0 ? 0 : (now - Math.min(...since)) / 1000);
  };

  const onLanded = async (record: LogRecord): Promise<Outcome> => {
    const c = watched.get(record.key ?? "");
    return c ? hearEnds(o.keys, c, record, await effectsFor(c, record)) : {};
  };

  return {
    restore: ({ key, value }) => {
      restored.push({ key, entry: readEntry(value) });
    },
    resume: async () => {
      for (const { key, entry } of restored.splice(0)) await recall(o.keys, watched, key, entry);
      return {};
    },
    handle: (record) => {
      if (isTick(record)) return onTick(record);
      return record.topic === topics.landed.name ? onLanded(record) : onEvent(record);
    },
  };
};

