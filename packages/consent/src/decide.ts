import { bundledPolicy } from "./bundled.ts";
import { isMandated } from "./bases.ts";
import { citing } from "./cite.ts";
import type { Decision, DecisionBasis, DecisionFacts } from "./decision.ts";
import { askExplicitly, askPlace, requirementOf } from "./demands.ts";
import { askListeners } from "./listeners.ts";
import { timeOf } from "./moment.ts";
import { wordOf } from "./person.ts";
import type { AdmitReason, GroundKey, Policy } from "./policy.ts";
import { sceneOf, type Scene } from "./scene.ts";
import { object, openTally, type Tally } from "./tally.ts";
import { askMachine, askTransparency } from "./transparency.ts";

/**
 * Decides for each purpose whether a stretch of a conversation may be processed now (admit), may not yet (hold: nothing
 * is processed, it can be cured, it is bounded) or never (discard). Fails closed: what is not on record was not said.
 * Decision and reason are those of `transcription` if asked for, else of the first purpose.
 */
export const decide = (facts: DecisionFacts, policy: Policy = bundledPolicy): Decision => {
  const scene = sceneOf(facts, policy);
  const verdicts = facts.purposes.map((purpose) => verdictOn(scene, purpose));
  const leading = verdicts.find(({ purpose }) => purpose === "transcription") ?? verdicts[0];
  // Nobody asked for a purpose: nothing may be done, but it may be asked for later.
  if (leading === undefined)
    return decision(scene, [], { purpose: "", made: "hold", reason: "PURPOSE_PROHIBITED" });
  if (leading.made === "hold" && hasOutlastedHold(scene)) {
    const expired = verdicts.map(({ purpose }) => ({
      purpose,
      made: "deny" as const,
      reason: "HOLD_TTL_EXPIRED",
    }));
    return decision(scene, expired, { purpose: leading.purpose, made: "deny", reason: "HOLD_TTL_EXPIRED" });
  }
  return decision(scene, verdicts, leading);
};

interface Verdict {
  readonly purpose: string;
  readonly made: "admit" | "hold" | "deny";
  readonly reason: string;
  readonly key?: string;
  readonly tally?: Tally;
}

const verdictOn = (scene: Scene, purpose: string): Verdict => {
  const tally = openTally(scene.policy);
  const impersonal = scene.facts.interaction.personal_data === false;
  askStops(scene, purpose, tally);
  askMachine(scene, tally);
  if (!impersonal || tally.ground !== null) askEverything(scene, purpose, tally);
  const { ground } = tally;
  if (ground === null) {
    return { purpose, made: "admit", reason: admitReason(scene, purpose, tally, impersonal), tally };
  }
  const made = ground.outcome === "discard" ? "deny" : "hold";
  return { purpose, made, reason: ground.reason, key: ground.key };
};

/** What stops a purpose whatever else is true, asked even where no personal data is. */
const askStops = (scene: Scene, purpose: string, tally: Tally): void => {
  const { context } = scene.facts;
  if (context.ledger !== "ok") object(tally, "LEDGER_UNAVAILABLE");
  if (context.restricted === true) object(tally, "PROCESSING_RESTRICTED");
  if (context.paused === true) object(tally, "CAPTURE_PAUSED");
  if (context.objections?.some((objected) => objected === purpose || objected === "*")) {
    object(tally, "OBJECTION_RECORDED");
  }
  for (const stop of context.stops ?? []) {
    if (stop.purposes === null || stop.purposes.includes(purpose)) object(tally, stopGround(stop.reason));
  }
  for (const person of scene.people) {
    const word = wordOf(scene, person, purpose);
    if (word.kind === "no") object(tally, word.key);
  }
  for (const place of scene.places) {
    if (requirementOf(scene, place, purpose) === "prohibited") object(tally, "PURPOSE_PROHIBITED");
  }
};

/** A stop whose reason nobody knows stops all the same. */
const stopGround = (reason: string): GroundKey =>
  stopReasons.find((known) => known === reason) ?? "PROCESSING_RESTRICTED";

const stopReasons = [
  "ERASED",
  "KILL_SWITCH",
  "PROCESSING_RESTRICTED",
  "OBJECTION_RECORDED",
  "CONSENT_WITHDRAWN",
  "CONSENT_REFUSED",
] as const satisfies readonly GroundKey[];

const askEverything = (scene: Scene, purpose: string, tally: Tally): void => {
  const { policy, facts } = scene;
  // Personal data of people whom nobody names: nobody can have agreed.
  if (scene.people.length === 0) object(tally, "CONSENT_MISSING");
  for (const place of scene.places) {
    askPlace(scene, place, purpose, tally);
    // What a law demands to be recorded needs nobody's explicit yes.
    if (scene.explicit && !isMandated(scene, purpose)) askExplicitly(scene, place, purpose, tally);
  }
  askTransparency(scene, purpose, tally);
  askListeners(scene, purpose, tally);
  const { sad_present, redaction } = facts.context;
  if (sad_present === true && !policy.rules.redactionDone.includes(redaction ?? "")) {
    object(tally, "REDACTION_REQUIRED");
  }
};

/** The strictest reading that was met names the reason. */
const admitReason = (scene: Scene, purpose: string, tally: Tally, impersonal: boolean): AdmitReason => {
  const { policy, places } = scene;
  if (impersonal) return "ADMIT_NO_PERSONAL_DATA";
  if (places.some((place) => place.code === policy.jurisdictions.unknown)) return "ADMIT_STRICTEST";
  if (tally.bases.size > 0) return "ADMIT_LEGAL_BASIS";
  if (scene.explicit || places.some((place) => policy.rules.families[place.family]?.dataProtection)) {
    return "ADMIT_CONSENT";
  }
  const everyone = places.some(
    (place) => policy.requirements["ordinary"]?.byFamily[place.family] === "all-party",
  );
  if (everyone) return "ADMIT_ALL_PARTY";
  const one = places.every((place) => requirementOf(scene, place, purpose) === "one-party");
  return one ? "ADMIT_ONE_PARTY" : "ADMIT_CONSENT";
};

const hasOutlastedHold = ({ facts: { context }, policy, at }: Scene): boolean => {
  const since = timeOf(context.hold_since);
  if (since === null) return false;
  return at - since > (context.hold_ttl_s === undefined ? policy.timing.holdMs : context.hold_ttl_s * 1000);
};

const decision = (scene: Scene, verdicts: readonly Verdict[], leading: Verdict): Decision => {
  const made: Record<string, Verdict["made"]> = {};
  const reasons: Record<string, string> = {};
  const consents = new Set<string>();
  const bases = new Set<DecisionBasis>();
  for (const verdict of verdicts) {
    made[verdict.purpose] = verdict.made;
    reasons[verdict.purpose] = verdict.reason;
    for (const id of verdict.tally?.consents ?? []) consents.add(id);
    for (const basis of verdict.tally?.bases ?? []) bases.add(basis);
  }
  const { policy } = scene;
  return {
    decision: leading.made === "deny" ? "discard" : leading.made,
    reason: leading.reason,
    purpose_decisions: made,
    purpose_reasons: reasons,
    ...citing(scene, leading.purpose, leading.key ?? leading.reason),
    policy: { version: policy.version, digest: policy.digest },
    consents: [...consents].toSorted(),
    bases: [...bases],
  };
};
