import { languageOf } from "@sotto/consent";
import { createHash } from "node:crypto";

import { encodeCbor, topics, type Ended, type Section } from "@sotto/contracts";
import { KeyGoneError, seal, UnavailableError, type DataKey } from "@sotto/envelope";
import type { Logger } from "@sotto/service";
import { landedRecord, quarantineEvent, quarantineRecord, type OutRecord } from "@sotto/stream";

import { turnKey, type Gathered, type OpenTurn, type Pending } from "./conversation.ts";
import { commonOf, endsEvent, entryOf, stateKey, worker, type Effects, type Hand } from "./effects.ts";
import { finish, type Tools } from "./finish.ts";
import { memoryFor, outlived, sealMemory } from "./memory.ts";
import { stopOf } from "./open-words.ts";

export interface SenderTools extends Tools {
  readonly logger: Logger;
}

/**
 * Redacts and sends what is cut, in order. A key that cannot be had now, or a fence that can be lifted, leaves the
 * section pending, to be tried again at the next record or tick of its conversation; nobody else waits for it. Never
 * throws UnavailableError: what the caller has changed before it stands.
 */
export const sendPending = async (o: SenderTools, c: Gathered, fx: Effects): Promise<void> => {
  for (let first = c.pending[0]; first; first = c.pending[0]) {
    const { info, turns } = first;
    try {
      await trySend(o, c, first, fx);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      if (!c.waits) {
        o.logger.warn({ conversation: c.id, section: info.n, reason: error.message }, "A section waits");
      }
      c.waits = true;
      return;
    }
    c.pending.shift();
    c.waits = false;
    fx.tombstones.push(`${c.id}/due/${info.n}`);
    for (const { info: open } of turns) fx.tombstones.push(`${c.id}/open/${turnKey(open.admission)}`);
    for (const one of info.ends) fx.tombstones.push(`${c.id}/open/${turnKey(one)}`);
    forgetMemories(c, info.n, fx);
  }
};

/** Memories that no section to come goes on from. */
export const forgetMemories = (c: Gathered, n: number, fx: Effects): void => {
  for (const old of outlived(c, n)) {
    c.memories.delete(old);
    fx.tombstones.push(`${c.id}/memory/${old}`);
  }
};

const trySend = async (o: SenderTools, c: Gathered, first: Pending, fx: Effects): Promise<void> => {
  const hand = await today(o, c, first, fx);
  try {
    await send(o, c, first, { hand, fx });
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    await giveUp(o, c, first, error, fx);
  }
};

/** A day whose keys are gone is long past: what comes next tells which day it is. */
const today = async (o: SenderTools, c: Gathered, { info }: Pending, fx: Effects): Promise<Hand> => {
  try {
    return await stateKey(o.keys, c.tenant, Math.max(fx.now, info.at));
  } catch (cause) {
    if (!(cause instanceof KeyGoneError)) throw cause;
    throw new UnavailableError(`Cannot tell the day for section ${info.n} of ${c.id}`, { cause });
  }
};

/** Nothing is changed until everything that can fail is done: a section that has to wait is as it was. */
const send = async (
  o: SenderTools,
  c: Gathered,
  first: Pending,
  { hand, fx }: { readonly hand: Hand; readonly fx: Effects },
): Promise<void> => {
  const { info } = first;
  const done = await finish(o, c, first, await memoryFor(o.keys, c, info.n));
  // Of two entries with one key the first counts: another try goes on from what the first one wrote.
  const isNew = done.memory !== null && !c.memories.has(info.n);
  const memory = isNew && done.memory ? await sealMemory(o.keys, c, { n: info.n, ...done.memory }) : null;
  const generation = await generationOf(o, c);
  const address = { slot: "archive", tenant: c.tenant, conversation: c.id, generation } as const;
  const record = sectionRecord(fx.partition, done.section, generation, await o.keys.toSeal(address));
  const entry = memory && entryOf(hand, c, memory);
  if (entry) fx.entries.push(entry);
  if (memory) c.memories.set(info.n, memory);
  fx.outputs.push(record);
  for (const { turn, reason } of done.aside) setAside(fx, c, turn, reason, info.at);
  tellRedacted(fx, c, done.section, record);
};

/** The newest generation there is: it rises when all documents of a conversation were sealed anew. */
const generationOf = async ({ keys }: SenderTools, c: Gathered): Promise<number> =>
  (await keys.inspect(c.tenant, c.id))?.archive.at(-1) ?? 1;

/** A section sealed for the archiver. */
const sectionRecord = (
  partition: number,
  section: Section,
  generation: number,
  key: DataKey,
): OutRecord & { readonly value: Uint8Array } => {
  const { conversation, tenant } = section;
  const name = `${conversation}/${section.section}`;
  const place = {
    tenant,
    conversation,
    slot: "archive",
    generation,
    kind: "section",
    name,
    headers: null,
  } as const;
  return {
    topic: topics.redacted.name,
    partition,
    key: conversation,
    value: seal(encodeCbor(section), key, place),
    headers: [
      ["type", text("section")],
      ["tenant", text(tenant)],
      ["section", text(String(section.section))],
      ["generation", text(String(generation))],
    ],
  };
};

/** Kinds and counts. Of the section's ends the archiver tells, when it is done with the section. */
const tellRedacted = (
  fx: Effects,
  c: Gathered,
  section: Section,
  { value }: { readonly value: Uint8Array },
): void => {
  const { kinds, engine, languages, withheld } = section.receipt;
  fx.audit.push({
    ...commonOf(c, "redacted", { n: section.section, line: section.line, at: section.closedAt }),
    type: "sotto.audit.section.redacted.v1",
    section: section.section,
    kinds,
    engine,
    // Each turn can claim a language of its own: what a sender chooses must not make an entry that the log refuses.
    languages: [...new Set(languages.map(languageOf))].slice(0, 64),
    input: Buffer.from(section.inputDigest).toString("base64url"),
    output: createHash("sha256").update(value).digest("base64url"),
    turns: section.turns.length,
    withheld,
  });
};

/**
 * A section that cannot be redacted ends here, turn by turn: sealed as it came it goes to quarantine, never passed
 * through. What a fence has stopped, or an erasure, ends as that and is put nowhere.
 */
const giveUp = async (
  o: SenderTools,
  c: Gathered,
  { info, turns }: Pending,
  error: unknown,
  fx: Effects,
): Promise<void> => {
  const isErased = error instanceof KeyGoneError && error.state === "erased";
  const failed = { end: "quarantined", reason: "REDACTION_FAILED" } as const;
  const how = turns.map((turn) => ({
    turn,
    how: isErased
      ? ({ end: "erased", reason: "ERASED" } as const)
      : (stopOf(c, turn.info.admission.grant, o.fences.index) ?? failed),
  }));
  const ended = how.map(({ turn: { info: open }, how: end }): Ended => {
    const { ordinal, part } = open.admission;
    return { ordinal, part, ...end };
  });
  const ends = [...info.ends, ...ended];
  const at = Math.max(fx.now, info.at);
  const said = {
    v: 1 as const,
    conversation: c.id,
    section: info.n,
    ordinals: [],
    ends,
    object: null,
    sha256: null,
    at,
  };
  fx.outputs.push(await landedRecord(o.keys, c.tenant, fx.partition, said));
  const name = error instanceof Error ? error.name : typeof error;
  o.logger.error(
    { conversation: c.id, section: info.n, turns: turns.length, error: name },
    "Section not redacted",
  );
  for (const { turn, how: end } of how) {
    if (end.end === "quarantined") setAside(fx, c, turn, end.reason, info.at);
  }
  const others = ends.filter((one) => one.end !== "quarantined");
  if (others.length > 0) fx.audit.push(endsEvent(c, info, others));
};

/** Puts a turn where an operator finds it, sealed as it came, and tells the audit log which ordinal it was. */
const setAside = (fx: Effects, c: Gathered, turn: OpenTurn, reason: string, at: number): void => {
  const origin = { topic: topics.admitted.name, partition: fx.partition, offset: turn.info.offset };
  const record = { ...origin, key: c.id, timestamp: at, ...turn.kept };
  fx.outputs.push(quarantineRecord(record, reason, origin));
  fx.audit.push(quarantineEvent(worker)(record, reason, turn.info.admission.ordinal));
};

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
