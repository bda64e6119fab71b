import type { Channel, EventKind, Facts } from "@sotto/contracts";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

type Folded = Exclude<EventKind, "turn.added" | "turn.replaced" | "turn.removed" | "recording.available">;

/** One event that tells something of the conversation as a whole, as plain data; turns are not among them. */
export type Known = Without<Extract<Facts, { kind: Folded }>, "digest" | "window" | "dropped">;

/**
 * What is known of a conversation: plain data, the fold of its facts. `known` is a set kept in one order, whatever the
 * order of arrival was, and everything else is computed from it: two folds of the same facts are equal.
 */
export interface Conversation {
  readonly v: 1;
  readonly id: string;
  readonly tenant: string;
  /** As of the latest change of line. */
  line: string;
  channel: Channel;
  source: string;
  /** null until the start is known. */
  startedAt: number | null;
  /** null until an end is known; what comes after it is legal. */
  endedAt: number | null;
  known: Known[];
}

/** Opens the fold with the first fact that arrived, whichever it is. Throws for a fact that belongs to no conversation. */
export const openConversation = (first: Facts): Conversation => {
  if (first.conversation === null) throw new Error(`Event ${first.id} belongs to no conversation`);
  const c: Conversation = {
    v: 1,
    id: first.conversation,
    tenant: first.tenant,
    line: first.line,
    channel: first.channel,
    source: first.source,
    startedAt: null,
    endedAt: null,
    known: [],
  };
  applyFacts(c, first);
  return c;
};

/** Folds one fact in. A repeat changes nothing, nor does a turn; a fact of another conversation or tenant throws. */
export const applyFacts = (c: Conversation, facts: Facts): void => {
  if (facts.conversation !== c.id || facts.tenant !== c.tenant) {
    throw new Error(`Event ${facts.id} is not of conversation ${c.id}`);
  }
  if (!isFolded(facts) || c.known.some((known) => known.id === facts.id)) return;
  const { digest: _digest, window: _window, dropped: _dropped, ...known } = facts;
  c.known = [...c.known, known].toSorted(inOrder);
  summarise(c, known);
};

const isFolded = (facts: Facts): facts is Extract<Facts, { kind: Folded }> =>
  !facts.kind.startsWith("turn.") && facts.kind !== "recording.available";

/** When it happened, as the event itself says. */
export const atOf = (known: Known): number =>
  known.kind === "conversation.started" ? known.data.startedAt : known.data.at;

/** By time, then as the source numbered them, then by id: an order that arrival has no part in. */
const inOrder = (a: Known, b: Known): number =>
  atOf(a) - atOf(b) || (a.sequence ?? 0) - (b.sequence ?? 0) || (a.id < b.id ? -1 : 1);

/** Brings the fields that are read most up to date. Until the start is known, the earliest fact stands in for it. */
const summarise = (c: Conversation, latest: Known): void => {
  const first = openingOf(c) ?? latest;
  c.channel = first.channel;
  c.source = first.source;
  c.startedAt = first.kind === "conversation.started" ? first.data.startedAt : null;
  const end = c.known.findLast(({ kind }) => kind === "conversation.ended");
  c.endedAt = end ? atOf(end) : null;
  c.line = lineAt(c, Number.POSITIVE_INFINITY);
};

const openingOf = (c: Conversation): Known | undefined =>
  c.known.find(({ kind }) => kind === "conversation.started") ?? c.known[0];

/** The line the conversation was on at that time: a change of queue may change what may be done. */
export const lineAt = (c: Conversation, at: number): string => {
  let line = openingOf(c)?.line ?? c.line;
  for (const known of c.known) {
    if (known.kind === "conversation.updated" && known.data.at <= at) line = known.data.line ?? line;
  }
  return line;
};
