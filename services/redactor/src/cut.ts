import type { Timing } from "@sotto/consent";

import type { Gathered } from "./conversation.ts";
import type { SectionInfo } from "./entries.ts";

type Cause = SectionInfo["cause"];

/**
 * Whether a section must be cut before what arrives at `at` is added. A function of `admitted` alone (design §7): every
 * time in it is an append time that the log gave, so neither a crash nor this worker's clock moves a cut.
 */
export const dueBefore = (c: Gathered, timing: Timing, at: number): Cause | null => {
  if (c.open.size === 0 || c.firstCut === null || c.lastCut === null) return null;
  if (at - c.lastCut >= timing.section.gapMs) return "gap";
  if (at - c.firstCut >= timing.section.ageMs) return "age";
  return null;
};

/** Whether what was just added fills the section. */
export const dueAfter = (c: Gathered, timing: Timing): Cause | null =>
  c.open.size >= timing.section.maxTurns || c.bytes >= timing.section.maxBytes ? "size" : null;

/** Whether silence proved by a tick closes the section: after the end and the linger, a gap, or its age. */
export const dueAtTick = (c: Gathered, timing: Timing, at: number): Cause | null => {
  if (c.open.size === 0 && c.ends.length === 0 && c.removes.length === 0) return null;
  if (c.endedAt !== null) {
    const linger = c.owed.size > 0 ? timing.section.recordingOwedMs : timing.section.endLingerMs;
    if (at - Math.max(c.endedAt, c.lastCut ?? 0) >= linger) return "ended";
  }
  return dueBefore(c, timing, at);
};
