import { applyFacts, openConversation } from "@sotto/consent";
import { topics, type Facts } from "@sotto/contracts";
import {
  quarantineEvent,
  quarantineRecord,
  sealedDigest,
  type EventRecord,
  type Kept,
  type LogRecord,
} from "@sotto/stream";

import type { Held, Said, Watched } from "./conversation.ts";
import { admit, entry, keptOf, remember, worker, type Effects } from "./effects.ts";
import type { ContextInfo, End, HeldInfo, TurnInfo } from "./entries.ts";
import { judge, underGrant, type Bench, type Verdict } from "./judge.ts";
import { tell } from "./tell.ts";

/** Turns of one conversation (contract.md §1): what comes after is put aside. */
const maxTurns = 50_000;

interface Incoming {
  readonly record: LogRecord;
  readonly event: EventRecord;
  readonly facts: Facts;
}

/**
 * One event of one conversation: noted, then let through, held or ended; then what follows from it. Everything it changes
 * in memory it also says in entries, so that the fold of the entries is this memory again. An event whose entry is there
 * already is read once more: it is not taken again, and only what a crash cut off of its consequences follows.
 */
export const handleEvent = (bench: Bench, c: Watched, incoming: Incoming, fx: Effects): void => {
  const { record, event, facts } = incoming;
  const isKnown = c.seen.get(event.event)?.offset === record.offset;
  if (!isKnown && !take(bench, c, incoming, fx)) return;
  if (c.upTo > record.offset) return;
  if (facts.kind === "turn.replaced")
    drop(bench, c, facts.data.turn, { end: "replaced", reason: "REPLACED" }, fx);
  if (facts.kind === "turn.removed") {
    const reason = facts.data.reason === "retracted" ? "RETRACTED" : "ERASED_BY_SOURCE";
    drop(bench, c, facts.data.turn, { end: "removed", reason }, fx);
  }
  if (!saidOf(facts)) release(bench, c, fx);
};

/** Takes a new event in. False when it is a duplicate or was put aside. */
const take = (bench: Bench, c: Watched, { record, event, facts }: Incoming, fx: Effects): boolean => {
  const digest = Buffer.from(facts.digest).toString("base64url");
  const before = c.seen.get(event.event);
  const said = saidOf(facts);
  if (before?.digest === digest) {
    fx.audit.push({
      ...entry(c, fx, ["duplicate"]),
      type: "sotto.audit.event.duplicate.v1",
      of: event.event,
    });
    notice(c, event.line, facts.window, fx);
    return false;
  }
  const reason = before ? "ID_REUSED" : unfit(bench, c, facts, said, fx.now);
  if (reason) {
    const { topic, partition, offset } = record;
    fx.audit.push(quarantineEvent(worker)(record, reason, undefined));
    fx.outputs.push(quarantineRecord(record, reason, { topic, partition, offset }));
    bench.metrics.quarantined(reason);
    notice(c, event.line, facts.window, fx);
    return false;
  }
  const about = {
    line: event.line,
    offset: record.offset,
    at: fx.now,
    event: event.event,
    digest,
    window: facts.window,
  };
  const arrived = { kept: keptOf(record), read: event, about };
  if (said) hear(bench, c, { said, ...arrived }, fx);
  else learn(c, facts, arrived, fx);
  return true;
};

const unfit = (bench: Bench, c: Watched, facts: Facts, said: Said | null, now: number): string | null => {
  if (facts.time < now - bench.policy.timing.horizonMs) return "TOO_LATE";
  return said && c.next > maxTurns ? "TOO_MANY_TURNS" : null;
};

/** What is not taken in was sealed all the same: its raw window must die like any other. */
const notice = (c: Watched, line: string, window: number | null, fx: Effects): void => {
  if (window === null || c.windows.has(window) || c.upTo > fx.cause) return;
  remember(fx, c, { k: "window", line, offset: fx.cause, window });
};

interface Arrived {
  readonly kept: Kept;
  /** What `kept` was read as. */
  readonly read: EventRecord;
  readonly about: Pick<HeldInfo, "line" | "offset" | "at" | "event" | "digest" | "window">;
}

/** A facts event: let through at once under the grant in force, or kept until the first grant. */
const learn = (c: Watched, facts: Facts, { kept, read, about }: Arrived, fx: Effects): void => {
  absorb(c, facts);
  const grant = c.grant?.id ?? null;
  const info: ContextInfo = { k: "context", ...about, grant };
  remember(fx, c, info, kept);
  if (grant === null) c.context.push(kept);
  else admit(fx, c, kept, { grant, ordinal: 0, cut: fx.now }, read);
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
      return {
        id,
        party,
        startAt,
        origin,
        ...(endAt === undefined ? {} : { endAt }),
        ...(engine ? { engine } : {}),
      };
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

/** A new turn: numbered in log order, judged, let through or held. */
const hear = (
  bench: Bench,
  c: Watched,
  { said, kept, read, about }: Arrived & { readonly said: Said },
  fx: Effects,
): void => {
  const ordinal = c.next;
  const { timing } = bench.policy;
  const verdict = c.started ? judge(bench, c, said, fx.now) : null;
  if (verdict?.decision.decision === "admit") {
    const grant = underGrant(bench, c, verdict, ordinal, fx);
    const how = { cause: fx.cause, cut: fx.now, grant: grant.id, end: null, expired: null };
    remember(fx, c, { k: "turn", ...about, ordinal, ...how });
    bench.metrics.decided("admit", verdict.decision.reason);
    admit(fx, c, kept, { grant: grant.id, ordinal, cut: fx.now }, read);
    return;
  }
  if (verdict) tell(bench, c, verdict, { ordinal, grant: null }, fx);
  const reason = verdict === null ? "NOT_STARTED" : verdict.decision.reason;
  const lingerUntil = fx.now + timing.lingerMs;
  const until =
    verdict === null ? fx.now + timing.notStartedMs : dueOf(bench, { at: fx.now, lingerUntil }, verdict);
  const info: HeldInfo = {
    k: "held",
    ...about,
    ordinal,
    until: Math.max(until, lingerUntil),
    lingerUntil,
    reason,
  };
  remember(fx, c, info, kept);
  c.held.set(ordinal, { info, kept, said });
};

/** When a turn that may not pass ends: a discard after the linger, a hold at its deadline, and never before the linger. */
const dueOf = (bench: Bench, held: Pick<HeldInfo, "at" | "lingerUntil">, { decision }: Verdict): number =>
  decision.decision === "hold"
    ? Math.max(held.at + bench.policy.timing.holdMs, held.lingerUntil)
    : held.lingerUntil;

/**
 * Judges every held turn anew, in order: after each fact, and on each tick. A turn that may now pass is let through;
 * one whose discard has outlasted the linger, or whose hold its deadline, ends.
 */
export const release = (bench: Bench, c: Watched, fx: Effects): void => {
  for (const held of [...c.held.values()].toSorted((a, b) => a.info.ordinal - b.info.ordinal)) {
    const { ordinal, until } = held.info;
    if (!c.started) {
      if (fx.now >= until) endHeld(bench, c, held, { end: "quarantined", reason: "NOT_STARTED" }, fx);
      continue;
    }
    const verdict = judge(bench, c, held.said, fx.now);
    const { decision, reason } = verdict.decision;
    if (decision === "admit") {
      const grant = underGrant(bench, c, verdict, ordinal, fx);
      settle(c, held, { grant: grant.id, end: null, expired: null }, fx);
      bench.metrics.decided("admit", reason);
      admit(fx, c, held.kept, { grant: grant.id, ordinal, cut: fx.now });
      continue;
    }
    tell(bench, c, verdict, { ordinal, grant: null }, fx);
    const due = dueOf(bench, held.info, verdict);
    if (fx.now < due) continue;
    bench.metrics.decided("discard", reason);
    const end = reason === "ERASED" ? ("erased" as const) : ("discarded" as const);
    endHeld(bench, c, held, { end, reason }, fx, decision === "hold" ? due : null);
  }
};

/** Ends what is held of a turn that an event takes back or replaces: never the turn that came with this event. */
const drop = (bench: Bench, c: Watched, turn: string, end: End, fx: Effects): void => {
  for (const held of c.held.values()) {
    if (held.said.id === turn && held.info.offset < fx.cause) endHeld(bench, c, held, end, fx);
  }
};

/** Writes down what became of a held turn; its frame leaves the state once that is committed. */
const settle = (
  c: Watched,
  held: Held,
  what: Pick<TurnInfo, "grant" | "end" | "expired">,
  fx: Effects,
): void => {
  const { line, offset, at, event, digest, window, ordinal } = held.info;
  const about = { line, offset, at, event, digest, window, ordinal };
  remember(fx, c, { k: "turn", ...about, cause: fx.cause, cut: fx.now, ...what });
  c.held.delete(ordinal);
  fx.tombstones.push(heldName(c, ordinal));
};

export const heldName = (c: Watched, ordinal: number): string => `${c.id}/held/${ordinal}`;

/** `expired`: the deadline of a hold that nothing came to lift. */
export const endHeld = (
  bench: Bench,
  c: Watched,
  held: Held,
  end: End,
  fx: Effects,
  expired: number | null = null,
): void => {
  const { ordinal, offset } = held.info;
  settle(c, held, { grant: null, end, expired }, fx);
  if (end.end === "quarantined") bench.metrics.quarantined(end.reason);
  sayEnd(c, { kept: held.kept, ordinal, offset, end, expired }, fx);
};

/** Tells audit (and quarantine) of an end, from the live path and from a replay alike. */
export const sayEnd = (
  c: Watched,
  o: { readonly kept: Kept; readonly end: End } & Pick<TurnInfo, "ordinal" | "offset" | "expired">,
  fx: Effects,
): void => {
  const { ordinal, end, expired } = o;
  if (expired !== null) {
    const what = { reason: end.reason, ordinals: [ordinal], until: expired };
    fx.audit.push({ ...entry(c, fx, ["expired", ordinal]), type: "sotto.audit.hold.expired.v1", ...what });
  }
  const common = entry(c, fx, ["end", ordinal]);
  if (end.end !== "quarantined") {
    fx.audit.push({ ...common, type: "sotto.audit.turns.ended.v1", ends: [{ ordinal, ...end }] });
    return;
  }
  const origin = { topic: topics.conversations.name, partition: fx.partition, offset: o.offset };
  fx.outputs.push(quarantineRecord({ key: c.id, ...o.kept }, end.reason, origin));
  const digest = sealedDigest(o.kept.value);
  fx.audit.push({
    ...common,
    type: "sotto.audit.turn.quarantined.v1",
    reason: end.reason,
    digest,
    ordinal,
    origin,
  });
};
