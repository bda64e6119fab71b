import type { DecisionBasis } from "./decision.ts";
import type { Place } from "./policy.ts";
import type { Person, Scene } from "./scene.ts";

/**
 * A documented basis other than consent that carries the purpose for this person in this place, or null. A law that
 * demands a recording carries that recording and nothing more; a legitimate interest needs its balancing test written
 * down and a way out offered (GDPR Art. 6(1)(f), 21); a child is carried by a legal duty only (GDPR Art. 8).
 */
export const basisFor = (
  scene: Scene,
  place: Place,
  person: Person,
  purpose: string,
): DecisionBasis | null => {
  const mandated = isMandated(scene, purpose);
  const accepted = (scene.text ? place.basesText : place.basesVoice) ?? ["legal_obligation"];
  for (const basis of scene.facts.bases) {
    if (basis.purpose !== purpose || (basis.party !== "*" && basis.party !== person.party.id)) continue;
    if (basis.documented !== true || basis.basis === "consent") continue;
    if (!accepted.some((name) => name === basis.basis)) continue;
    if (basis.basis === "legal_obligation" ? !mandated : person.minor) continue;
    if (basis.basis === "legitimate_interest" && basis.opt_out_offered !== true) continue;
    return basis;
  }
  return null;
};

/** The purpose is one that a law can demand. */
export const isMandated = ({ policy }: Scene, purpose: string): boolean =>
  policy.purposes[purpose]?.requires === "mandated";
