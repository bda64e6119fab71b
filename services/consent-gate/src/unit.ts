import { topics } from "@sotto/contracts";
import type { Keys } from "@sotto/envelope";
import type { Logger } from "@sotto/service";
import {
  isTick,
  openFacts,
  QuarantineError,
  readEntry,
  readEvent,
  readLanded,
  type LogRecord,
  type Outcome,
  type SealedEntry,
  type Unit,
} from "@sotto/stream";

import { watch, type Watched } from "./conversation.ts";
import { handOf, noEffects } from "./effects.ts";
import { hearEnds } from "./ends.ts";
import { handleEvent } from "./gate.ts";
import type { Bench } from "./judge.ts";
import { recall, replay } from "./replay.ts";
import { handleTick } from "./tick.ts";

export interface GateOptions {
  readonly bench: Bench;
  readonly keys: Keys;
  readonly logger: Logger;
}

/**
 * The gate's hold on one partition: every conversation of it, folded from state entries. Whatever has to be waited for is
 * had before anything changes, so that a throw leaves memory as the entries have it.
 */
export const openUnit = (o: GateOptions, partition: number): Unit => {
  const { bench, keys } = o;
  const watched = new Map<string, Watched>();
  const desk = { ...o, partition, watched, broken: new Set<string>() };
  const restored: { key: string; entry: SealedEntry }[] = [];

  const find = (id: string, tenant: string): Watched | undefined => {
    const c = watched.get(id);
    if (c === undefined || c.tenant === tenant) return c;
    throw new QuarantineError("FRAME_REFUSED", `Conversation ${id} is another tenant's`);
  };

  const onEvent = async (record: LogRecord): Promise<Outcome> => {
    const event = readEvent(record);
    const facts = await openFacts(keys, event);
    const fx = noEffects(partition, await handOf(keys, event.tenant, record.timestamp), record);
    const { conversation, tenant, line } = event;
    const c = find(conversation, tenant) ?? watch(conversation, tenant, line);
    replay(c, fx, record);
    handleEvent(bench, c, { record, event, facts }, fx);
    if (fx.entries.length > 0) watched.set(c.id, c);
    return fx;
  };

  const onLanded = async (record: LogRecord): Promise<Outcome> => {
    const said = await readLanded(keys, record);
    const c = find(said.conversation, said.tenant);
    if (!c) return {};
    const fx = noEffects(partition, await handOf(keys, c.tenant, record.timestamp), record);
    hearEnds(c, said, fx);
    return fx;
  };

  return {
    restore: ({ key, value }) => {
      restored.push({ key, entry: readEntry(value) });
    },
    resume: async () => {
      for (const { key, entry } of restored.splice(0)) await recall(keys, watched, key, entry);
      return {};
    },
    handle: (record) => {
      if (record.topic === topics.landed.name) return onLanded(record);
      return isTick(record) ? handleTick(desk, record) : onEvent(record);
    },
  };
};
