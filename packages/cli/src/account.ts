import { decodeAudit, topics, type AuditEvent, type Ended } from "@sotto/contracts";
import type { LogRecord } from "@sotto/stream";

import { droppedId, releasedId } from "./quarantine/marks.ts";

export type End = Ended["end"];
export type EndCounts = Readonly<Record<End, number>>;

/** The turns of one conversation: every one accepted has ended, is held, or is on its way. */
export interface ConversationAccount {
  readonly accepted: number;
  readonly ends: EndCounts;
  /** Waiting at the gate for a consent record. */
  readonly held: number;
  /** Let through and waiting in the redactor for its section to close. */
  readonly open: number;
  /** Neither: a worker has it, or it was lost. Below 0: more ends than turns. */
  readonly inFlight: number;
}

/** Invariant 3 in numbers: accepted = the ends + held + open + in flight, for all and for each conversation. */
export interface Account extends ConversationAccount {
  /** The sum of some conversations. */
  of(conversations: Iterable<string>): ConversationAccount;
  readonly conversations: ReadonlyMap<string, ConversationAccount>;
  /** Conversations with more ends than turns: something was counted twice. */
  readonly surplus: number;
  readonly oldestHeldAt: number | null;
  /** Records put aside and still there, by reason; other events than turns too. */
  readonly quarantined: ReadonlyMap<string, number>;
}

/** What takes an ordinal at the gate. */
const turnTypes = new Set(
  ["turn.added", "turn.replaced", "recording.available"].map((kind) => `sotto.${kind}.v1`),
);

interface Tally {
  /** Distinct events, each counted once however often it was sent. */
  readonly accepted: Set<string>;
  /** By ordinal; the last one that was told counts. */
  readonly ends: Map<number, End>;
}

/** Where turns are that have not ended in a numbered way: as seen now, so made anew for each result. */
interface Waiting {
  readonly held: Set<number>;
  readonly open: Set<number>;
  /** Places of the same event id with other data: accepted too, and told from the first only by where it lay. */
  readonly reused: Set<string>;
  /** How quarantined turns ended that got no ordinal, by their place. */
  readonly unnumbered: Map<string, End>;
}

export interface AccountBook {
  /** Every record of the topics that count, each partition in order; topics in any order. Others are passed over. */
  add(record: LogRecord): void;
  /** What the records so far add up to; more may follow. */
  result(): Account;
}

/**
 * Adds up what lies on the log, from outside and without a key: turn events on `conversations`, entries still live in
 * the workers' state, ends in `audit`, and `quarantine`. It takes what headers and keys claim: it finds what was lost or
 * doubled, and is no defence against who can write to the log.
 */
export const openAccount = (): AccountBook => {
  const noted: Noted = {
    tallies: new Map(),
    live: new Map(),
    aside: new Map(),
    numbered: new Set(),
    taken: new Set(),
    erased: new Set(),
  };
  return { add: (record) => note(noted, record), result: () => resultOf(noted) };
};

interface Noted {
  readonly tallies: Map<string, Tally>;
  /** State entries without a tombstone, by topic and key. */
  readonly live: Map<string, LogRecord>;
  /** Quarantined records, by the place they came from. */
  readonly aside: Map<string, Aside>;
  /** Places of quarantined turns whose ordinal is known. */
  readonly numbered: Set<string>;
  /** Entries by which an operator took a record out of quarantine. */
  readonly taken: Set<string>;
  /** Conversations that are erased, whatever is still put aside of them. */
  readonly erased: Set<string>;
}

interface Aside {
  readonly reason: string;
  /** null when it was no turn. */
  readonly conversation: string | null;
  readonly key: string | null;
}

const note = (noted: Noted, record: LogRecord): void => {
  switch (record.topic) {
    case topics.conversations.name:
      return accept(noted, record);
    case topics.audit.name:
      return record.value === null ? undefined : end(noted, decodeAudit(record.value));
    case topics.quarantine.name:
      return putAside(noted, record);
    case topics.gateState.name:
    case topics.redactorState.name:
      return keep(noted, record);
  }
};

const tallyOf = ({ tallies }: Noted, conversation: string): Tally => {
  const tally = tallies.get(conversation) ?? { accepted: new Set(), ends: new Map() };
  tallies.set(conversation, tally);
  return tally;
};

const accept = (noted: Noted, record: LogRecord): void => {
  const subject = textOf(record, "ce_subject");
  const event = textOf(record, "ce_id");
  if (subject === null || event === null || !turnTypes.has(textOf(record, "ce_type") ?? "")) return;
  tallyOf(noted, subject).accepted.add(event);
};

const end = (noted: Noted, event: AuditEvent): void => {
  if (event.service === "cli") noted.taken.add(event.id);
  if (event.conversation === undefined) return;
  if (event.type === "sotto.audit.document.landed.v1") {
    for (const ordinal of event.ordinals) tallyOf(noted, event.conversation).ends.set(ordinal, "archived");
  } else if (event.type === "sotto.audit.turns.ended.v1") {
    for (const one of event.ends) tallyOf(noted, event.conversation).ends.set(one.ordinal, one.end);
  } else if (event.type === "sotto.audit.turn.quarantined.v1" && event.ordinal !== undefined) {
    tallyOf(noted, event.conversation).ends.set(event.ordinal, "quarantined");
    noted.numbered.add(`${event.origin.topic}/${event.origin.partition}/${event.origin.offset}`);
  } else if (event.type === "sotto.audit.conversation.erased.v1") {
    noted.erased.add(event.conversation);
  }
};

const putAside = (noted: Noted, record: LogRecord): void => {
  const origin = textOf(record, "origin");
  if (origin === null) return;
  const isTurn = turnTypes.has(textOf(record, "was_ce_type") ?? "");
  const conversation = isTurn ? textOf(record, "was_ce_subject") : null;
  noted.aside.set(origin, { reason: textOf(record, "reason") ?? "UNKNOWN", conversation, key: record.key });
};

/** What became of a record that was put aside; null: it was put back, and is on its way again. */
const fateOf = ({ taken, erased }: Noted, origin: string, { key }: Aside): End | null => {
  if (taken.has(releasedId(origin))) return null;
  if (key !== null && erased.has(key)) return "erased";
  return taken.has(droppedId(origin)) ? "discarded" : "quarantined";
};

const keep = ({ live }: Noted, record: LogRecord): void => {
  const entry = `${record.topic} ${record.key}`;
  if (record.value === null) live.delete(entry);
  else if (!live.has(entry)) live.set(entry, record);
};

const resultOf = (noted: Noted): Account => {
  const { tallies, live, aside, numbered } = noted;
  const waiting = new Map<string, Waiting>();
  const waitingOf = (conversation: string): Waiting => {
    const known = waiting.get(conversation);
    if (known !== undefined) return known;
    const made: Waiting = { held: new Set(), open: new Set(), reused: new Set(), unnumbered: new Map() };
    waiting.set(conversation, made);
    return made;
  };
  const left: Aside[] = [];
  for (const [origin, one] of aside) {
    const { reason, conversation } = one;
    const fate = fateOf(noted, origin, one);
    if (fate === "quarantined") left.push(one);
    if (conversation === null) continue;
    if (reason === "ID_REUSED") waitingOf(conversation).reused.add(origin);
    if (fate !== null && !numbered.has(origin)) waitingOf(conversation).unnumbered.set(origin, fate);
  }
  let oldestHeldAt: number | null = null;
  for (const record of live.values()) {
    const turn = turnOf(record);
    if (turn === null) continue;
    waitingOf(turn.conversation)[turn.where].add(turn.ordinal);
    const hasEnded = tallies.get(turn.conversation)?.ends.has(turn.ordinal) ?? false;
    if (turn.where === "held" && !hasEnded)
      oldestHeldAt = Math.min(oldestHeldAt ?? Infinity, record.timestamp);
  }
  const conversations = new Map<string, ConversationAccount>();
  for (const id of new Set([...tallies.keys(), ...waiting.keys()])) {
    conversations.set(id, accountOf(tallies.get(id), waiting.get(id)));
  }
  const all = [...conversations.values()];
  return {
    ...sum(all),
    of: (ids) => sum([...ids].flatMap((id) => conversations.get(id) ?? [])),
    conversations,
    surplus: all.filter((one) => one.inFlight < 0).length,
    oldestHeldAt,
    quarantined: countReasons(left),
  };
};

/** An entry that stands for a turn that waits: `conversation/held/ORDINAL` at the gate, `…/open/ORDINAL` behind it. */
const turnOf = (
  record: LogRecord,
): { readonly conversation: string; readonly where: "held" | "open"; readonly ordinal: number } | null => {
  const [, conversation, where, ordinal] = /^([^/]+)\/(held|open)\/(\d+)/.exec(record.key ?? "") ?? [];
  if (conversation === undefined) return null;
  if (where === "held" && record.topic === topics.gateState.name) {
    return { conversation, where, ordinal: Number(ordinal) };
  }
  return where === "open" && record.topic === topics.redactorState.name
    ? { conversation, where, ordinal: Number(ordinal) }
    : null;
};

const accountOf = (tally: Tally | undefined, waiting: Waiting | undefined): ConversationAccount => {
  const ended = tally?.ends ?? new Map<number, End>();
  const unnumbered = [...(waiting?.unnumbered.values() ?? [])];
  // An entry goes only after its turn's end is on record, and a hold only after the turn was passed on: a turn that is
  // seen in two places is counted in the one it came to last.
  const open = [...(waiting?.open ?? [])].filter((ordinal) => !ended.has(ordinal));
  const held = [...(waiting?.held ?? [])].filter((ordinal) => !ended.has(ordinal) && !open.includes(ordinal));
  const all = [...ended.values(), ...unnumbered];
  const ends = countEnds((end) => all.filter((one) => one === end).length);
  const accepted = (tally?.accepted.size ?? 0) + (waiting?.reused.size ?? 0);
  const inFlight = accepted - all.length - held.length - open.length;
  return { accepted, ends, held: held.length, open: open.length, inFlight };
};

const sum = (all: readonly ConversationAccount[]): ConversationAccount => {
  const total = (count: (one: ConversationAccount) => number): number =>
    all.reduce((n, one) => n + count(one), 0);
  return {
    accepted: total((one) => one.accepted),
    ends: countEnds((end) => total((one) => one.ends[end])),
    held: total((one) => one.held),
    open: total((one) => one.open),
    inFlight: total((one) => Math.max(0, one.inFlight)),
  };
};

const countReasons = (aside: Iterable<Aside>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { reason } of aside) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
};

const countEnds = (count: (end: End) => number): EndCounts => ({
  archived: count("archived"),
  discarded: count("discarded"),
  replaced: count("replaced"),
  removed: count("removed"),
  erased: count("erased"),
  expired: count("expired"),
  quarantined: count("quarantined"),
});

const textOf = (record: LogRecord, header: string): string | null => {
  const value = record.headers.find(([name]) => name === header)?.[1];
  return value === undefined || value === null ? null : Buffer.from(value).toString("utf8");
};
