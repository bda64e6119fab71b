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
import { deriveId, version, type AuditEvent, type Fence, type Grant } from "@sotto/contracts";
import type { Metrics } from "@sotto/service";
import type { ConsentTable, FenceTable } from "@sotto/stream";

import type { Said, Watched } from "./conversation.ts";
import { admit, grantRecord, remember, send, worker, type Effects } from "./effects.ts";

/** What every judgement asks besides the conversation itself. */
export interface Bench {
  readonly policy: Policy;
  readonly metrics: Pick<Metrics, "decided" | "held">;
  readonly fences: FenceTable;
  readonly consents: ConsentTable;
}

export interface Verdict {
  readonly decision: Decision;
  readonly facts: DecisionFacts;
  readonly fences: readonly Fence[];
}

/** Judges a turn: grants at the time of the turn, fences as they are now (invariant 1). */
export const judge = (bench: Bench, c: Watched, said: Said, now: number): Verdict => {
  const { policy } = bench;
  if (!c.facts) throw new Error(`No facts of conversation ${c.id}`);
  const fences = bench.fences.index.scope({
    tenant: c.tenant,
    conversation: c.id,
    line: lineAt(c.facts, said.startAt),
    source: c.facts.source,
    tokens: tokensOf(c.facts),
    startedAt: c.facts.startedAt ?? now,
  });
  const standing = standingFor(c.facts, bench.consents.all(c.tenant));
  const facts = decisionFacts(c.facts, said, { now, policy, standing, fences });
  return { decision: decide(facts, policy), facts, fences };
};

/**
 * The grant that this admit stands on: the one in force if it says the same, else a new one, told to the audit log
 * before anything goes out on it. On the first, everything the conversation said of itself so far is let through.
 */
export const underGrant = (bench: Bench, c: Watched, verdict: Verdict, ordinal: number, fx: Effects): Grant => {
  if (!c.facts) throw new Error(`No facts of conversation ${c.id}`);
  const { policy } = bench;
  const made = grantOf(c.facts, verdict.decision, verdict.facts, {
    from: ordinal,
    at: fx.now,
    day: fx.hand.day,
    policy,
    fences: verdict.fences,
  });
  if (c.grant && c.grant.day === made.day && sameGrant(c.grant, made)) return c.grant;
  const first = c.grant === null;
  const record = grantRecord(made, fx.hand.grants);
  remember(fx, c, { k: "grant", cause: fx.cause, first, grant: made }, record);
  c.grant = made;
  tell(bench, c, verdict, ordinal, fx, made.id);
  send(fx, c.id, record);
  if (first) for (const { kept } of c.context) admit(fx, c, kept, { grant: made.id, ordinal: 0, cut: fx.now });
  return made;
};

/** One audit entry for each purpose whose decision is not the one last told; it holds from `ordinal` on. */
export const tell = (
  bench: Bench,
  c: Watched,
  { decision, facts, fences }: Verdict,
  ordinal: number,
  fx: Effects,
  grant: string | null,
): void => {
  for (const [purpose, made] of Object.entries(decision.purpose_decisions)) {
    const verdict = made === "deny" ? "discard" : made;
    const reason = decision.purpose_reasons[purpose] ?? decision.reason;
    const said = `${verdict} ${reason} ${grant ?? ""}`;
    if (c.told.get(purpose) === said) continue;
    c.told.set(purpose, said);
    fx.audit.push({
      ...entry(c, fx, ["decision", purpose, verdict, reason, ordinal]),
      type: "sotto.audit.decision.made.v1",
      purpose,
      decision: verdict,
      reason,
      rules: decision.rules.slice(0, 64),
      policy: { version: bench.policy.version, digest: bench.policy.digest },
      evidence: [],
      notice: [],
      consents: facts.consents.map(({ ...consent }) => consent),
      from: ordinal,
      fences: fences.map((fence) => fence.id),
      grant,
    });
  }
};

/** The common part of an audit event, with an id that a replay makes again. */
export const entry = (
  c: Watched,
  fx: Effects,
  parts: readonly (string | number)[],
): Pick<AuditEvent, "id" | "at" | "service" | "version" | "tenant" | "line"> & { conversation: string } => ({
  id: deriveId("a", c.id, fx.cause, ...parts),
  at: fx.now,
  service: worker,
  version,
  tenant: c.tenant,
  line: c.line,
  conversation: c.id,
});
