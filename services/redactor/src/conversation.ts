import type { Ended, Facts, Grant } from "@sotto/contracts";
import type { EventRecord, Kept } from "@sotto/stream";

import type { MemoryInfo, OpenInfo, SectionInfo } from "./entries.ts";

/** A turn as it waits for its section: facts opened, content still sealed. */
export interface OpenTurn {
  readonly info: OpenInfo;
  readonly kept: Kept;
  /** What `kept` was read as; its frames are sealed. */
  readonly event: EventRecord;
  readonly facts: Facts;
  readonly id: string;
}

/** What the conversation said of itself, and the grant that let it through. */
export interface Heard {
  /** The record as it was read; its frames are sealed. */
  readonly event: EventRecord;
  readonly facts: Facts;
  readonly grant: string;
}

/** A section cut but not sent yet, with what was known of the conversation at the cut. */
export interface Pending {
  readonly info: SectionInfo;
  readonly turns: readonly OpenTurn[];
  readonly context: readonly Heard[];
}

/**
 * The redactor's whole knowledge of one conversation: the fold of its entries. It lives as long as the unit does; what
 * grows with the conversation besides waiting turns are ids and the facts of context events.
 */
export interface Gathered {
  readonly id: string;
  readonly tenant: string;
  line: string;
  /** Since when it is on that line, by the sender's time: an older change that comes later changes nothing. */
  lineFrom: number;
  readonly grants: Map<string, { readonly grant: Grant; readonly frame: Uint8Array }>;
  readonly context: Heard[];
  /** Ids of the events in `context`: the gate says them again at other offsets. */
  readonly heard: Set<string>;
  /** By `ordinal.part`. */
  readonly open: Map<string, OpenTurn>;
  readonly owed: Set<number>;
  /** Turns that have an end or that a section names: done or pending. */
  readonly settled: Set<string>;
  /** Ids of turns in sections that are cut: what replaces or removes them later says so. */
  readonly cutTurns: Set<string>;
  /** Ends and removals that the next section will tell of. */
  ends: Ended[];
  removes: string[];
  /** In order. */
  readonly pending: Pending[];
  /** A warning was given that the first pending section waits. */
  waits: boolean;
  next: number;
  /** By the section that wrote it; those that a section to come may need. */
  readonly memories: Map<number, MemoryInfo>;
  /** Append times: of the first thing the next section holds, of the latest thing any did, of the end. */
  firstCut: number | null;
  lastCut: number | null;
  endedAt: number | null;
  bytes: number;
}

export const gather = (id: string, tenant: string, line: string): Gathered => ({
  id,
  tenant,
  line,
  lineFrom: 0,
  grants: new Map(),
  context: [],
  heard: new Set(),
  open: new Map(),
  owed: new Set(),
  settled: new Set(),
  cutTurns: new Set(),
  ends: [],
  removes: [],
  pending: [],
  waits: false,
  next: 1,
  memories: new Map(),
  firstCut: null,
  lastCut: null,
  endedAt: null,
  bytes: 0,
});

export const turnKey = (a: { readonly ordinal: number; readonly part?: number | undefined }): string =>
  `${a.ordinal}.${a.part ?? 0}`;

/** The id of the turn that an event adds, or null when it adds none. */
export const turnOf = (facts: Facts): string | null =>
  facts.kind === "turn.added" ? facts.data.id : facts.kind === "turn.replaced" ? facts.data.with.id : null;

/** The line that an event moves the conversation to, or null. */
export const movesTo = (c: Gathered, facts: Facts): string | null => {
  if (facts.kind !== "conversation.updated" || facts.data.line === undefined) return null;
  return facts.data.line !== c.line && facts.data.at >= c.lineFrom ? facts.data.line : null;
};

/** Nothing that a section would tell of. */
export const isEmpty = (c: Gathered): boolean =>
  c.open.size === 0 && c.ends.length === 0 && c.removes.length === 0;

/** Folds one context event, let through at append time `at`: what it changes for the sections to come. */
export const absorb = (c: Gathered, entry: Heard, at: number): void => {
  const { facts } = entry;
  c.context.push(entry);
  c.heard.add(facts.id);
  if (facts.kind === "conversation.ended") c.endedAt = Math.max(c.endedAt ?? 0, at);
  if (facts.kind === "turn.removed") remove(c, facts.data, at);
  const line = movesTo(c, facts);
  if (line !== null) c.line = line;
  if (facts.kind === "conversation.updated" && facts.data.line !== undefined) {
    c.lineFrom = Math.max(c.lineFrom, facts.data.at);
  }
};

/** Adds a turn; one that it replaces and that no section holds yet gives its place up. */
export const add = (c: Gathered, turn: OpenTurn): void => {
  const { facts, info } = turn;
  if (facts.kind === "turn.replaced") {
    const open = openOf(c, facts.data.turn);
    if (open) end(c, open, "replaced", "REPLACED");
  }
  c.open.set(turnKey(info.admission), turn);
  c.bytes += sizeOf(turn);
  touch(c, info.admission.cut);
};

/**
 * The turn of an earlier section that this event's turn stands for from now on: the one it names, or the one that was
 * already replaced by the one it names, when that never got into a section itself.
 */
export const replacedBy = (c: Gathered, facts: Facts): string | undefined => {
  if (facts.kind !== "turn.replaced") return undefined;
  return c.cutTurns.has(facts.data.turn) ? facts.data.turn : openOf(c, facts.data.turn)?.info.replaces;
};

/** A turn is taken back: here when it still waits, by a mark when it, or what it replaces, is in a section. */
const remove = (
  c: Gathered,
  { turn, reason }: Extract<Facts, { kind: "turn.removed" }>["data"],
  at: number,
) => {
  const open = openOf(c, turn);
  const marked = open ? open.info.replaces : c.cutTurns.has(turn) ? turn : undefined;
  if (open) end(c, open, "removed", reason === "retracted" ? "RETRACTED" : "ERASED_BY_SOURCE");
  if (marked !== undefined && !c.removes.includes(marked)) c.removes.push(marked);
  if (open || marked !== undefined) touch(c, at);
};

const openOf = (c: Gathered, turn: string): OpenTurn | undefined =>
  [...c.open.values()].find((t) => t.id === turn);

const end = (c: Gathered, turn: OpenTurn, how: Ended["end"], reason: string): void => {
  const { ordinal, part } = turn.info.admission;
  c.open.delete(turnKey(turn.info.admission));
  c.settled.add(turnKey(turn.info.admission));
  c.ends.push({ ordinal, part, end: how, reason });
};

const touch = (c: Gathered, at: number): void => {
  c.firstCut ??= at;
  c.lastCut = Math.max(c.lastCut ?? 0, at);
};

/** What a turn adds to a section: its record, or its text where that was compressed to less. */
const sizeOf = ({ kept, facts }: OpenTurn): number => {
  const turn =
    facts.kind === "turn.replaced" ? facts.data.with : facts.kind === "turn.added" ? facts.data : null;
  const chars = turn?.parts.reduce((sum, part) => sum + (part.chars ?? 0), 0) ?? 0;
  return Math.max(kept.value.length, chars);
};

/** What the next section would be: everything open, in order of ordinal. The writing order is the section's own affair. */
export const nextSection = (c: Gathered, cause: SectionInfo["cause"], at: number): SectionInfo => ({
  k: "section",
  n: c.next,
  turns: [...c.open.values()]
    .toSorted(
      ({ info: { admission: a } }, { info: { admission: b } }) => a.ordinal - b.ordinal || a.part - b.part,
    )
    .map(({ id, info: { admission: a } }) => [a.ordinal, a.part, id]),
  ends: c.ends,
  removes: c.removes,
  at,
  cause,
  line: c.line,
});

/** Cuts what `nextSection` said: from now on it is pending. */
export const cut = (c: Gathered, info: SectionInfo): void => {
  const turns = info.turns.flatMap(([ordinal, part]) => c.open.get(turnKey({ ordinal, part })) ?? []);
  settleCut(c, info);
  c.pending.push({ info, turns, context: [...c.context] });
};

/** What a section entry says of the fold, at the cut and again at a restore. */
export const settleCut = (c: Gathered, info: SectionInfo): void => {
  for (const [ordinal, part, id] of info.turns) {
    settle(c, turnKey({ ordinal, part }));
    c.cutTurns.add(id);
  }
  for (const one of info.ends) settle(c, turnKey(one));
  c.next = Math.max(c.next, info.n + 1);
  c.ends = [];
  c.removes = [];
  c.firstCut = null;
  c.bytes = 0;
};

const settle = (c: Gathered, key: string): void => {
  c.settled.add(key);
  c.open.delete(key);
};
