import { fenceVerdict, gatePurpose, stopped, type FenceIndex } from "@sotto/consent";
import type { Content, Ended } from "@sotto/contracts";
import { KeyGoneError, UnavailableError, type Keys } from "@sotto/envelope";
import { openContent, QuarantineError, type FenceTable } from "@sotto/stream";

import type { Gathered, OpenTurn } from "./conversation.ts";

/** What opening needs: keys, and fences that can say that they are as of now. */
export interface Opener {
  readonly keys: Keys;
  readonly fences: Pick<FenceTable, "index" | "isFresh">;
}

export interface Opened {
  readonly turn: OpenTurn;
  readonly content: Content;
}

type How = Pick<Ended, "end" | "reason">;

/** Tokens of everybody who is known by now; a grant knows only who was known when it was given. */
const tokensOf = (c: Gathered): string[] =>
  c.context.flatMap(({ facts }) => {
    if (facts.kind === "conversation.started") return facts.data.parties.flatMap((party) => party.tokens);
    return facts.kind === "party.joined" ? facts.data.party.tokens : [];
  });

/**
 * Why nothing under that grant may be opened now; null when it may. Judged at the time of the act (invariant 1). Throws
 * UnavailableError for what can be lifted again: a kill switch, a restriction.
 */
export const stopOf = (c: Gathered, grant: string | null, index: FenceIndex): How | null => {
  const held = grant === null ? undefined : c.grants.get(grant);
  if (!held?.grant.purposes.some(({ purpose }) => purpose === gatePurpose)) {
    return { end: "quarantined", reason: "NO_ADMISSION" };
  }
  const fence = stopped(held.grant, index, tokensOf(c)).get(gatePurpose);
  if (!fence) return null;
  const verdict = fenceVerdict(fence);
  if ("held" in verdict) throw new UnavailableError(`A fence holds conversation ${c.id}: ${verdict.held}`);
  return verdict;
};

/**
 * Opens the turns whose grants stand, and says how the others ended. Before the first is opened, every fence has been
 * asked: what waits for one turn waits for all of them, unopened.
 */
export const openTurns = async (
  tools: Opener,
  c: Gathered,
  turns: readonly OpenTurn[],
): Promise<{ readonly opened: Opened[]; readonly ends: Ended[] }> => {
  if (!tools.fences.isFresh()) throw new UnavailableError("Cannot open turns: fences are not proved fresh");
  for (const turn of turns) stopOf(c, turn.info.admission.grant, tools.fences.index);
  const opened: Opened[] = [];
  const ends: Ended[] = [];
  for (const turn of turns) {
    const { ordinal, part, grant } = turn.info.admission;
    const result = stopOf(c, grant, tools.fences.index) ?? (await openTurn(tools.keys, turn));
    if ("end" in result) ends.push({ ordinal, part, ...result });
    else opened.push(result);
  }
  return { opened, ends };
};

const openTurn = async (keys: Keys, turn: OpenTurn): Promise<Opened | How> => {
  try {
    const content = await openContent(keys, turn.event);
    return content ? { turn, content } : { end: "erased", reason: "CONTENT_DROPPED" };
  } catch (error) {
    if (!(error instanceof QuarantineError)) throw error;
    if (!(error.cause instanceof KeyGoneError)) return { end: "quarantined", reason: error.reason };
    return error.cause.state === "erased"
      ? { end: "erased", reason: "ERASED" }
      : { end: "expired", reason: "RAW_EXPIRED" };
  }
};

/**
 * What context events say of names and identifiers, all that came until now: a name that was told late is masked in
 * what was said before. One whose grant is stopped stays shut, one whose key has died tells nothing any more; one that
 * does not open for another reason throws, for then nobody knows which name went unmasked.
 */
export const openContext = async (tools: Opener, c: Gathered): Promise<Content[]> => {
  const all: Content[] = [];
  for (const { event, grant } of c.context) {
    if (stopOf(c, grant, tools.fences.index) !== null) continue;
    try {
      const content = await openContent(tools.keys, event);
      if (content) all.push(content);
    } catch (error) {
      if (!(error instanceof QuarantineError) || !(error.cause instanceof KeyGoneError)) throw error;
    }
  }
  return all;
};
