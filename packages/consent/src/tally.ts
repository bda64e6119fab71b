import type { DecisionBasis } from "./decision.ts";
import type { Ground, GroundKey, Policy } from "./policy.ts";

/** What speaks against a purpose, the weightiest only, and what carries it. Filled while its rules are asked. */
export interface Tally {
  readonly policy: Policy;
  ground: Ground | null;
  readonly consents: Set<string>;
  readonly bases: Set<DecisionBasis>;
}

export const openTally = (policy: Policy): Tally => ({
  policy,
  ground: null,
  consents: new Set(),
  bases: new Set(),
});

/** Notes a ground against; the one that policy ranks first is kept. */
export const object = (tally: Tally, key: GroundKey): void => {
  const ground = tally.policy.grounds[key];
  if (!ground) throw new Error(`Policy does not rank ${key}`);
  if (tally.ground === null || ground.rank < tally.ground.rank) tally.ground = ground;
};
