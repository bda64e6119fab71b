import { deriveId, type ConsentFacts, type Fence, type Grant } from "@sotto/contracts";

import type { Conversation } from "./conversation.ts";
import type { DecisionFacts, Decision } from "./decision.ts";
import { concerns } from "./fence-scope.ts";
import type { Policy } from "./policy.ts";
import { viewOf } from "./view.ts";

export interface Granting {
  /** The first ordinal it is for. */
  readonly from: number;
  readonly at: number;
  readonly day: number;
  readonly policy: Policy;
  /** Every fence that was in scope when it was decided. */
  readonly fences: readonly Fence[];
}

/**
 * What was admitted, as later doors ask it again: the purposes with their reasons, the consents and bases they stand on,
 * every token a fence may name, and the fences it answers. Throws for a decision that admits nothing.
 */
export const grantOf = (c: Conversation, decision: Decision, facts: DecisionFacts, o: Granting): Grant => {
  const purposes = Object.entries(decision.purpose_decisions)
    .filter(([, made]) => made === "admit")
    .map(([purpose]) => ({ purpose, reason: String(decision.purpose_reasons[purpose]) }));
  if (purposes.length === 0) throw new Error(`Nothing of conversation ${c.id} was admitted`);
  const consents = decision.consents.flatMap((id): ConsentFacts[] => {
    const record = facts.records?.[id];
    return record ? [record] : [];
  });
  const answered = o.fences.filter((fence) => purposes.some(({ purpose }) => concerns(fence, purpose)));
  return {
    v: 1,
    id: deriveId("g", c.id, o.from, o.at, o.day, ...purposes.map(({ purpose }) => purpose)),
    conversation: c.id,
    tenant: c.tenant,
    line: facts.line ?? c.line,
    from: o.from,
    at: o.at,
    day: o.day,
    purposes,
    reason: decision.reason,
    rules: [...decision.rules],
    policy: { version: o.policy.version, digest: o.policy.digest },
    consents,
    bases: decision.bases.map(({ purpose, party, basis }) => ({
      purpose,
      ...(party === "*" ? {} : { party }),
      basis,
    })),
    fences: answered.map(({ id }) => id).toSorted(),
    tokens: [...viewOf(c).tokens],
    source: c.source,
    startedAt: c.startedAt ?? o.at,
  };
};

/** Whether two grants say the same of the same conversation, whenever and from wherever on they do. */
export const sameGrant = (a: Grant, b: Grant): boolean => saying(a) === saying(b);

const saying = (grant: Grant): string => JSON.stringify({ ...grant, id: "", from: 0, at: 0, day: 0 });
