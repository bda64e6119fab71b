import type { Timing } from "@sotto/consent";

import { isEmpty, type Gathered } from "./conversation.ts";
import type { SectionInfo } from "./entries.ts";

/** Why a section closes, and the append time that counts as its end. */
export interface Close {
  readonly cause: SectionInfo["cause"];
  readonly at: number;
}

/**
 * When time will close the section that is being gathered: after the end and the linger, a gap, or at its age,
 * whichever comes first; null while there is nothing to close. Whatever is read with an append time from then on, a
 * tick or the next event, proves that it has closed. So a cut is a function of `admitted` alone (design §7): neither a
 * crash nor this worker's clock moves it, and a tick more or less does not either.
 */
export const closing = (c: Gathered, { section }: Timing): Close | null => {
  if (isEmpty(c) || c.firstCut === null || c.lastCut === null) return null;
  const closes: Close[] = [
    { cause: "gap", at: c.lastCut + section.gapMs },
    { cause: "age", at: c.firstCut + section.ageMs },
  ];
  if (c.endedAt !== null) {
    const linger = c.owed.size > 0 ? section.recordingOwedMs : section.endLingerMs;
    closes.unshift({ cause: "ended", at: Math.max(c.endedAt, c.lastCut) + linger });
  }
  return closes.reduce((first, close) => (close.at < first.at ? close : first));
};

/** The same, if it has closed by that append time. */
export const closedBy = (c: Gathered, timing: Timing, at: number): Close | null => {
  const close = closing(c, timing);
  return close !== null && close.at <= at ? close : null;
};

/**
 * Whether the section can take no more. Ends and removals count as turns do: however often one turn is replaced, what a
 * section says stays small enough for one record and one audit entry.
 */
export const isFull = (c: Gathered, { section }: Timing): boolean =>
  c.open.size + c.ends.length + c.removes.length >= section.maxTurns || c.bytes >= section.maxBytes;
