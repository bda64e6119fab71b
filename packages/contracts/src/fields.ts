import type { doorAttributes } from "./door.ts";
import type { EventKind } from "./facts.ts";

/**
 * Where a field of an event goes.
 * - `fact`: as it came (times as epoch ms), into the facts frame; closed vocabulary, numbers, times.
 * - `content`: as it came, into the content frame only; words, names, addresses, references.
 * - `replaced`: as it came into content; in the facts something that tells nothing stands for it: our id for a
 *   vendor's id, a token for an identifier, a length for a text, the names that policy lists for attributes.
 * - `dropped`: nowhere.
 */
export type Placement = "fact" | "content" | "replaced" | "dropped";

/** `[]` after a name: of each element. */
type Fields = Readonly<Record<string, Placement>>;

const under = (path: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, placement]) => [`${path}.${name}`, placement]));

const identifier: Fields = { kind: "content", value: "replaced" };

const party: Fields = {
  id: "replaced",
  role: "fact",
  roleFrom: "fact",
  language: "fact",
  jurisdiction: "fact",
  jurisdictionFrom: "fact",
  age: "fact",
  authentication: "fact",
  ...under("identifiers[]", identifier),
  name: "content",
  "bot.name": "content",
  "bot.version": "content",
};

/** An attribute of policy's list is a fact; any other is dropped and counted. The names are the sender's. */
const attributes: Fields = { "attributes{}": "fact" };
const related: Fields = { "related[].ref": "replaced", "related[].relation": "fact" };
const evidence: Fields = {
  "evidence.kind": "fact",
  "evidence.digest": "fact",
  "evidence.ref": "content",
};

const turn: Fields = {
  id: "replaced",
  party: "replaced",
  leg: "replaced",
  startAt: "fact",
  endAt: "fact",
  timeFrom: "fact",
  "content[].kind": "fact",
  "content[].role": "fact",
  "content[].text": "replaced",
  "content[].mediaType": "content",
  "content[].name": "content",
  "content[].bytes": "fact",
  "content[].sha256": "content",
  origin: "fact",
  "engine.id": "fact",
  "engine.model": "fact",
  "engine.confidence": "fact",
  language: "fact",
  "words[].text": "replaced",
  "words[].startMs": "content",
  "words[].endMs": "content",
  "words[].confidence": "content",
  "redactedBySource[].start": "fact",
  "redactedBySource[].end": "fact",
  "redactedBySource[].kind": "fact",
  visibility: "fact",
  inReplyTo: "replaced",
};

const leg: Fields = {
  leg: "replaced",
  at: "fact",
  reason: "fact",
  from: "replaced",
  ref: "content",
  "parties[]": "replaced",
};

/** Every field of every event's data; a test holds it against the schemas, another holds ingest against it. */
export const fieldPlacements: Readonly<Record<EventKind, Fields>> = {
  "conversation.started": {
    channel: "fact",
    direction: "fact",
    startedAt: "fact",
    ...under("parties[]", party),
    "controller.name": "content",
    "controller.jurisdiction": "fact",
    "ai.uses[]": "fact",
    "ai.disclosedAt": "fact",
    "processors[]": "fact",
    "bases[].purpose": "fact",
    "bases[].party": "replaced",
    "bases[].basis": "fact",
    "bases[].documented": "fact",
    "bases[].optOutOffered": "fact",
    "bases[].ref": "content",
    personalData: "fact",
    ...related,
    sensitivity: "fact",
    "retention.class": "fact",
    ...attributes,
  },
  "conversation.updated": { at: "fact", ...attributes, ...related, line: "fact" },
  "leg.started": leg,
  "leg.ended": leg,
  "party.joined": { ...under("party", party), leg: "replaced", at: "fact" },
  "party.left": { party: "replaced", leg: "replaced", at: "fact" },
  "capture.changed": { at: "fact", leg: "replaced", media: "fact", state: "fact", reason: "fact" },
  "notice.delivered": {
    party: "replaced",
    at: "fact",
    "notice.id": "fact",
    "notice.version": "fact",
    "notice.language": "fact",
    "notice.digest": "fact",
    means: "fact",
    completed: "fact",
    recorded: "fact",
    ...evidence,
  },
  "consent.recorded": {
    id: "replaced",
    party: "replaced",
    ...under("subject", identifier),
    "purposes[]": "fact",
    status: "fact",
    method: "fact",
    at: "fact",
    "notice.id": "fact",
    "notice.version": "fact",
    ...evidence,
    scope: "fact",
    expiresAt: "fact",
    "guardian.party": "replaced",
  },
  "turn.added": turn,
  "turn.replaced": { turn: "replaced", at: "fact", reason: "fact", ...under("with", turn) },
  "turn.removed": { turn: "replaced", at: "fact", reason: "fact" },
  "recording.available": {
    id: "replaced",
    leg: "replaced",
    uri: "content",
    credential: "content",
    mediaType: "fact",
    sha256: "fact",
    startedAt: "fact",
    durationMs: "fact",
    "channels[].index": "fact",
    "channels[].party": "replaced",
    "pauses[].startMs": "fact",
    "pauses[].endMs": "fact",
  },
  "conversation.ended": { at: "fact", reason: "fact", disposition: "fact", ...attributes },
};

/** The same for the attributes; a fact here is also a header of the record, in clear. */
export const attributePlacements: Readonly<Record<keyof typeof doorAttributes | "type" | "data", Placement>> =
  {
    specversion: "fact",
    type: "fact",
    id: "replaced",
    source: "fact",
    time: "fact",
    subject: "replaced",
    tenant: "fact",
    line: "fact",
    channel: "fact",
    leg: "replaced",
    party: "dropped",
    sequence: "fact",
    datacontenttype: "dropped",
    dataschema: "dropped",
    traceparent: "fact",
    data: "replaced",
  };
