import { applyFacts, openConversation } from "@sotto/consent";
import { topics, type Facts } from "@sotto/contracts";
import { QuarantineError, quarantineRecord, sealedDigest, type EventRecord, type Kept, type LogRecord } from "@sotto/stream";

import { note, type Held, type Said, type Watched } from "./conversation.ts";
import { admit, remember, type Effects } from "./effects.ts";
import type { ContextInfo, HeldInfo, TurnInfo } from "./entries.ts";
import { entry, judge, tell, underGrant, type Bench, type Verdict } from "./judge.ts";

/**
 * One event of one conversation: noted, then let through, held or ended. Everything it changes in memory it also says
 * in entries, so that the fold of the entries is this memory again.
 */
export const handleEvent = (
  bench: Bench,
  c: Watched,
  record: LogRecord,
  event: EventRecord,
  facts: Facts,
  fx: Effects,
): void => {
  const kept: Kept = { headers: record.headers, value: record.value ?? new Uint8Array() };
  const digest = Buffer.from(facts.digest).toString("base64url");
  const before = c.seen.get(event.event);
  if (before === digest) {
    fx.audit.push({ ...entry(c, fx, ["duplicate"]), type: "sotto.audit.event.duplicate.v1", of: event.event });
    return;
  }
  if (before !== undefined) throw new QuarantineError("ID_REUSED", `Event ${event.event} came again with other data`);
  if (facts.time < fx.now - bench.policy.timing.horizonMs) {
    throw new QuarantineError("TOO_LATE", `Event ${event.event} is older than the horizon`);
  }
  const at = { offset: record.offset, at: fx.now, event: event.event, digest, window: facts.window };
  const said = saidOf(facts);
  if (said) {
    hear(bench, c, { said, kept, at }, fx);
    if (facts.kind === "turn.replaced") drop(c, facts.data.turn, "replaced", facts.data.reason, fx);
    return;
  }
  absorb(c, facts);
  const info: ContextInfo = { k: "context", ...at, grant: c.grant?.id ?? null };
  note(c, info);
  remember(fx, c, info, kept);
  c.context.push({ info, kept });
  if (c.grant) admit(fx, c, kept, { grant: c.grant.id, ordinal: 0, cut: fx.now });
  if (facts.kind === "turn.removed") drop(c, facts.data.turn, "removed", facts.data.reason, fx);
  release(bench, c, fx);
};

/** Folds a context event into what is known of the conversation. */
export const absorb = (c: Watched, facts: Facts): void => {
  if (c.facts) applyFacts(c.facts, facts);
  else c.facts = openConversation(facts);
  if (facts.kind === "conversation.started") c.started = true;
  if (facts.kind === "conversation.ended") c.ended = true;
  c.line = c.facts.line;
};

/** What of an event is said by somebody: a turn, or a recording of turns. null for everything else. */
export const saidOf = (facts: Facts): Said | null => {
  switch (facts.kind) {
    case "turn.added":
    case "turn.replaced": {
      const turn = facts.kind === "turn.added" ? facts.data : facts.data.with;
      const { id, party, startAt, endAt, origin, engine } = turn;
      return { id, party, startAt, origin, ...(endAt === undefined ? {} : { endAt }), ...(engine ? { engine } : {}) };
    }
    case "recording.available": {
      const { id, startedAt, durationMs, channels } = facts.data;
      const endAt = durationMs === undefined ? {} : { endAt: startedAt + durationMs };
      return { id, party: channels[0]?.party ?? "", startAt: startedAt, origin: "asr", ...endAt };
    }
    default:
      return null;
  }
};

interface Heard {
  readonly said: Said;
  readonly kept: Kept;
  readonly at: { readonly offset: number; readonly at: number; readonly event: string; readonly digest: string; readonly window: number | null };
}

/** A new turn: numbered in log order, judged, let through or held. */
const hear = (bench: Bench, c: Watched, { said, kept, at }: Heard, fx: Effects): void => {
  const ordinal = c.next;
  const { timing } = bench.policy;
  const verdict = c.started ? judge(bench, c, said, fx.now) : null;
  if (verdict?.decision.decision === "admit") {
    const grant = underGrant(bench, c, verdict, ordinal, fx);
    const info: TurnInfo = { k: "turn", ...at, ordinal, cause: fx.cause, cut: fx.now, grant: grant.id, end: null };
    note(c, info);
    remember(fx, c, info);
    bench.metrics.decided("admit", verdict.decision.reason);
    admit(fx, c, kept, { grant: grant.id, ordinal, cut: fx.now });
    return;
  }
  const patience = verdict === null ? timing.notStartedMs : patienceOf(bench, verdict);
  const reason = verdict === null ? "NOT_STARTED" : verdict.decision.reason;
  const lingerUntil = fx.now + timing.lingerMs;
  const info: HeldInfo = { k: "held", ...at, ordinal, until: Math.max(fx.now + patience, lingerUntil), lingerUntil, reason };
  note(c, info);
  remember(fx, c, info, kept);
  c.held.set(ordinal, { info, kept, said });
  if (verdict) tell(bench, c, verdict, ordinal, fx, null);
};

const patienceOf = (bench: Bench, verdict: Verdict): number =>
  verdict.decision.decision === "hold" ? bench.policy.timing.holdMs : bench.policy.timing.lingerMs;

/**
 * Judges every held turn anew, in order: after each fact, and on each tick. A turn that may now pass is let through;
 * one whose discard has outlasted the linger, or whose hold its deadline, ends.
 */
export const release = (bench: Bench, c: Watched, fx: Effects): void => {
  for (const held of [...c.held.values()].toSorted((a, b) => a.info.ordinal - b.info.ordinal)) {
    if (!c.started) {
      if (fx.now >= held.info.until) endHeld(c, held, { end: "quarantined", reason: "NOT_STARTED" }, fx);
      continue;
    }
    const verdict = judge(bench, c, held.said, fx.now);
    const { decision, reason } = verdict.decision;
    if (decision === "admit") {
      const grant = underGrant(bench, c, verdict, held.info.ordinal, fx);
      settle(c, held, { grant: grant.id, end: null }, fx);
      bench.metrics.decided("admit", reason);
      admit(fx, c, held.kept, { grant: grant.id, ordinal: held.info.ordinal, cut: fx.now });
      continue;
    }
    tell(bench, c, verdict, held.info.ordinal, fx, null);
    const due = decision === "discard" ? held.info.lingerUntil : held.info.at + Math.max(bench.policy.timing.holdMs, bench.policy.timing.lingerMs);
    if (fx.now < due) continue;
    bench.metrics.decided("discard", reason);
    endHeld(c, held, { end: "discarded", reason }, fx, decision === "hold");
  }
};

const drop = (c: Watched, turn: string, end: "replaced" | "removed", reason: string, fx: Effects): void => {
  const held = [...c.held.values()].find((h) => h.said.id === turn);
  if (held) endHeld(c, held, { end, reason }, fx);
};

/** Writes down what became of a held turn; its frame leaves the state once that is committed. */
const settle = (c: Watched, held: Held, what: Pick<TurnInfo, "grant" | "end">, fx: Effects): void => {
  const { offset, at, event, digest, window, ordinal } = held.info;
  const info: TurnInfo = { k: "turn", offset, at, event, digest, window, ordinal, cause: fx.cause, cut: fx.now, ...what };
  note(c, info);
  remember(fx, c, info);
  c.held.delete(ordinal);
  fx.tombstones.push(`${c.id}/held/${ordinal}`);
};

const endHeld = (
  c: Watched,
  held: Held,
  end: NonNullable<TurnInfo["end"]>,
  fx: Effects,
  expired = false,
): void => {
  const { ordinal, until, offset } = held.info;
  settle(c, held, { grant: null, end }, fx);
  if (expired) {
    const what = { reason: end.reason, ordinals: [ordinal], until };
    fx.audit.push({ ...entry(c, fx, ["expired", ordinal]), type: "sotto.audit.hold.expired.v1", ...what });
  }
  sayEnd(c, { kept: held.kept, ordinal, offset, end }, fx);
};

/** Tells audit (and quarantine) of an end, from the live path and from a replay alike. */
export const sayEnd = (
  c: Watched,
  o: { readonly kept: Kept | null; readonly ordinal: number; readonly offset: number; readonly end: NonNullable<TurnInfo["end"]> },
  fx: Effects,
): void => {
  const { ordinal, end } = o;
  const common = entry(c, fx, ["end", ordinal]);
  if (end.end === "quarantined" && o.kept) {
    const origin = { topic: topics.conversations.name, partition: fx.partition, offset: o.offset };
    fx.outputs.push(quarantineRecord({ key: c.id, ...o.kept }, end.reason, origin));
    const digest = sealedDigest(o.kept.value);
    fx.audit.push({ ...common, type: "sotto.audit.turn.quarantined.v1", reason: end.reason, digest, ordinal, origin });
    return;
  }
  fx.audit.push({ ...common, type: "sotto.audit.turns.ended.v1", ends: [{ ordinal, ...end }] });
};
