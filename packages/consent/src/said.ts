import type { ConsentFacts, Fence, StandingConsent } from "@sotto/contracts";

import type { Conversation } from "./conversation.ts";
import { concerns } from "./fence-scope.ts";
import { viewOf, type KnownParty } from "./view.ts";

/** One record of one party, as it counts for a moment. */
export interface Spoken {
  readonly party: string;
  readonly consent: ConsentFacts;
  readonly receivedAt: number;
  readonly standing: boolean;
}

export interface Hearing {
  readonly c: Conversation;
  readonly standing: readonly StandingConsent[];
  /** Whom a record may be about: id and everything known of it. */
  readonly parties: ReadonlyMap<string, KnownParty>;
  /** Whether a yes said at that time still counts for the moment that is judged. */
  readonly counts: (at: number) => boolean;
}

/** Every record that counts, by party: those of the conversation, and the standing ones whose token the party bears. */
export const spokenIn = ({ c, standing, parties, counts }: Hearing): Spoken[] => {
  const spoken: Spoken[] = [];
  const add = (consent: ConsentFacts, receivedAt: number, isStanding: boolean): void => {
    if (consent.status === "given" && !counts(consent.at)) return;
    for (const party of subjectsOf(consent, parties)) {
      spoken.push({ party, consent, receivedAt, standing: isStanding });
    }
  };
  for (const { consent, receivedAt } of viewOf(c).consents)
    add(consent, receivedAt, consent.scope === "standing");
  for (const { consent, receivedAt } of standing) add(consent, receivedAt, true);
  return spoken.flatMap((one) => withoutOverruled(one, spoken));
};

/** Whose record it is: the party it names, or all that bear its token; a no that names nobody known is everybody's. */
const subjectsOf = (consent: ConsentFacts, parties: Hearing["parties"]): string[] => {
  const found = [...parties].filter(
    ([id, { facts }]) =>
      id === consent.party || consent.tokens?.some((token) => facts.tokens.includes(token)),
  );
  if (found.length === 0 && consent.party === undefined && consent.status !== "given")
    return [...parties.keys()];
  return found.map(([id]) => id);
};

/**
 * A yes answers a no only if it is later by its own time and by ours: a record that was made up or delayed afterwards
 * cannot bring back what somebody took away. A purpose with a no that nothing answers has no yes.
 */
const withoutOverruled = (one: Spoken, all: readonly Spoken[]): Spoken[] => {
  if (one.consent.status !== "given") return [one];
  const purposes = one.consent.purposes.filter((purpose) =>
    all.every((no) => {
      if (no.party !== one.party || !isNo(no.consent) || !no.consent.purposes.includes(purpose)) return true;
      return all.some(
        (yes) => yes.party === one.party && answers(yes, no.consent.at, no.receivedAt, purpose),
      );
    }),
  );
  return purposes.length === 0 ? [] : [{ ...one, consent: { ...one.consent, purposes } }];
};

const isNo = ({ status }: ConsentFacts): boolean => status !== "given" && status !== "pending";

const answers = (yes: Spoken, at: number, receivedAt: number, purpose: string): boolean =>
  yes.consent.status === "given" &&
  yes.consent.purposes.includes(purpose) &&
  yes.consent.at > at &&
  yes.receivedAt > receivedAt;

/**
 * Whether the people a fence speaks for have said yes to the purpose again since. Only a withdrawal, refusal or
 * objection can be answered so; what an operator or an authority set stays until it is lifted.
 */
export const isAnswered = (
  fence: Fence,
  purpose: string,
  hearing: Hearing,
  spoken: readonly Spoken[],
): boolean => {
  if (fence.kind === "restriction" || fence.kind === "erasure" || fence.kind === "kill_switch") return false;
  const people = peopleOf(fence, hearing);
  return (
    people.length > 0 &&
    people.every((party) =>
      spoken.some((one) => one.party === party && answers(one, fence.at, fence.receivedAt, purpose)),
    )
  );
};

/** Whom the fence speaks for: who bears its token, whose record it was, or, if nobody can tell, every customer. */
const peopleOf = (fence: Fence, { c, parties }: Hearing): string[] => {
  const { token } = fence.scope;
  if (token !== undefined && token.length > 0) {
    return [...parties]
      .filter(([, { facts }]) => facts.tokens.some((t) => token.includes(t)))
      .map(([id]) => id);
  }
  const records = viewOf(c).consents.filter(
    ({ consent, receivedAt }) =>
      isNo(consent) &&
      consent.at === fence.at &&
      receivedAt === fence.receivedAt &&
      consent.purposes.some((p) => concerns(fence, p)),
  );
  const named = records.flatMap(({ consent }) => subjectsOf(consent, parties));
  if (named.length > 0) return [...new Set(named)];
  return [...parties]
    .filter(([, { facts }]) => facts.role === "customer" || facts.role === "third_party")
    .map(([id]) => id);
};
