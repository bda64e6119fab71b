import { basisFor } from "./bases.ts";
import { answerOf, demandOf, isGround, uncured, wordOf, type Answer, type Floor } from "./person.ts";
import type { GroundKey, Place } from "./policy.ts";
import type { Person, Scene } from "./scene.ts";
import { object, type Tally } from "./tally.ts";

export type Requirement = "one-party" | "all-party" | "basis" | "affirmative" | "prohibited";

/** What a place demands for a purpose; a purpose that no catalogue knows is prohibited everywhere. */
export const requirementOf = ({ policy }: Scene, place: Place, purpose: string): Requirement =>
  policy.requirements[policy.purposes[purpose]?.requires ?? ""]?.byFamily[place.family] ?? "prohibited";

/** Asks what one place demands for one purpose, of everybody in the conversation. */
export const askPlace = (scene: Scene, place: Place, purpose: string, tally: Tally): void => {
  const requirement = requirementOf(scene, place, purpose);
  if (requirement === "prohibited") object(tally, "PURPOSE_PROHIBITED");
  else if (requirement === "one-party") askOne(scene, place, purpose, tally);
  else askAll(scene, place, purpose, requirement, tally);
};

/** One person's consent carries it (18 U.S.C. § 2511(2)(d)); a child in the conversation still needs a guardian's. */
const askOne = (scene: Scene, place: Place, purpose: string, tally: Tally): void => {
  const demand = demandOf(scene, place, "any");
  const answers = scene.people.map((person) => answerOf(scene, person, purpose, demand));
  const carried = answers.some((answer) => !isGround(answer));
  for (const [index, answer] of answers.entries()) {
    if (!carried || scene.people[index]?.minor) count(scene, place, answer, tally);
    else if (!isGround(answer)) tally.consents.add(answer.record.id);
  }
};

const askAll = (
  scene: Scene,
  place: Place,
  purpose: string,
  requirement: Exclude<Requirement, "one-party" | "prohibited">,
  tally: Tally,
): void => {
  const floor = floorOf(scene, place, purpose, requirement);
  const demand = demandOf(scene, place, floor);
  const concerned = scene.policy.purposes[purpose]?.concerns;
  for (const person of scene.people) {
    const basis = requirement === "basis" ? basisFor(scene, place, person, purpose) : null;
    if (person.staff) {
      if (basis?.basis === "legal_obligation" || concerned === "customers") continue;
      const asked = concerned === "staff" ? "affirmative" : place.agentConsent;
      askStaff(scene, { place, asked }, person, purpose, tally);
      continue;
    }
    if (concerned === "staff") continue;
    const answer = answerOf(scene, person, purpose, demand);
    if (isGround(answer) && basis && wordOf(scene, person, purpose).kind !== "asked") tally.bases.add(basis);
    else count(scene, place, answer, tally);
  }
  if (place.announcementRecorded && floor !== "affirmative" && floor !== "written") {
    askAnnouncement(scene, purpose, tally);
  }
};

const floorOf = (scene: Scene, place: Place, purpose: string, requirement: Requirement): Floor => {
  if (requirement !== "affirmative") return place.methodFloor;
  const isVoiceprint = scene.policy.purposes[purpose]?.voiceprint === true;
  return isVoiceprint && place.voiceprint === "written" ? "written" : "affirmative";
};

/**
 * Staff agrees to what the place asks of it: nothing, an acknowledged notice, or an act of its own (StGB § 201 protects
 * the agent's spoken word too). Text is nobody's spoken word: there an acknowledged notice is enough.
 */
const askStaff = (
  scene: Scene,
  { place, asked }: { readonly place: Place; readonly asked: Place["agentConsent"] },
  person: Person,
  purpose: string,
  tally: Tally,
): void => {
  if (asked === "none") return;
  const ownAct = asked === "affirmative" && !scene.text;
  const answer = answerOf(
    scene,
    person,
    purpose,
    demandOf(scene, place, ownAct ? "staff-act" : "staff-notice"),
  );
  if (!isGround(answer)) tally.consents.add(answer.record.id);
  else if (ownAct && uncured(scene, answer) !== answer) object(tally, "CAPTURED_WITHOUT_CONSENT");
  else object(tally, staffLacks.has(answer) ? "AGENT_CONSENT_MISSING" : answer);
};

/** What staff lacks has a name of its own: it is for the controller to put right, not for the customer. */
const staffLacks: ReadonlySet<GroundKey> = new Set([
  "CONSENT_MISSING",
  "CONSENT_PENDING",
  "CONSENT_METHOD_INSUFFICIENT",
]);

/** Consent by announcement holds only when the recording holds the announcement (RCW 9.73.030(3)). */
const askAnnouncement = (scene: Scene, purpose: string, tally: Tally): void => {
  if (scene.text || scene.capturedAt === null) return;
  const { notice } = scene.policy.rules.methods;
  for (const person of scene.customers) {
    const word = wordOf(scene, person, purpose);
    if (word.kind !== "yes" || person.party.notice?.recorded_in_audio === true) continue;
    if (word.given.every((consent) => notice.includes(consent.record.method)))
      object(tally, "NOTICE_NOT_RECORDED");
  }
};

/** In a place that nobody knows, a missing consent is the place's fault first. */
const count = (scene: Scene, place: Place, answer: Answer, tally: Tally): void => {
  if (!isGround(answer)) {
    tally.consents.add(answer.record.id);
    return;
  }
  const ground = uncured(scene, answer);
  const nowhere = place.code === scene.policy.jurisdictions.unknown;
  object(tally, ground === "CONSENT_MISSING" && nowhere ? "JURISDICTION_UNKNOWN" : ground);
};

/** Profile explicit: whatever the place asks, every customer acts, and all staff has acknowledged. */
export const askExplicitly = (scene: Scene, place: Place, purpose: string, tally: Tally): void => {
  const demand = demandOf(scene, place, "affirmative");
  for (const person of scene.people) {
    if (person.staff) askStaff(scene, { place, asked: "notice-ack" }, person, purpose, tally);
    else {
      const answer = answerOf(scene, person, purpose, demand);
      if (isGround(answer)) object(tally, uncured(scene, answer));
      else tally.consents.add(answer.record.id);
    }
  }
};
