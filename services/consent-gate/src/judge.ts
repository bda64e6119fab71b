import {
  decide,
  decisionFacts,
  grantOf,
  lineAt,
  sameGrant,
  standingFor,
  tokensOf,
  type Decision,
  type DecisionFacts,
  type Policy,
} from "@sotto/consent";
import type { Fence, Grant, StandingConsent } from "@sotto/contracts";
import type { Metrics } from "@sotto/service";
import type { ConsentTable, FenceTable } from "@sotto/stream";

import type { Said, Watched } from "./conversation.ts";
import { admit, grantRecord, remember, send, type Effects } from "./effects.ts";
import { tell } from "./tell.ts";

/** What every judgement asks besides the conversation itself. */
export interface Bench {
  readonly policy: Policy;
  readonly metrics: Pick<Metrics, "decided" | "held" | "quarantined">;
  readonly fences: FenceTable;
  readonly consents: ConsentTable;
}

export interface Verdict {
  readonly decision: Decision;
  readonly facts: DecisionFacts;
  readonly fences: readonly Fence[];
  readonly standing: readonly StandingConsent[];
}

/** Every fence in scope of the conversation as it is known now, and of its line at that time. */
export const fencesOf = (bench: Bench, c: Watched, now: number, at = now): Fence[] =>
  bench.fences.index.scope({
    tenant: c.tenant,
    conversation: c.id,
    line: c.facts ? lineAt(c.facts, at) : c.line,
    source: c.facts?.source ?? "",
    tokens: c.facts ? tokensOf(c.facts) : [],
    startedAt: c.facts?.startedAt ?? now,
  });

/** Judges a turn: grants at the time of the turn, fences as they are now (invariant 1). */
export const judge = (bench: Bench, c: Watched, said: Said, now: number): Verdict => {
  const { policy } = bench;
  if (!c.facts) throw new Error(`No facts of conversation ${c.id}`);
  const fences = fencesOf(bench, c, now, said.startAt);
  const standing = standingFor(c.facts, bench.consents.all(c.tenant));
  const facts = decisionFacts(c.facts, said, { now, policy, standing, fences });
  return { decision: decide(facts, policy), facts, fences, standing };
};

/**
 * The grant that this admit stands on: the one in force if it covers the ordinal and says the same, else a new one, told
 * to the audit log before anything goes out on it. With the first, everything the conversation said of itself so far is
 * let through.
 */
export const underGrant = (
  bench: Bench,
  c: Watched,
  verdict: Verdict,
  ordinal: number,
  fx: Effects,
): Grant => {
  if (!c.facts) throw new Error(`No facts of conversation ${c.id}`);
  const { policy } = bench;
  const { day } = fx.hand;
  const about = { from: ordinal, at: fx.now, day, policy, fences: verdict.fences };
  const made = grantOf(c.facts, verdict.decision, verdict.facts, about);
  const before = c.grant;
  const holds = before !== null && before.from <= ordinal && before.day === day && sameGrant(before, made);
  const grant = holds ? before : made;
  tell(bench, c, verdict, { ordinal, grant: grant.id }, fx);
  if (holds) return grant;
  const record = grantRecord(made, fx.hand.grants);
  remember(fx, c, { k: "grant", cause: fx.cause, first: before === null, grant: made }, record);
  send(fx, c.id, record);
  for (const kept of c.context.splice(0)) admit(fx, c, kept, { grant: made.id, ordinal: 0, cut: fx.now });
  return made;
};
