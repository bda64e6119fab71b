import type { DecisionParty } from "./decision.ts";
import type { Place, Policy } from "./policy.ts";

/**
 * The rules of all places that apply, together (Kearney v. Salomon Smith Barney, Cal. 2006): every place that a human
 * party may be in, and the data-protection law of the controller's establishment (GDPR Art. 3(1)). Sorted by code.
 */
export const placesOf = (
  humans: readonly DecisionParty[],
  controller: string | null | undefined,
  channel: string,
  policy: Policy,
): readonly Place[] => {
  const found = new Map<string, Place>();
  const add = (place: Place): void => {
    found.set(place.code, inPerson(place, channel));
  };
  for (const { jurisdiction, jurisdiction_candidates: more } of humans) {
    const codes = typeof jurisdiction === "string" ? [jurisdiction] : (jurisdiction ?? []);
    for (const code of codes) add(resolve(code, policy));
    for (const code of more ?? []) add(resolve(code, policy));
    if (codes.length === 0 && !more?.length) add(unknownPlace(policy));
  }
  if (humans.length === 0) add(unknownPlace(policy));
  if (controller) {
    const brought = policy.jurisdictions.establishment[resolve(controller, policy).family];
    if (brought) add(resolve(brought, policy));
  }
  const places = [...found.values()];
  return places.length < 2 ? places : places.toSorted((a, b) => (a.code < b.code ? -1 : 1));
};

/** The row of a code: its own, its country's, that of the union it is a member of, else the unknown one. */
export const resolve = (code: string, policy: Policy): Place => {
  const { rows, members } = policy.jurisdictions;
  const exact = rows[code];
  if (exact) return exact;
  const country = countryOf(code);
  const national = rows[country];
  if (national) return national;
  for (const union of Object.keys(members)) {
    const row = rows[union];
    if (row && members[union]?.includes(country)) return row;
  }
  return unknownPlace(policy);
};

export const countryOf = (code: string): string =>
  code.includes("-") ? code.slice(0, code.indexOf("-")) : code;

const unknownPlace = ({ jurisdictions: { rows, unknown } }: Policy): Place => {
  const row = rows[unknown];
  if (!row) throw new Error("Policy has no row for an unknown place");
  return row;
};

/** Some places ask more of a conversation face to face (ORS 165.540(1)(c)): then the stricter family's rules apply. */
const inPerson = (place: Place, channel: string): Place =>
  channel === "in_person" && place.inPersonFamily
    ? { ...place, family: place.inPersonFamily, methodFloor: "notice-continue", agentConsent: "notice-ack" }
    : place;
