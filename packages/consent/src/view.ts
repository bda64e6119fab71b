import type { ConsentFacts, FactsData, PartyFacts } from "@sotto/contracts";

import { atOf, type Conversation, type Known } from "./conversation.ts";

export interface Said {
  readonly receivedAt: number;
  readonly consent: ConsentFacts;
}

/** A party with all that was said of it, over all events that name it. */
export interface KnownParty {
  readonly facts: PartyFacts;
  /** Every place it may be in. */
  readonly places: readonly string[];
  /** It came and went; null: there from the start. */
  readonly moves: readonly { readonly at: number; readonly here: boolean }[];
  readonly fromStart: boolean;
}

/** A conversation's facts by what they are about; computed once for each state of the fold. */
export interface View {
  readonly start: FactsData<"conversation.started"> | null;
  readonly parties: ReadonlyMap<string, KnownParty>;
  readonly notices: readonly FactsData<"notice.delivered">[];
  readonly consents: readonly Said[];
  readonly captures: readonly FactsData<"capture.changed">[];
  readonly processors: readonly string[];
  readonly bases: NonNullable<FactsData<"conversation.started">["bases"]>;
  readonly sensitivities: ReadonlySet<string>;
  /** Every token of every party, sorted. */
  readonly tokens: readonly string[];
}

const views = new WeakMap<readonly Known[], View>();

/** `known` is replaced whenever it changes, so that the view of it can be kept. */
export const viewOf = (c: Conversation): View => {
  const kept = views.get(c.known);
  if (kept) return kept;
  const made = view(c.known);
  views.set(c.known, made);
  return made;
};

const view = (known: readonly Known[]): View => {
  const starts = known.flatMap((k) => (k.kind === "conversation.started" ? [k.data] : []));
  const parties = partiesIn(known);
  const tokens = new Set([...parties.values()].flatMap(({ facts }) => facts.tokens));
  return {
    start: starts[0] ?? null,
    parties,
    notices: known.flatMap((k) => (k.kind === "notice.delivered" ? [k.data] : [])),
    consents: known.flatMap((k) =>
      k.kind === "consent.recorded" ? [{ receivedAt: k.receivedAt, consent: k.data }] : [],
    ),
    captures: known.flatMap((k) => (k.kind === "capture.changed" ? [k.data] : [])),
    processors: [...new Set(starts.flatMap((start) => start.processors ?? []))],
    bases: starts.flatMap((start) => start.bases ?? []),
    sensitivities: new Set(starts.flatMap((start) => start.sensitivity ?? [])),
    tokens: [...tokens].toSorted(),
  };
};

interface Gathering {
  readonly told: PartyFacts[];
  readonly moves: { at: number; here: boolean }[];
  fromStart: boolean;
}

const partiesIn = (known: readonly Known[]): Map<string, KnownParty> => {
  const gathered = new Map<string, Gathering>();
  const of = (id: string): Gathering => {
    const there = gathered.get(id) ?? { told: [], moves: [], fromStart: false };
    gathered.set(id, there);
    return there;
  };
  for (const k of known) {
    if (k.kind === "conversation.started") {
      for (const party of k.data.parties) {
        const there = of(party.id);
        there.told.push(party);
        there.fromStart = true;
      }
    }
    if (k.kind === "party.joined") {
      const there = of(k.data.party.id);
      there.told.push(k.data.party);
      there.moves.push({ at: atOf(k), here: true });
    }
    if (k.kind === "party.left") of(k.data.party).moves.push({ at: atOf(k), here: false });
    if (k.kind === "leg.started")
      for (const id of k.data.parties) of(id).moves.push({ at: atOf(k), here: true });
  }
  return new Map([...gathered].map(([id, there]) => [id, merged(id, there)]));
};

/**
 * One party out of all that was said of it, read so that less is assumed: every place counts, the lowest age, and a role
 * that was only guessed is nobody's but a third party's. A number or an address of the network alone says too little of
 * where somebody is: the unknown place applies as well.
 */
const merged = (id: string, { told, moves, fromStart }: Gathering): KnownParty => {
  const last = told.at(-1) ?? { id, role: "third_party", tokens: [] };
  const ages = told.flatMap(({ age }) => age ?? []);
  const language = told.findLast((party) => party.language !== undefined)?.language;
  const places = new Set<string>();
  for (const { jurisdiction, jurisdictionFrom } of told) {
    if (jurisdiction === undefined) continue;
    places.add(jurisdiction);
    if (jurisdictionFrom === "number" || jurisdictionFrom === "ip") places.add("ZZ");
  }
  const guessed = last.roleFrom === "guessed" && last.role !== "customer";
  return {
    facts: {
      ...last,
      role: guessed ? "third_party" : last.role,
      ...(language === undefined ? {} : { language }),
      ...(ages.length === 0 ? {} : { age: Math.min(...ages) }),
      tokens: [...new Set(told.flatMap(({ tokens }) => tokens))].toSorted(),
    },
    places: [...places].toSorted(),
    moves,
    fromStart,
  };
};

/** Whether the party was there at that moment; who leaves in that very moment still heard it. */
export const isPresent = ({ fromStart, moves }: KnownParty, at: number): boolean => {
  let here = fromStart;
  for (const move of moves) {
    if (move.at > at || (move.at === at && !move.here)) break;
    here = move.here;
  }
  return here;
};
