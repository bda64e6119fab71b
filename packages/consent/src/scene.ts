import type { DecisionFacts, DecisionParty } from "./decision.ts";
import { timeOf } from "./moment.ts";
import { placesOf } from "./places.ts";
import type { Place, Policy } from "./policy.ts";
import { readConsent, type ReadConsent } from "./read-consent.ts";

/** A human party with everything that is on record of them. */
export interface Person {
  readonly party: DecisionParty;
  /** Works for the controller. */
  readonly staff: boolean;
  /** Below the age of consent of some place that applies. */
  readonly minor: boolean;
  /** Oldest first; of the same moment, what stops comes after what allows. */
  readonly consents: readonly ReadConsent[];
  /** When the notice reached them; null: it has not. */
  readonly noticeAt: number | null;
}

/** The facts made ready: times as numbers, consents by person, places resolved. Nothing is decided here. */
export interface Scene {
  readonly facts: DecisionFacts;
  readonly policy: Policy;
  readonly at: number;
  /** When capture of this stretch began; null when it has not begun. */
  readonly capturedAt: number | null;
  readonly text: boolean;
  readonly explicit: boolean;
  readonly people: readonly Person[];
  /** People who do not work for the controller. */
  readonly customers: readonly Person[];
  readonly places: readonly Place[];
}

export const sceneOf = (facts: DecisionFacts, policy: Policy): Scene => {
  const { interaction, parties } = facts;
  const humans = parties.filter((party) => party.role !== "bot");
  const places = placesOf(humans, facts.controller?.jurisdiction, interaction.channel, policy);
  const consentAge = places.reduce((age, place) => Math.max(age, place.childAge), 0);
  const people = humans.map((party) => personOf(party, consentAge, facts, policy));
  return {
    facts,
    policy,
    at: timeOf(facts.evaluated_at) ?? Number.NEGATIVE_INFINITY,
    capturedAt: capturedAt(facts),
    text: policy.rules.textChannels.includes(interaction.channel),
    explicit: facts.profile !== "statutory",
    people,
    customers: people.filter((person) => !person.staff),
    places,
  };
};

const personOf = (party: DecisionParty, consentAge: number, facts: DecisionFacts, policy: Policy): Person => {
  const staff = policy.rules.staffRoles.includes(party.role);
  const minor = !staff && typeof party.age === "number" && party.age < consentAge;
  const consents: ReadConsent[] = [];
  for (const record of facts.consents) {
    if (record.party === party.id) consents.push(readConsent(record, facts, policy));
    else if (minor && isGuardian(record.party, facts)) {
      consents.push({ ...readConsent(record, facts, policy), guardian: true });
    }
  }
  if (consents.length > 1) consents.sort(inOrder);
  return { party, staff, minor, consents, noticeAt: timeOf(party.notice?.delivered_at) };
};

/** A guardian who takes part in the conversation speaks for the child in it. */
const isGuardian = (party: string, { parties }: DecisionFacts): boolean =>
  parties.some(({ id, role }) => id === party && (role === "guardian" || role === "parent"));

/** A capture without a time of its own began before anything that could have allowed it. */
const capturedAt = ({ interaction: { capture } }: DecisionFacts): number | null =>
  capture.state === "not_started" ? null : (timeOf(capture.started_at) ?? Number.NEGATIVE_INFINITY);

/** By time; of one moment what allows, then what stops, so that the no has the last word; ids only settle the order. */
const inOrder = (a: ReadConsent, b: ReadConsent): number =>
  a.at === b.at ? Number(a.stops) - Number(b.stops) || (a.record.id < b.record.id ? -1 : 1) : a.at - b.at;
