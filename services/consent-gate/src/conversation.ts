import type { Conversation } from "@sotto/consent";
import type { FactsOf, Grant } from "@sotto/contracts";
import type { Kept } from "@sotto/stream";

import type { Effects } from "./effects.ts";
import { causeOf, type DecisionInfo, type EntryInfo, type HeldInfo } from "./entries.ts";

/** A turn (or recording) as the decision sees it. */
export interface Said {
  readonly id: string;
  readonly party: string;
  readonly startAt: number;
  readonly endAt?: number;
  readonly origin: FactsOf<"turn.added">["data"]["origin"];
  readonly engine?: { readonly id: string };
}

export interface Held {
  readonly info: HeldInfo;
  readonly kept: Kept;
  readonly said: Said;
}

/** What an entry says again when its cause is read once more. */
export interface Again {
  /** `own`: the record that is read again. */
  readonly say: (fx: Effects, own: { readonly offset: number; readonly kept: Kept }) => void;
  /** Its hold, which it has outlived. */
  readonly tombstone?: string;
}

/** The decision that audit was told of a purpose, from an ordinal on. */
interface Step {
  readonly from: number;
  readonly said: string;
}

/** The gate's whole knowledge of one conversation: the fold of its entries, and nothing that is not in them. */
export interface Watched {
  readonly id: string;
  readonly tenant: string;
  line: string;
  facts: Conversation | null;
  started: boolean;
  ended: boolean;
  /** By event id: tells a record that is read again from a duplicate, and that from an id used for something else. */
  readonly seen: Map<string, { readonly offset: number; readonly digest: string }>;
  /** Facts events that wait for the first grant, as they came, in order. Empty from then on. */
  context: Kept[];
  next: number;
  readonly held: Map<number, Held>;
  /** Ordinals without an end, and the raw window that seals each. */
  readonly open: Map<number, number | null>;
  /** Raw windows not known to be shredded; `context`: sealed for the conversation, not for one turn. */
  readonly windows: Map<number, { context: boolean }>;
  grant: Grant | null;
  /** By purpose, in order of `from`. */
  readonly told: Map<string, readonly Step[]>;
  /** The newest cause of an entry: what lies before it was handled whole. -1: none. */
  upTo: number;
  /** From restored entries only, by cause. */
  readonly again: Map<number, Again[]>;
}

export const watch = (id: string, tenant: string, line: string): Watched => ({
  id,
  tenant,
  line,
  facts: null,
  started: false,
  ended: false,
  seen: new Map(),
  context: [],
  next: 1,
  held: new Map(),
  open: new Map(),
  windows: new Map(),
  grant: null,
  told: new Map(),
  upTo: -1,
  again: new Map(),
});

/** Notes what an entry says. Facts and kept frames are the caller's. */
export const note = (c: Watched, info: EntryInfo): void => {
  c.upTo = Math.max(c.upTo, causeOf(info) ?? -1);
  switch (info.k) {
    case "ended":
    case "overdue":
    case "erased":
      for (const ordinal of info.ordinals) c.open.delete(ordinal);
      return;
    case "grant":
      c.grant = info.grant;
      return;
    case "decision":
      noteTold(c, info);
      return;
    case "window":
      noteWindow(c, info.window, false);
      return;
    case "shredded":
      c.windows.delete(info.window);
      return;
    case "context":
    case "held":
    case "turn":
      noteEvent(c, info);
  }
};

const noteEvent = (c: Watched, info: Extract<EntryInfo, { event: string }>): void => {
  c.seen.set(info.event, { offset: info.offset, digest: info.digest });
  if (info.window !== null) noteWindow(c, info.window, info.k === "context");
  if (info.k === "context") return;
  c.next = Math.max(c.next, info.ordinal + 1);
  if (info.k === "turn" && info.end) c.open.delete(info.ordinal);
  else c.open.set(info.ordinal, info.window);
};

const noteWindow = (c: Watched, window: number, context: boolean): void => {
  const known = c.windows.get(window);
  if (known) known.context ||= context;
  else c.windows.set(window, { context });
};

/** What was told for an ordinal holds until the next one that something else was told for. */
const noteTold = (c: Watched, { ordinal: from, told }: DecisionInfo): void => {
  for (const event of told) {
    if (event.type !== "sotto.audit.decision.made.v1") continue;
    const { purpose, decision, reason, grant } = event;
    const others = (c.told.get(purpose) ?? []).filter((step) => step.from !== from);
    const steps = [...others, { from, said: saying(decision, reason, grant) }];
    c.told.set(
      purpose,
      steps.toSorted((a, b) => a.from - b.from),
    );
  }
};

export const saying = (decision: string, reason: string, grant: string | null): string =>
  `${decision} ${reason} ${grant ?? ""}`;

/** What audit was last told of that purpose for that ordinal. */
export const lastTold = (c: Watched, purpose: string, ordinal: number): string | undefined =>
  c.told.get(purpose)?.findLast((step) => step.from <= ordinal)?.said;
