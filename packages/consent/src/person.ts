import type { GroundKey, Place } from "./policy.ts";
import type { ReadConsent } from "./read-consent.ts";
import type { Person, Scene } from "./scene.ts";

/** The least act that is accepted. */
export type Floor = "any" | "notice-continue" | "affirmative" | "written" | "staff-notice" | "staff-act";

/** What is asked of a consent: how it was given, and what the family of law adds. */
export interface Demand {
  readonly floor: Floor;
  readonly tone: boolean;
  readonly worksAgreement: boolean;
  readonly free: boolean;
  readonly specific: boolean;
}

const strictest = { free: true, specific: true };

export const demandOf = (scene: Scene, place: Place, floor: Floor): Demand => {
  const { free, specific } = scene.policy.rules.families[place.family] ?? strictest;
  return {
    floor,
    tone: place.toneAccepted === true,
    worksAgreement: place.worksAgreement === true,
    free,
    specific,
  };
};

/** A person's last word on a purpose: a no, an open question, or the yeses said since the last no. */
export type Word =
  | { readonly kind: "no"; readonly key: GroundKey }
  | { readonly kind: "asked" }
  | { readonly kind: "yes"; readonly given: readonly ReadConsent[] }
  | { readonly kind: "nothing" };

/**
 * The latest event wins (GDPR Art. 7(3)). A yes from after the moment of decision has not been said yet; one from after
 * capture is kept in view, because it explains why it does not help.
 */
export const wordOf = (scene: Scene, person: Person, purpose: string): Word => {
  let given: ReadConsent[] = [];
  let last: ReadConsent | null = null;
  for (const consent of person.consents) {
    if (!consent.record.purposes.includes(purpose)) continue;
    if (!consent.stops && consent.at > scene.at && !isAfterCapture(scene, consent)) continue;
    if (consent.stops) given = [];
    if (consent.status === "given") given.push(consent);
    last = consent;
  }
  if (last === null) return { kind: "nothing" };
  if (last.status === "refused") return { kind: "no", key: "CONSENT_REFUSED" };
  if (last.status === "withdrawn") return { kind: "no", key: "CONSENT_WITHDRAWN" };
  if (last.status === "objected") return { kind: "no", key: "OBJECTION_RECORDED" };
  return last.status === "pending" ? { kind: "asked" } : { kind: "yes", given };
};

const isAfterCapture = ({ capturedAt }: Scene, consent: ReadConsent): boolean =>
  capturedAt !== null && consent.status === "given" && consent.at > capturedAt;

/** A consent that meets the demand, or the ground why none does. */
export type Answer = ReadConsent | GroundKey;

export const isGround = (answer: Answer): answer is GroundKey => typeof answer === "string";

/** Whether the person's own word (or their guardian's) meets the demand. Any one valid yes is enough. */
export const answerOf = (scene: Scene, person: Person, purpose: string, demand: Demand): Answer => {
  const word = wordOf(scene, person, purpose);
  if (word.kind === "no") return word.key;
  if (word.kind === "asked") return "CONSENT_PENDING";
  const given = word.kind === "yes" ? word.given : [];
  const own = person.minor ? given.filter((consent) => consent.guardian) : given;
  let ground: GroundKey | null = null;
  for (const consent of own) {
    const fault = faultOf(scene, person, consent, demand);
    if (fault === null) return consent;
    ground = fault;
  }
  return ground ?? (person.minor ? "GUARDIAN_CONSENT_REQUIRED" : "CONSENT_MISSING");
};

/** What is wrong with a consent, worst first; null when it is valid for the demand. */
const faultOf = (scene: Scene, person: Person, consent: ReadConsent, demand: Demand): GroundKey | null => {
  const { record } = consent;
  const { capturedAt } = scene;
  if (capturedAt !== null && consent.at > capturedAt) return "CONSENT_NOT_PRIOR";
  if (capturedAt !== null && consent.expiresAt <= capturedAt) return "CONSENT_EXPIRED@discard";
  if (!consent.evidenceOk) return "EVIDENCE_INTEGRITY_FAILED";
  if (!consent.bound) return "CONSENT_BINDING_MISMATCH";
  if (consent.expiresAt <= scene.at) return "CONSENT_EXPIRED";
  if (!consent.noticeValid) return "RECONSENT_REQUIRED";
  if (demand.specific && record.granular === false) return "CONSENT_NOT_SPECIFIC";
  if (demand.free && record.freely_given === false) return "CONSENT_NOT_FREE";
  return isAct(scene, person, consent, demand) ? null : "CONSENT_METHOD_INSUFFICIENT";
};

/** Whether the act is one that the floor accepts. Going on after a notice says something only when there was one. */
const isAct = (scene: Scene, person: Person, consent: ReadConsent, demand: Demand): boolean => {
  const { methods } = scene.policy.rules;
  const { method } = consent.record;
  switch (demand.floor) {
    case "any":
      return true;
    case "written":
      return methods.written.includes(method);
    case "affirmative":
      return methods.affirmative.includes(method);
    case "notice-continue":
      if (methods.affirmative.includes(method)) return true;
      if (methods.tone.includes(method)) return demand.tone;
      return methods.notice.includes(method) && person.noticeAt !== null && person.noticeAt <= consent.at;
    case "staff-notice":
      return [methods.affirmative, methods.staff, methods.notice].some((accepted) =>
        accepted.includes(method),
      );
    case "staff-act":
      if (methods.affirmative.includes(method)) return true;
      return method === "works_agreement" && demand.worksAgreement && person.noticeAt !== null;
  }
};

/**
 * What is missing before capture can be asked for; what was missing at capture cannot be cured afterwards (Javier v.
 * Assurance IQ, 9th Cir. 2022): words that nobody was allowed to take are not kept until somebody agrees. Broken
 * evidence stays what it is: it is looked into, not destroyed.
 */
export const uncured = (scene: Scene, key: GroundKey): GroundKey =>
  scene.capturedAt !== null && incurable.has(key) ? "CAPTURED_WITHOUT_CONSENT" : key;

const incurable: ReadonlySet<GroundKey> = new Set([
  "GUARDIAN_CONSENT_REQUIRED",
  "RECONSENT_REQUIRED",
  "CONSENT_NOT_SPECIFIC",
  "CONSENT_NOT_FREE",
  "CONSENT_METHOD_INSUFFICIENT",
  "CONSENT_PENDING",
  "CONSENT_MISSING",
]);
