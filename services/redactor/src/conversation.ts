import type { Ended, Facts, Grant } from "@sotto/contracts";
import type { Kept } from "@sotto/stream";

import type { MemoryInfo, OpenInfo, SectionInfo } from "./entries.ts";

/** A turn as it waits for its section: facts opened, content still sealed. */
export interface OpenTurn {
  readonly info: OpenInfo;
  readonly kept: Kept;
  readonly facts: Facts;
  readonly id: string;
}

/** The redactor's whole knowledge of one conversation: the fold of its entries. */
export interface Gathered {
  readonly id: string;
  readonly tenant: string;
  line: string;
  readonly grants: Map<string, { readonly grant: Grant; readonly frame: Uint8Array }>;
  readonly context: { readonly offset: number; readonly kept: Kept; readonly facts: Facts }[];
  /** By `ordinal.part`. */
  readonly open: Map<string, OpenTurn>;
  readonly owed: Set<number>;
  /** Turns that a section names: done or pending. */
  readonly settled: Set<string>;
  /** Turn ids that went into a section that is cut: what replaces them later says so. */
  readonly cutTurns: Set<string>;
  /** Ends and removals that the next section will tell of. */
  ends: Ended[];
  removes: string[];
  /** Sections cut but not sent yet, in order. */
  readonly pending: { readonly info: SectionInfo; readonly turns: readonly OpenTurn[] }[];
  next: number;
  readonly memories: Map<number, MemoryInfo>;
  /** Append times: of the first open turn, of the latest thing let through, of the end. */
  firstCut: number | null;
  lastCut: number | null;
  endedAt: number | null;
  bytes: number;
}

export const gather = (id: string, tenant: string, line: string): Gathered => ({
  id,
  tenant,
  line,
  grants: new Map(),
  context: [],
  open: new Map(),
  owed: new Set(),
  settled: new Set(),
  cutTurns: new Set(),
  ends: [],
  removes: [],
  pending: [],
  next: 1,
  memories: new Map(),
  firstCut: null,
  lastCut: null,
  endedAt: null,
  bytes: 0,
});

export const turnKey = (a: { readonly ordinal: number; readonly part: number }): string => `${a.ordinal}.${a.part}`;

/** The id of the turn that an event adds, or null when it adds none. */
export const turnOf = (facts: Facts): string | null =>
  facts.kind === "turn.added" ? facts.data.id : facts.kind === "turn.replaced" ? facts.data.with.id : null;

/** Folds one context event: what it changes for the sections to come. */
export const absorb = (c: Gathered, entry: Gathered["context"][number], cut: number): void => {
  c.context.push(entry);
  const { facts } = entry;
  if (facts.kind === "conversation.ended") c.endedAt = cut;
  if (facts.kind === "turn.removed") {
    const open = openOf(c, facts.data.turn);
    if (open) end(c, open, "removed", facts.data.reason);
    else if (c.cutTurns.has(facts.data.turn)) c.removes.push(facts.data.turn);
  }
};

/** Adds a turn; one that it replaces and that no section holds yet gives its place up. */
export const add = (c: Gathered, turn: OpenTurn): void => {
  const { facts, info, kept } = turn;
  if (facts.kind === "turn.replaced") {
    const open = openOf(c, facts.data.turn);
    if (open) end(c, open, "replaced", facts.data.reason);
  }
  c.open.set(turnKey(info.admission), turn);
  c.firstCut ??= info.admission.cut;
  c.lastCut = Math.max(c.lastCut ?? 0, info.admission.cut);
  c.bytes += kept.value.length;
};

const openOf = (c: Gathered, turn: string): OpenTurn | undefined => [...c.open.values()].find((t) => t.id === turn);

const end = (c: Gathered, turn: OpenTurn, how: Ended["end"], reason: string): void => {
  const { ordinal, part } = turn.info.admission;
  c.open.delete(turnKey(turn.info.admission));
  c.settled.add(turnKey(turn.info.admission));
  c.ends.push({ ordinal, part, end: how, reason });
};

/** Cuts: everything open goes into section `next`, in order of ordinal; the writing order is the section's own affair. */
export const cut = (c: Gathered, cause: SectionInfo["cause"], at: number): SectionInfo => {
  const turns = [...c.open.values()].toSorted(
    (a, b) => a.info.admission.ordinal - b.info.admission.ordinal || a.info.admission.part - b.info.admission.part,
  );
  const info: SectionInfo = {
    k: "section",
    n: c.next,
    turns: turns.map(({ info: { admission: a } }) => [a.ordinal, a.part]),
    ends: c.ends,
    removes: c.removes,
    at,
    cause,
    line: c.line,
  };
  settleCut(c, info);
  c.pending.push({ info, turns });
  return info;
};

/** What a section entry says of the fold, at the cut and again at a restore. */
export const settleCut = (c: Gathered, info: SectionInfo): OpenTurn[] => {
  const turns: OpenTurn[] = [];
  for (const [ordinal, part] of info.turns) {
    const key = turnKey({ ordinal, part });
    const turn = c.open.get(key);
    if (turn) {
      turns.push(turn);
      c.cutTurns.add(turn.id);
    }
    c.settled.add(key);
    c.open.delete(key);
  }
  for (const { ordinal, part } of info.ends) c.settled.add(turnKey({ ordinal, part: part ?? 0 }));
  c.next = Math.max(c.next, info.n + 1);
  c.ends = [];
  c.removes = [];
  c.firstCut = null;
  c.bytes = 0;
  return turns;
};

