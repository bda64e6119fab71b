import type { ConsentFacts, Fence, FactsData, StandingConsent } from "@sotto/contracts";

import { lineAt, type Conversation } from "./conversation.ts";
import type { DecisionFacts, DecisionConsent, DecisionParty, Stop } from "./decision.ts";
import { concerns, covers, fenceVerdict } from "./fence-scope.ts";
import { listenersTo } from "./listeners-to.ts";
import { noticesTo, type Told } from "./notices-to.ts";
import { isPaused, isRecording } from "./pauses.ts";
import type { Policy } from "./policy.ts";
import { isAnswered, spokenIn, type Hearing, type Spoken } from "./said.ts";
import { isPresent, viewOf, type KnownParty } from "./view.ts";

/** The stretch that is judged: a turn, or a recording before anything in it is text. */
export interface TurnInQuestion {
  readonly startAt: number;
  readonly endAt?: number | undefined;
  readonly party: string;
  readonly origin: FactsData<"turn.added">["origin"];
  /** The recogniser that made the text; without one nobody but the line's own processors is taken to have heard it. */
  readonly engine?: { readonly id: string } | undefined;
}

/** What a turn is judged against. */
export interface Circumstances {
  readonly now: number;
  readonly policy: Policy;
  readonly standing: readonly StandingConsent[];
  readonly fences: readonly Fence[];
}

/**
 * What `decide` needs to know about one turn, as things stood when it was said: consents and notices up to then (or
 * shortly after, as far as `timing.lateConsentMs` goes), the people who were there, the line's purposes. Fences count as
 * they are now. Whose turn it is makes no difference: everybody in the conversation is asked.
 */
export const decisionFacts = (c: Conversation, turn: TurnInQuestion, o: Circumstances): DecisionFacts => {
  const { policy } = o;
  const view = viewOf(c);
  const lineName = lineAt(c, turn.startAt);
  const line = lineOf(c, lineName, policy);
  const until = turn.startAt + policy.timing.lateConsentMs[c.channel];
  const captured = isRecording(c, view.captures, turn);
  const parties = peopleAt(view.parties, turn);
  const told = new Map(
    [...parties].map(([id, party]) => [id, noticesTo(id, party, view, { policy, line, until })]),
  );
  const latest = o.now + policy.timing.futureMs;
  const hearing: Hearing = {
    c,
    standing: o.standing,
    parties,
    // Of what was captured, a late yes is kept in view: it cannot help, but it says why.
    counts: (at) => at <= latest && (captured || at <= until),
  };
  const spoken = spokenIn(hearing);
  const records = recordsOf(spoken);
  return {
    line: lineName,
    profile: line?.profile ?? "explicit",
    evaluated_at: momentOf(turn, until, spoken, told),
    interaction: {
      id: c.id,
      channel: c.channel,
      ...(view.start ? { direction: view.start.direction } : {}),
      personal_data: view.start?.personalData ?? true,
      ...talkingMachine(view.start, parties, until, policy),
      capture: captured
        ? { state: "recorded", started_at: turn.startAt }
        : { state: "not_started", started_at: null },
    },
    controller: { jurisdiction: view.start?.controller?.jurisdiction ?? null },
    parties: [...parties].map(([id, party]) => partyFacts(id, party, told.get(id), view.sensitivities)),
    processors: line ? listenersTo(turn, { line, named: view.processors, policy, told, parties }) : [],
    purposes: line?.purposes ?? [],
    consents: spoken.map((one) => consentFacts(one, told.get(one.party), policy)),
    bases: view.bases.map(({ purpose, party, basis, documented, optOutOffered }) => ({
      purpose,
      party: party ?? "*",
      basis,
      documented: documented === true,
      opt_out_offered: optOutOffered === true,
    })),
    context: {
      ledger: "ok",
      phi: view.sensitivities.has("health"),
      // Security codes are cut at the door and masked before anything lands: see the redaction rules.
      sad_present: view.sensitivities.has("payment"),
      redaction: "applied",
      paused: isPaused(c, view.captures, turn),
      stops: stopsOf(c, lineName, line?.purposes ?? [], hearing, spoken, o.fences),
    },
    records,
  };
};

/** A line of another tenant is no line of this conversation's. */
const lineOf = (c: Conversation, name: string, policy: Policy): Policy["lines"][string] | null => {
  const line = policy.lines[name];
  if (!line || line.tenant !== c.tenant) return null;
  return line.channels && !line.channels.includes(c.channel) ? null : line;
};

/** Who was there; the one who speaks was, whoever that is. */
const peopleAt = (all: ReadonlyMap<string, KnownParty>, turn: TurnInQuestion): Map<string, KnownParty> => {
  const there = new Map(
    [...all].filter(([id, party]) => id === turn.party || isPresent(party, turn.startAt)),
  );
  if (turn.party !== "" && !there.has(turn.party)) {
    const facts = { id: turn.party, role: "third_party" as const, tokens: [] };
    there.set(turn.party, { facts, places: [], moves: [], fromStart: false });
  }
  return new Map([...there].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

const recordsOf = (spoken: readonly Spoken[]): Record<string, ConsentFacts> => {
  const records: Record<string, ConsentFacts> = Object.create(null);
  for (const { consent } of spoken) if (consent.status === "given") records[consent.id] = consent;
  return records;
};

/** The moment of judgement: when it was said, or when the last thing happened that is let in though it came late. */
const momentOf = (
  turn: TurnInQuestion,
  until: number,
  spoken: readonly Spoken[],
  told: ReadonlyMap<string, Told>,
): number => {
  let moment = turn.startAt;
  for (const { consent } of spoken) {
    if (consent.status === "given" && consent.at <= until) moment = Math.max(moment, consent.at);
  }
  for (const { first } of told.values()) if (first !== null) moment = Math.max(moment, first);
  return moment;
};

const talkingMachine = (
  start: FactsData<"conversation.started"> | null,
  parties: ReadonlyMap<string, KnownParty>,
  until: number,
  policy: Policy,
): { ai_agent: boolean; ai_disclosed: boolean } => {
  const uses = start?.ai?.uses ?? [];
  const disclosedAt = start?.ai?.disclosedAt;
  const bot = [...parties.values()].some(({ facts }) => facts.role === "bot");
  return {
    ai_agent: bot || uses.some((use) => policy.rules.talkingUses.includes(use)),
    ai_disclosed: disclosedAt !== undefined && disclosedAt <= until,
  };
};

/** A conversation with a child in it, without an age: every customer may be that child. */
const partyFacts = (
  id: string,
  { facts, places }: KnownParty,
  told: Told | undefined,
  sensitivities: ReadonlySet<string>,
): DecisionParty => ({
  id,
  role: facts.role,
  jurisdiction: places,
  age: facts.age ?? (sensitivities.has("minor") && facts.role === "customer" ? 0 : null),
  notice: {
    delivered_at: told?.first ?? null,
    language_ok: told?.understood ?? null,
    recorded_in_audio: told?.recorded ?? false,
  },
});

/** The notice it was given under: the one it names, else the last one the party heard; staff may agree without one. */
const consentFacts = (one: Spoken, told: Told | undefined, policy: Policy): DecisionConsent => {
  const { consent, party, standing } = one;
  const given = consent.notice ?? told?.lastBefore(consent.at);
  const notice = given && policy.notices[given.id];
  const known = notice && given.version in notice.versions;
  const optional = given === undefined && told?.staff === true;
  return {
    id: consent.id,
    party,
    purposes: consent.purposes,
    status: consent.status,
    method: consent.method,
    at: consent.at,
    notice_version: known ? given.version : null,
    ...(optional ? {} : { notice_min_valid: known ? notice.minValid : "unknown" }),
    evidence: "ok",
    standing,
    ...(consent.expiresAt === undefined ? {} : { expires_at: consent.expiresAt }),
    ...(consent.guardian === undefined ? {} : { guardian: consent.guardian }),
  };
};

const stopsOf = (
  c: Conversation,
  line: string,
  purposes: readonly string[],
  hearing: Hearing,
  spoken: readonly Spoken[],
  fences: readonly Fence[],
): Stop[] => {
  const subject = {
    tenant: c.tenant,
    conversation: c.id,
    line,
    source: c.source,
    tokens: viewOf(c).tokens,
    startedAt: c.startedAt ?? 0,
  };
  return fences.flatMap((fence) => {
    if (!covers(fence, subject)) return [];
    const stoppedPurposes = purposes.filter(
      (purpose) => concerns(fence, purpose) && !isAnswered(fence, purpose, hearing, spoken),
    );
    if (stoppedPurposes.length === 0) return [];
    const verdict = fenceVerdict(fence);
    const reason = "held" in verdict ? verdict.held : verdict.reason;
    return [{ reason, purposes: stoppedPurposes, fence: fence.id }];
  });
};
