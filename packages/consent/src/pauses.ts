import type { FactsData } from "@sotto/contracts";

import type { Conversation } from "./conversation.ts";
import type { TurnInQuestion } from "./decision-facts.ts";
import { viewOf } from "./view.ts";

type Change = FactsData<"capture.changed">;

/** A stretch in which capture was off; open-ended when nothing told of its end. */
export interface Pause {
  readonly from: number;
  readonly to?: number;
  readonly reason: string;
}

/** Every pause and stop of capture, in order of time. */
export const pausesOf = (c: Conversation): Pause[] =>
  pausesIn(viewOf(c).captures).map(({ media: _media, ...pause }) => pause);

const pausesIn = (captures: readonly Change[]): (Pause & { readonly media: Change["media"] })[] =>
  captures.flatMap((change, index) => {
    if (change.state !== "paused" && change.state !== "stopped") return [];
    const end = captures.slice(index + 1).find((later) => ends(later, change));
    const reason = change.reason ?? (change.state === "stopped" ? "stopped" : "operator");
    return [{ from: change.at, ...(end ? { to: end.at } : {}), reason, media: change.media }];
  });

/** Capture of the same thing goes on: on the same leg, where both name one. */
const ends = (later: Change, pause: Change): boolean =>
  (later.state === "resumed" || later.state === "started") &&
  later.media === pause.media &&
  (later.leg === undefined || pause.leg === undefined || later.leg === pause.leg);

/**
 * Whether the turn falls into a pause that nothing may come out of: while somebody pays (PCI DSS v4.0.1 3.3.1) whatever
 * its origin, and what a recogniser heard while capture of sound was off by an operator or a control.
 */
export const isPaused = (c: Conversation, captures: readonly Change[], turn: TurnInQuestion): boolean => {
  if (captures.length === 0) return false;
  const end = Math.max(turn.startAt, turn.endAt ?? turn.startAt);
  return pausesIn(captures).some(({ from, to, reason, media }) => {
    if (end < from || (to !== undefined && turn.startAt >= to)) return false;
    if (reason === "payment") return true;
    const silenced = reason === "operator" || reason === "control" || reason === "stopped";
    return silenced && media === "audio" && isSpoken(c) && turn.origin === "asr" && turn.startAt > from;
  });
};

/** Whether sound was taken of this stretch: a recogniser heard it, or capture was running. */
export const isRecording = (c: Conversation, captures: readonly Change[], turn: TurnInQuestion): boolean => {
  if (!isSpoken(c)) return false;
  if (turn.origin === "asr") return true;
  const last = captures.findLast(({ media, at }) => media === "audio" && at <= turn.startAt);
  return last !== undefined && (last.state === "started" || last.state === "resumed");
};

const isSpoken = ({ channel }: Conversation): boolean => channel === "voice" || channel === "video";
