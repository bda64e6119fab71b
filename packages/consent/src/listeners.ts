import type { DecisionProcessor } from "./decision.ts";
import { answerOf, demandOf, isGround } from "./person.ts";
import { countryOf } from "./places.ts";
import type { Place } from "./policy.ts";
import type { Scene } from "./scene.ts";
import { object, type Tally } from "./tally.ts";

/** Who else listens: every processor of the purpose is named, under contract, in reach of the law, and works for nobody else. */
export const askListeners = (scene: Scene, purpose: string, tally: Tally): void => {
  for (const processor of scene.facts.processors) {
    if (processor.purposes.includes(purpose)) askListener(scene, processor, tally);
  }
};

const askListener = (scene: Scene, processor: DecisionProcessor, tally: Tally): void => {
  if (processor.disclosed !== true) {
    object(
      tally,
      processor.live_capture === true ? "PROCESSOR_CAPTURED_UNDISCLOSED" : "PROCESSOR_NOT_DISCLOSED",
    );
  }
  const contract = processor.contract ?? "none";
  if (contract === "none") object(tally, "PROCESSOR_CONTRACT_MISSING");
  if (scene.facts.context.phi === true && contract !== "baa") object(tally, "BAA_MISSING");
  if (scene.places.some((place) => isOutOfReach(scene, place, processor))) {
    object(tally, "TRANSFER_MECHANISM_MISSING");
  }
  if (scene.places.some((place) => usesForItself(scene, place, processor)) && !isTrainingAgreed(scene)) {
    object(tally, "PROCESSOR_OWN_USE");
  }
};

/** GDPR Chapter V: out of the area and of the adequate countries only with a mechanism; an unknown location is outside. */
const isOutOfReach = (
  { policy }: Scene,
  place: Place,
  { location, transfer }: DecisionProcessor,
): boolean => {
  if (place.transferCheck !== true) return false;
  const { establishment, adequate } = policy.jurisdictions;
  const seenFrom = adequate[place.code] ?? adequate[establishment[place.family] ?? ""] ?? [];
  const country = location ? countryOf(location) : "";
  if (country !== "" && (country === countryOf(place.code) || country === establishment[place.family]))
    return false;
  if (seenFrom.includes(country)) return false;
  return transfer === null || transfer === undefined || ["", "none", "n/a"].includes(transfer);
};

/**
 * A vendor that may use the words for itself is a third party (capability test: Ambriz v. Google, N.D. Cal. 2025) or a
 * controller (GDPR Art. 28(10)), as far as the place goes; one that does so is one everywhere.
 */
const usesForItself = ({ policy }: Scene, place: Place, { own_use }: DecisionProcessor): boolean => {
  const use = own_use ?? "unknown";
  return use !== "none" && !(use === "capable" && policy.rules.ownUse[place.thirdParty] === "capable");
};

/** Everybody agreed that vendors learn from their words. */
const isTrainingAgreed = (scene: Scene): boolean =>
  scene.customers.length > 0 &&
  scene.places.every((place) => {
    const demand = demandOf(scene, place, "affirmative");
    return scene.customers.every(
      (person) => !isGround(answerOf(scene, person, "vendor_model_training", demand)),
    );
  });
