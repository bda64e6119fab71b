import type { Conversation } from "@sotto/consent";
import type { FactsOf, Grant } from "@sotto/contracts";
import type { Kept } from "@sotto/stream";

import type { ContextInfo, EntryInfo, GrantInfo, HeldInfo, ShreddedInfo, TurnInfo } from "./entries.ts";

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

/** What an entry names again when its cause is read once more. */
export type Replay =
  | { readonly info: ContextInfo; readonly kept: Kept }
  | { readonly info: TurnInfo; readonly kept: Kept | null }
  | { readonly info: GrantInfo; readonly kept: Kept }
  | { readonly info: ShreddedInfo };

/** The gate's whole knowledge of one conversation: the fold of its entries, and nothing that is not in them. */
export interface Watched {
  readonly id: string;
  readonly tenant: string;
  line: string;
  facts: Conversation | null;
  started: boolean;
  ended: boolean;
  /** Event id to digest: tells a duplicate from an id used again. */
  readonly seen: Map<string, string>;
  readonly context: { readonly info: ContextInfo; readonly kept: Kept }[];
  next: number;
  readonly held: Map<number, Held>;
  /** Ordinals without an end, and the raw window that seals each. */
  readonly open: Map<number, number | null>;
  /** Raw windows not known to be shredded; `context`: sealed for the conversation, not for one turn. */
  readonly windows: Map<number, { context: boolean }>;
  grant: Grant | null;
  /** Purpose to the decision that audit was last told. */
  readonly told: Map<string, string>;
  /** From restored entries only: input offset to what it caused. */
  readonly replays: Map<number, Replay[]>;
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
  replays: new Map(),
});

/** Notes what an entry says of ordinals, windows and seen ids. Facts and kept frames are the caller's. */
export const note = (c: Watched, info: EntryInfo): void => {
  if (info.k === "ended") {
    for (const ordinal of info.ordinals) c.open.delete(ordinal);
    return;
  }
  if (info.k === "grant") {
    c.grant = info.grant;
    return;
  }
  if (info.k === "shredded") {
    c.windows.delete(info.window);
    return;
  }
  c.seen.set(info.event, info.digest);
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

/** Windows whose words nobody needs any more: every ordinal sealed under them has an end. */
export const idleWindows = (c: Watched): number[] => {
  const needed = new Set(c.open.values());
  const over = c.ended && c.open.size === 0;
  return [...c.windows].filter(([window, w]) => !needed.has(window) && (over || !w.context)).map(([window]) => window);
};
