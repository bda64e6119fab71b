import { tickTimeHeader, type Admission, type Facts } from "@sotto/contracts";
import { UnavailableError } from "@sotto/envelope";
import {
  checkAdmission,
  headerText,
  isTick,
  openFacts,
  openGrant,
  QuarantineError,
  readEntry,
  readEvent,
  type EventRecord,
  type Kept,
  type LogRecord,
  type Outcome,
  type SealedEntry,
  type Unit,
} from "@sotto/stream";

import {
  absorb,
  add,
  cut,
  gather,
  isEmpty,
  movesTo,
  nextSection,
  replacedBy,
  turnKey,
  turnOf,
  type Gathered,
} from "./conversation.ts";
import { closedBy, isFull, type Close } from "./cut.ts";
import { entryOf, noEffects, stateKey, type Effects, type Hand } from "./effects.ts";
import type { EntryInfo } from "./entries.ts";
import { forgetMemories, sendPending, type SenderTools } from "./pending.ts";
import { recall, settleSections, type Recalled } from "./recall.ts";

export type RedactorOptions = SenderTools;

/** Conversations whose sections are redacted side by side at a tick: they wait for keys, not for each other. */
const sideBySide = 32;

/**
 * The redactor's hold on one partition: every conversation of it, folded from state entries. What a record changes in
 * memory it changes in one step, after the last await before its entries are sealed; what comes then, redacting and
 * sending, leaves a section pending when the world is down.
 */
export const openUnit = (o: RedactorOptions, partition: number): Unit => {
  const gathered = new Map<string, Gathered>();
  const restored: { key: string; entry: SealedEntry }[] = [];

  const onGrant = async (record: LogRecord): Promise<Outcome> => {
    const grant = await openGrant(o.keys, record);
    const hand = await stateKey(o.keys, grant.tenant, record.timestamp);
    const c = gathered.get(grant.conversation) ?? gather(grant.conversation, grant.tenant, grant.line);
    if (c.tenant !== grant.tenant) {
      throw new QuarantineError("NO_ADMISSION", `Grant ${grant.id} is for another tenant's conversation`);
    }
    if (c.grants.has(grant.id)) return {};
    gathered.set(c.id, c);
    c.grants.set(grant.id, { grant, frame: record.value ?? new Uint8Array() });
    return { entries: [entryOf(hand, c, { k: "grant", offset: record.offset, grant }, keptOf(record))] };
  };

  const onEvent = async (record: LogRecord): Promise<Outcome> => {
    const event = readEvent(record);
    const admission = await checkAdmission(o.keys, record, event);
    const facts = await openFacts(o.keys, event);
    const hand = await stateKey(o.keys, event.tenant, record.timestamp);
    const c = granted(gathered, event, admission, facts);
    const fx = noEffects(partition, record.timestamp);
    take(o, c, { record, event, admission, facts, hand }, fx);
    await sendPending(o, c, fx);
    return fx;
  };

  const onTick = async (record: LogRecord): Promise<Outcome> => {
    const fx = noEffects(partition, record.timestamp);
    const at = timeOf(record);
    let away = 0;
    for (const c of gathered.values()) {
      const close = closedBy(c, o.policy.timing, at);
      if (!close) continue;
      const hand = await handNow(o, c, record.timestamp);
      if (hand) cutNow(o, c, close, { hand, fx });
      else away += 1;
    }
    if (away > 0) o.logger.warn({ conversations: away }, "Keys are away: sections that have closed wait");
    const waiting = [...gathered.values()].filter((c) => c.pending.length > 0);
    while (waiting.length > 0) {
      await Promise.all(waiting.splice(0, sideBySide).map((c) => sendPending(o, c, fx)));
    }
    return fx;
  };

  return {
    restore: ({ key, value }) => {
      restored.push({ key, entry: readEntry(value) });
    },
    resume: async () => {
      const recalled = new Map<string, Recalled>();
      for (const { key, entry } of restored.splice(0)) await recall(o.keys, recalled, key, entry);
      const newest = [...recalled.values()].flatMap(({ c, sections }) => [
        c.lastCut ?? 0,
        ...sections.map(({ info }) => info.at),
      ]);
      const fx = noEffects(
        partition,
        newest.reduce((a, b) => Math.max(a, b), 0),
      );
      for (const [id, one] of recalled) {
        gathered.set(id, one.c);
        fx.tombstones.push(...settleSections(one));
        forgetMemories(one.c, one.c.pending[0]?.info.n ?? one.c.next, fx);
        await sendPending(o, one.c, fx);
      }
      return fx;
    },
    handle: (record) => {
      if (isTick(record)) return onTick(record);
      return headerText(record.headers, "type") === "grant" ? onGrant(record) : onEvent(record);
    },
  };
};

/** The conversation of an event, if the event came under a grant that this unit has seen given. */
const granted = (
  gathered: ReadonlyMap<string, Gathered>,
  event: EventRecord,
  admission: Admission,
  facts: Facts,
): Gathered => {
  const c = gathered.get(event.conversation);
  const isSaid = turnOf(facts) !== null || facts.kind === "recording.available";
  const isGranted = c?.tenant === event.tenant && c.grants.has(admission.grant ?? "");
  if (c && isGranted && isSaid === admission.ordinal > 0) return c;
  throw new QuarantineError(
    "NO_ADMISSION",
    `Event ${event.event} came under a grant that nobody gave`,
    admission.ordinal > 0 ? { ordinal: admission.ordinal } : {},
  );
};

interface Taken {
  readonly record: LogRecord;
  readonly event: EventRecord;
  readonly admission: Admission;
  readonly facts: Facts;
  readonly hand: Hand;
}

/** Folds one admitted event: what time has closed is cut before it, what it fills after it. */
const take = (o: RedactorOptions, c: Gathered, taken: Taken, fx: Effects): void => {
  const { record, event, admission, facts, hand } = taken;
  const { timing } = o.policy;
  const { offset } = record;
  const close = (why: Close | null): void => {
    if (why && !isEmpty(c)) cutNow(o, c, why, { hand, fx });
  };
  const note = (info: EntryInfo, kept: Kept | null = null): void => {
    fx.entries.push(entryOf(hand, c, info, kept));
  };
  if (!isRepeat(c, admission, facts)) {
    const kept = keptOf(record);
    const id = turnOf(facts);
    close(closedBy(c, timing, admission.cut));
    if (id !== null) {
      const replaces = replacedBy(c, facts);
      const info = { k: "open" as const, offset, admission, ...(replaces ? { replaces } : {}) };
      add(c, { info, kept, event, facts, id });
      note(info, kept);
    } else if (admission.ordinal > 0) {
      c.owed.add(admission.ordinal);
      note({ k: "owed", offset, ordinal: admission.ordinal });
    } else {
      close(movesTo(c, facts) === null ? null : { cause: "line", at: admission.cut });
      absorb(c, { event, facts, grant: admission.grant ?? "" }, admission.cut);
      note({ k: "context", offset, admission }, kept);
    }
  }
  // Asked at a repeat too: a crash may have kept the entry of what filled the section, and not that of the cut.
  if (isFull(c, timing)) close({ cause: "size", at: admission.cut });
};

/** Already in an entry: what the gate says again after a crash lands nowhere twice. */
const isRepeat = (c: Gathered, admission: Admission, facts: Facts): boolean => {
  if (admission.ordinal === 0) return c.heard.has(facts.id);
  if (turnOf(facts) === null) return c.owed.has(admission.ordinal);
  return c.open.has(turnKey(admission)) || c.settled.has(turnKey(admission));
};

/** Cuts, and says so in entries; these first, for to seal them is all that could fail. */
const cutNow = (
  o: RedactorOptions,
  c: Gathered,
  { cause, at }: Close,
  { hand, fx }: { readonly hand: Hand; readonly fx: Effects },
): void => {
  const info = nextSection(c, cause, at);
  fx.entries.push(entryOf(hand, c, { k: "due", n: info.n }), entryOf(hand, c, info));
  cut(c, info);
  o.logger.debug({ conversation: c.id, section: info.n, turns: info.turns.length, cause }, "Section cut");
};

/**
 * The key for a cut at a tick; null when it cannot be had now. The section is cut later then, and no differently: it
 * has closed, and whatever comes next of its conversation needs that key too.
 */
const handNow = async (o: RedactorOptions, c: Gathered, now: number): Promise<Hand | null> => {
  try {
    return await stateKey(o.keys, c.tenant, now);
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
};

/**
 * The append time that a tick proves: the one it had in `conversations`, which the gate forwards as header `at`. Its
 * own is later by as much as the gate was behind, and must not close a section that the gate has more turns for. No
 * later than its own in any case: nobody can claim a time that has not come.
 */
const timeOf = (record: LogRecord): number => {
  const said = headerText(record.headers, tickTimeHeader) ?? "";
  return /^\d{1,15}$/.test(said) ? Math.min(Number(said), record.timestamp) : record.timestamp;
};

const keptOf = (record: LogRecord): Kept => ({
  headers: record.headers,
  value: record.value ?? new Uint8Array(),
});
