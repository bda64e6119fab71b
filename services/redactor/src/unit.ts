import { topics, type Facts } from "@sotto/contracts";
import { KeyGoneError, UnavailableError } from "@sotto/envelope";
import { highest } from "@sotto/redaction";
import type { Logger } from "@sotto/service";
import {
  checkAdmission,
  headerText,
  isTick,
  landedRecord,
  openFacts,
  openGrant,
  QuarantineError,
  quarantineRecord,
  readEntry,
  readEvent,
  type Kept,
  type LogRecord,
  type Outcome,
  type SealedEntry,
  type Unit,
} from "@sotto/stream";

import { absorb, add, cut, gather, turnKey, turnOf, type Gathered } from "./conversation.ts";
import { dueAfter, dueAtTick, dueBefore } from "./cut.ts";
import { noEffects, openMemory, remember, sayEnds, sealMemory, sendSection, stateKey, type Effects } from "./effects.ts";
import type { MemoryInfo, SectionInfo } from "./entries.ts";
import { finish, type Tools } from "./finish.ts";
import { recall } from "./recall.ts";

export interface RedactorOptions extends Tools {
  readonly logger: Logger;
}

/** The redactor's hold on one partition: every conversation of it, folded from state entries. */
export const openUnit = (o: RedactorOptions, partition: number): Unit => {
  const gathered = new Map<string, Gathered>();
  const restored: { key: string; entry: SealedEntry }[] = [];
  const { timing } = o.policy;

  const conversation = (id: string, tenant: string, line: string): Gathered => {
    const c = gathered.get(id) ?? gather(id, tenant, line);
    gathered.set(id, c);
    return c;
  };

  const onGrant = async (record: LogRecord): Promise<Outcome> => {
    const grant = await openGrant(o.keys, record);
    const hand = await stateKey(o.keys, grant.tenant, record.timestamp);
    const c = conversation(grant.conversation, grant.tenant, grant.line);
    if (c.grants.has(grant.id)) return {};
    const fx = noEffects(partition, record.timestamp);
    c.grants.set(grant.id, { grant, frame: record.value ?? new Uint8Array() });
    remember(fx, hand, c, { k: "grant", offset: record.offset, grant }, keptOf(record));
    return fx;
  };

  const onEvent = async (record: LogRecord): Promise<Outcome> => {
    const event = readEvent(record);
    const admission = await checkAdmission(o.keys, record, event);
    const facts = await openFacts(o.keys, event);
    const hand = await stateKey(o.keys, event.tenant, record.timestamp);
    const c = conversation(event.conversation, event.tenant, event.line);
    const granted = admission.grant !== null && c.grants.has(admission.grant);
    if (c.tenant !== event.tenant || !granted) {
      throw new QuarantineError("NO_ADMISSION", `Event ${event.event} came under a grant that nobody gave`);
    }
    const fx = noEffects(partition, record.timestamp);
    if (isRepeat(c, record.offset, admission.ordinal, turnKey(admission))) return fx;
    const { offset } = record;
    const kept = keptOf(record);
    const id = turnOf(facts);
    if (admission.ordinal === 0) {
      const line = facts.kind === "conversation.updated" ? facts.data.line : undefined;
      if (line !== undefined && line !== c.line) cutNow(o, c, "line", admission.cut, fx, hand);
      if (line !== undefined) c.line = line;
      absorb(c, { offset, kept, facts }, admission.cut);
      remember(fx, hand, c, { k: "context", offset, admission }, kept);
    } else if (id === null) {
      c.owed.add(admission.ordinal);
      remember(fx, hand, c, { k: "owed", offset, ordinal: admission.ordinal });
    } else {
      const due = dueBefore(c, timing, admission.cut);
      if (due) cutNow(o, c, due, admission.cut, fx, hand);
      const replaces = replacedBy(c, facts);
      const info = { k: "open" as const, offset, admission, ...(replaces ? { replaces } : {}) };
      add(c, { info, kept, facts, id });
      remember(fx, hand, c, info, kept);
      const full = dueAfter(c, timing);
      if (full) cutNow(o, c, full, admission.cut, fx, hand);
    }
    await finishPending(o, c, fx);
    return fx;
  };

  const onTick = async (record: LogRecord): Promise<Outcome> => {
    const fx = noEffects(partition, record.timestamp);
    for (const c of gathered.values()) {
      const due = dueAtTick(c, timing, record.timestamp);
      if (due) cutNow(o, c, due, record.timestamp, fx, await stateKey(o.keys, c.tenant, record.timestamp));
      if (c.pending.length > 0) await finishPending(o, c, fx);
    }
    return fx;
  };

  return {
    restore: ({ key, value }) => {
      restored.push({ key, entry: readEntry(value) });
    },
    resume: async () => {
      for (const { key, entry } of restored.splice(0)) await recall(o.keys, gathered, key, entry);
      const fx = noEffects(partition, 0);
      for (const c of gathered.values()) await finishPending(o, c, fx);
      return fx;
    },
    handle: (record) => {
      if (isTick(record)) return onTick(record);
      return headerText(record.headers, "type") === "grant" ? onGrant(record) : onEvent(record);
    },
  };
};

/** Already in an entry: what the gate says again after a crash lands nowhere twice. */
const isRepeat = (c: Gathered, offset: number, ordinal: number, key: string): boolean => {
  if (ordinal === 0) return c.context.some((entry) => entry.offset === offset);
  return c.open.has(key) || c.settled.has(key) || c.owed.has(ordinal);
};

/** The turn that this one replaces, when a section that is cut already holds it. */
const replacedBy = (c: Gathered, facts: Facts): string | undefined =>
  facts.kind === "turn.replaced" && c.cutTurns.has(facts.data.turn) ? facts.data.turn : undefined;

const cutNow = (
  o: RedactorOptions,
  c: Gathered,
  cause: SectionInfo["cause"],
  at: number,
  fx: Effects,
  hand: Awaited<ReturnType<typeof stateKey>>,
): void => {
  if (c.open.size === 0 && c.ends.length === 0 && c.removes.length === 0) return;
  const info = cut(c, cause, at);
  remember(fx, hand, c, info);
  o.logger.debug({ conversation: c.id, section: info.n, turns: info.turns.length, cause }, "Section cut");
};

/**
 * Redacts and sends what is cut, in order. A key that cannot be had now leaves the section pending, asked for again at
 * the next record or tick of its conversation; nobody else waits for it.
 */
const finishPending = async (o: RedactorOptions, c: Gathered, fx: Effects): Promise<void> => {
  for (let first = c.pending[0]; first; first = c.pending[0]) {
    const { info, turns } = first;
    try {
      const before = c.memories.get(info.n - 1);
      const memory = await openMemory(o.keys, c, before);
      const done = await finish(o, c, first, { memory });
      const generation = 1;
      const address = { slot: "archive", tenant: c.tenant, conversation: c.id, generation } as const;
      const key = await o.keys.toSeal(address);
      const window = Math.max(...turns.map((turn) => turn.facts.window ?? 0));
      const next: MemoryInfo | undefined = done.memory
        ? {
            k: "memory",
            n: info.n,
            highest: highest(done.memory),
            memory: await sealMemory(o.keys, c, info.n, done.memory, window),
          }
        : before && { ...before, n: info.n };
      if (next) {
        remember(fx, await stateKey(o.keys, c.tenant, Math.max(fx.now, info.at)), c, next);
        c.memories.set(info.n, next);
        c.memories.delete(info.n - 2);
        fx.tombstones.push(`${c.id}/memory/${info.n - 2}`);
      }
      sendSection(fx, done.section, { key, generation });
    } catch (error) {
      if (error instanceof UnavailableError) {
        o.logger.warn({ conversation: c.id, section: info.n }, "A key cannot be had now: the section waits");
        return;
      }
      await giveUp(o, c, first, error, fx);
    }
    c.pending.shift();
    for (const [ordinal, part] of info.turns) fx.tombstones.push(`${c.id}/open/${ordinal}.${part}`);
    for (const { ordinal, part } of info.ends) fx.tombstones.push(`${c.id}/open/${ordinal}.${part ?? 0}`);
  }
};

/** A section that cannot be redacted ends in quarantine, turn by turn: sealed as it came, never passed through. */
const giveUp = async (
  o: RedactorOptions,
  c: Gathered,
  { info, turns }: Gathered["pending"][number],
  error: unknown,
  fx: Effects,
): Promise<void> => {
  const erased = error instanceof KeyGoneError && error.state === "erased";
  const how = erased ? ({ end: "erased", reason: "ERASED" } as const) : ({ end: "quarantined", reason: "REDACTION_FAILED" } as const);
  const name = error instanceof Error ? error.name : typeof error;
  o.logger.error({ conversation: c.id, section: info.n, turns: turns.length, reason: how.reason, error: name }, "Section not redacted");
  const ends = [...info.ends, ...info.turns.map(([ordinal, part]) => ({ ordinal, part, ...how }))];
  const said = { v: 1 as const, conversation: c.id, section: info.n, ordinals: [], ends, object: null, sha256: null, at: info.at };
  fx.outputs.push(await landedRecord(o.keys, c.tenant, fx.partition, said));
  if (!erased) {
    for (const turn of turns) {
      const origin = { topic: topics.admitted.name, partition: fx.partition, offset: turn.info.offset };
      fx.outputs.push(quarantineRecord({ key: c.id, ...turn.kept }, how.reason, origin));
    }
  }
  sayEnds(fx, { conversation: c.id, tenant: c.tenant, line: info.line, section: info.n, at: info.at, ends });
};

const keptOf = (record: LogRecord): Kept => ({ headers: record.headers, value: record.value ?? new Uint8Array() });
