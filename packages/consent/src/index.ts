/**
 * Consent: what may be done with a stretch of a conversation, and what stops it again.
 *
 * `decide` is the rule: facts in; admit, hold or discard a purpose out, with the rules and sources behind it. It asks
 * what everybody's last word is, what each place demands, who else listens, and what everybody was told; policy ranks
 * the answers. All that changes a decision and is not code stands in `policy/`, read whole by `parsePolicy`.
 *
 * The facts come from events: `openConversation` and `applyFacts` fold them in any order, `decisionFacts` looks at the
 * fold from one turn. An admit becomes a grant (`grantOf`), which travels with the data; a `Fence` that the grant does
 * not answer stops it (`stopped`), at every door. Nothing here reads a clock, a file or a network.
 */
export { bundledFiles, bundledPolicy } from "./bundled.ts";
export { applyFacts, lineAt, openConversation, type Conversation, type Known } from "./conversation.ts";
export { isKnownNotice, knownPurposes, languageOf } from "./closed-words.ts";
export { decide } from "./decide.ts";
export { decisionFacts, type Circumstances, type TurnInQuestion } from "./decision-facts.ts";
export type {
  Decision,
  DecisionBasis,
  DecisionConsent,
  DecisionFacts,
  DecisionParty,
  DecisionProcessor,
  Moment,
  Outcome,
  Stop,
} from "./decision.ts";
export { FenceIndex, stopped } from "./fence-index.ts";
export { covers, fenceVerdict, gatePurpose, type FenceVerdict, type Subject } from "./fence-scope.ts";
export { grantOf, sameGrant, type Granting } from "./grants.ts";
export { attributesOf, partiesOf, tokensOf } from "./parties-of.ts";
export { pausesOf, type Pause } from "./pauses.ts";
export { parsePolicy, PolicyError, type Line, type Place, type Policy, type Timing } from "./policy.ts";
export { standingFor } from "./standing.ts";
