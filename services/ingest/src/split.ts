import type {
  Channel,
  ConsentFacts,
  Content,
  DoorEvent,
  DoorEventOf,
  EventKind,
  FactsData,
  PartyFacts,
} from "@sotto/contracts";

import { defined, type Gathering } from "./gathering.ts";
import { splitTurn } from "./split-turn.ts";

/** What facts say of an event beside its envelope: the kind, and data that fits it. */
export type KindAndData = { [K in EventKind]: { readonly kind: K; readonly data: FactsData<K> } }[EventKind];

/**
 * Splits an event: what is returned are facts, what goes to `into` is content. Every field is named here one by one, so a
 * field that is added to a schema stays out of the facts until somebody has said that it is one.
 */
export const split = (event: DoorEvent, into: Gathering, allowed: readonly string[]): KindAndData => {
  switch (event.type) {
    case "sotto.conversation.started.v1":
      return { kind: "conversation.started", data: started(event.data, into, allowed) };
    case "sotto.conversation.updated.v1": {
      const { at, attributes, related, line } = event.data;
      const data = {
        at,
        attributes: listed(attributes, into, allowed),
        related: relatedOf(related, into),
        line,
      };
      return { kind: "conversation.updated", data: defined(data) };
    }
    case "sotto.leg.started.v1":
      return { kind: "leg.started", data: legStarted(event.data, into) };
    case "sotto.leg.ended.v1":
      return { kind: "leg.ended", data: legEnded(event.data, into) };
    case "sotto.party.joined.v1": {
      const party = partyOf(event.data.party, into, "/party");
      return { kind: "party.joined", data: defined({ party, leg: inLeg(event, into), at: event.data.at }) };
    }
    case "sotto.party.left.v1": {
      const party = into.ours("p", event.data.party);
      return { kind: "party.left", data: defined({ party, leg: inLeg(event, into), at: event.data.at }) };
    }
    case "sotto.capture.changed.v1": {
      const { at, media, state, reason } = event.data;
      return {
        kind: "capture.changed",
        data: defined({ at, leg: inLeg(event, into), media, state, reason }),
      };
    }
    case "sotto.notice.delivered.v1":
      return { kind: "notice.delivered", data: noticeOf(event.data, into) };
    case "sotto.consent.recorded.v1":
      return { kind: "consent.recorded", data: consentOf(event.data, into) };
    case "sotto.turn.added.v1":
      return { kind: "turn.added", data: splitTurn(event.data, into, event.data.leg ?? event.leg) };
    case "sotto.turn.replaced.v1": {
      const { turn, at, reason, with: next } = event.data;
      const data = {
        turn: into.ours("t", turn),
        at,
        reason,
        with: splitTurn(next, into, next.leg ?? event.leg),
      };
      return { kind: "turn.replaced", data };
    }
    case "sotto.turn.removed.v1": {
      const { turn, at, reason } = event.data;
      return { kind: "turn.removed", data: { turn: into.ours("t", turn), at, reason } };
    }
    case "sotto.recording.available.v1":
      return { kind: "recording.available", data: recordingOf(event, into) };
    case "sotto.conversation.ended.v1": {
      const { at, reason, disposition, attributes } = event.data;
      const data = { at, reason, disposition, attributes: listed(attributes, into, allowed) };
      return { kind: "conversation.ended", data: defined(data) };
    }
    default:
      return unknownType(event);
  }
};

const unknownType = (event: never): never => {
  throw new Error(`Cannot split an event: its type has no rule (${typeof event})`);
};

type Data<K extends EventKind> = DoorEventOf<K>["data"];

const started = (
  data: Data<"conversation.started">,
  into: Gathering,
  allowed: readonly string[],
): FactsData<"conversation.started"> => {
  into.keep("/controller/name", data.controller?.name);
  return defined({
    channel: data.channel satisfies Channel,
    direction: data.direction,
    startedAt: data.startedAt,
    parties: data.parties.map((party, n) => partyOf(party, into, `/parties/${n}`)),
    controller: data.controller && defined({ jurisdiction: data.controller.jurisdiction }),
    ai: data.ai && defined({ uses: data.ai.uses, disclosedAt: data.ai.disclosedAt }),
    processors: data.processors,
    bases: data.bases?.map(({ purpose, party, basis, documented, optOutOffered, ref }, n) => {
      into.keep(`/bases/${n}/ref`, ref);
      const whose = party === undefined ? undefined : into.ours("p", party);
      return defined({ purpose, party: whose, basis, documented, optOutOffered });
    }),
    personalData: data.personalData,
    related: relatedOf(data.related, into),
    sensitivity: data.sensitivity,
    retention: data.retention && defined({ class: data.retention.class }),
    attributes: listed(data.attributes, into, allowed),
  });
};

const partyOf = (party: Data<"party.joined">["party"], into: Gathering, pointer: string): PartyFacts => {
  const id = into.ours("p", party.id);
  const { name, identifiers, bot } = party;
  if (name !== undefined || identifiers !== undefined)
    into.content.parties = [...(into.content.parties ?? []), defined({ id, name, identifiers })];
  into.keep(`${pointer}/bot/name`, bot?.name);
  into.keep(`${pointer}/bot/version`, bot?.version);
  return defined({
    id,
    role: party.role,
    roleFrom: party.roleFrom,
    language: party.language,
    jurisdiction: party.jurisdiction,
    jurisdictionFrom: party.jurisdictionFrom,
    age: party.age,
    authentication: party.authentication,
    tokens: into.tokens(identifiers ?? []),
  });
};

const legStarted = (data: Data<"leg.started">, into: Gathering): FactsData<"leg.started"> =>
  defined({
    ...legOf(data, into),
    reason: data.reason,
    parties: data.parties.map((party) => into.ours("p", party)),
  });

const legEnded = (data: Data<"leg.ended">, into: Gathering): FactsData<"leg.ended"> => {
  const { leg, at } = legOf(data, into);
  const parties = data.parties?.map((party) => into.ours("p", party));
  return defined({ leg, at, reason: data.reason, parties });
};

const legOf = ({ leg, at, from, ref }: Data<"leg.started"> | Data<"leg.ended">, into: Gathering) => {
  into.keep("/ref", ref);
  return { leg: into.ours("l", leg), at, from: from === undefined ? undefined : into.ours("l", from) };
};

/** The leg that the data names, else the one that the attribute `leg` names. */
const inLeg = (
  event: DoorEventOf<"party.joined" | "party.left" | "capture.changed" | "recording.available">,
  into: Gathering,
): string | undefined => {
  const leg = event.data.leg ?? event.leg;
  return leg === undefined ? undefined : into.ours("l", leg);
};

const noticeOf = (data: Data<"notice.delivered">, into: Gathering): FactsData<"notice.delivered"> => {
  const { id, version, language, digest } = data.notice;
  return defined({
    party: into.ours("p", data.party),
    at: data.at,
    notice: defined({ id, version, language, digest }),
    means: data.means,
    completed: data.completed,
    recorded: data.recorded,
    evidence: data.evidence && evidenceOf(data.evidence, into),
  });
};

const evidenceOf = (
  { kind, digest, ref }: Data<"consent.recorded">["evidence"],
  into: Gathering,
): ConsentFacts["evidence"] => {
  into.keep("/evidence/ref", ref);
  return defined({ kind, digest });
};

const consentOf = (data: Data<"consent.recorded">, into: Gathering): ConsentFacts => {
  into.keep("/subject/kind", data.subject?.kind);
  into.keep("/subject/value", data.subject?.value);
  return defined({
    id: into.ours("k", data.id),
    party: data.party === undefined ? undefined : into.ours("p", data.party),
    tokens: data.subject && into.tokens([data.subject]),
    purposes: data.purposes,
    status: data.status,
    method: data.method,
    at: data.at,
    notice: data.notice && { id: data.notice.id, version: data.notice.version },
    evidence: evidenceOf(data.evidence, into),
    scope: data.scope,
    expiresAt: data.expiresAt,
    guardian: data.guardian && into.ours("p", data.guardian.party),
  });
};

const recordingOf = (
  event: DoorEventOf<"recording.available">,
  into: Gathering,
): FactsData<"recording.available"> => {
  const { data } = event;
  into.content.recording = defined({ uri: data.uri, credential: data.credential }) as NonNullable<
    Content["recording"]
  >;
  return defined({
    id: into.ours("r", data.id),
    leg: inLeg(event, into),
    mediaType: data.mediaType,
    sha256: data.sha256,
    startedAt: data.startedAt,
    durationMs: data.durationMs,
    channels: data.channels.map(({ index, party }) => ({ index, party: into.ours("p", party) })),
    pauses: data.pauses?.map(({ startMs, endMs }) => ({ startMs, endMs })),
  });
};

const relatedOf = (related: Data<"conversation.updated">["related"], into: Gathering) =>
  related?.map(({ ref, relation }) => ({ conversation: into.ours("c", ref), relation }));

const maxAttributeLength = 200;

/** The attributes that policy lists, as text; any other, and any that is no short word or number, is not kept. */
const listed = (
  attributes: Readonly<Record<string, unknown>> | undefined,
  into: Gathering,
  allowed: readonly string[],
): Record<string, string> | undefined => {
  if (attributes === undefined) return undefined;
  const kept: Array<[string, string]> = [];
  for (const [name, value] of Object.entries(attributes)) {
    const isShort =
      ["string", "number", "boolean"].includes(typeof value) && String(value).length <= maxAttributeLength;
    if (allowed.includes(name) && isShort) kept.push([name, String(value)]);
    else into.drop();
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
};
