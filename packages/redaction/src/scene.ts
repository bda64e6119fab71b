import type { Candidate, Kind } from "./finding.ts";
import { firstWhere } from "./first-where.ts";
import type { Run } from "./runs.ts";
import type { Token } from "./tokens.ts";
import type { Cue, Topic } from "./topics.ts";

/** Everything recognizers look at: one turn, cut once, and what is expected of it. */
export interface Scene {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly cues: readonly Cue[];
  readonly runs: readonly Run[];
  readonly language: string;
  readonly german: boolean;
  /** What the agent asked for and is waiting to hear. */
  readonly asked: ReadonlySet<Topic>;
  /** A short turn with no question before it that we know of: it may be an answer all the same. */
  readonly bare: boolean;
  /** A customer's turn, spoken or typed as if spoken: when it is nothing but a code, it answers something. */
  readonly alone: boolean;
  /** What is left to spend on validation: a text made of nothing but candidates must not take seconds. */
  readonly budget: { phones: number; stretches: number };
}

/** The cues of which some part lies in tokens `from` to `to`; cues are sorted and disjoint. */
export const cuesBetween = (scene: Scene, from: number, to: number): readonly Cue[] => {
  const low = firstWhere(scene.cues, (cue) => cue.last >= from);
  let end = low;
  while ((scene.cues[end]?.first ?? Infinity) <= to) end += 1;
  return end === low ? none : scene.cues.slice(low, end);
};
const none: readonly Cue[] = [];

/** The candidate that covers tokens `first` to `last`. */
export const span = (
  scene: Scene,
  first: number,
  last: number,
  what: { kind: Kind; score: number; recognizer: string; value?: string },
): Candidate => ({ start: scene.tokens[first]?.start ?? 0, end: scene.tokens[last]?.end ?? 0, ...what });

/** Where a number begins: at its "+", or at the bracket that it closes. */
export const startOf = (scene: Scene, first: number, last: number): number => {
  const before = scene.tokens[first - 1]?.lower;
  if (before === "+") return scene.tokens[first - 2]?.lower === "(" ? first - 2 : first - 1;
  if (before !== "(") return first;
  for (let i = first; i < last; i += 1) if (scene.tokens[i]?.lower === ")") return first - 1;
  return first;
};

/** Letters and digits of a text in one form, so that the same value read out and typed compare equal. */
export const normalize = (raw: string): string =>
  raw
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Cases of a word list as a set. */
export const wordSet = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));
