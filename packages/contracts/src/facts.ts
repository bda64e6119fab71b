import { z } from "zod";

/** Ids on the wire and in paths: contract.md §1. Ours are a letter, `_` and 26 Crockford base32 characters. */
export const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
/** Bytes: any view, wherever its buffer came from. */
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be bytes");
/** Epoch milliseconds, UTC. */
export const ms = z.int().min(0).max(8_640_000_000_000_000);
/** A subject token: HMAC(pepper version, normaliser version, identifier); never outside facts, registers and seals. */
export const token = z.string().regex(/^s\d+_[0-9a-z]{26}$/);

const code = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/);
const language = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  .max(35);
const jurisdiction = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/);

export const channels = ["voice", "chat", "email", "sms", "video"] as const;
export const roles = ["customer", "agent", "bot", "supervisor", "third_party"] as const;
export type Channel = (typeof channels)[number];
export type Role = (typeof roles)[number];

/** A party as facts know it: no name, no identifier; `tokens` stand for its identifiers. */
export const partyFacts = z.strictObject({
  id,
  role: z.enum(roles),
  roleFrom: z.enum(["declared", "channel", "guessed"]).optional(),
  language: language.optional(),
  jurisdiction: jurisdiction.optional(),
  jurisdictionFrom: z.enum(["number", "address", "ip", "declared"]).optional(),
  age: z.int().min(0).max(150).optional(),
  authentication: z.enum(["none", "one", "two_factor"]).optional(),
  tokens: z.array(token).max(64),
});
export type PartyFacts = z.infer<typeof partyFacts>;

const notice = z.strictObject({
  id: code,
  version: code,
  language: language.optional(),
  digest: code.optional(),
});

const evidenceFacts = z.strictObject({
  kind: z.enum(["turn", "audio", "event", "document", "external"]),
  digest: code.optional(),
});

/** A consent as it was recorded, party or subject replaced. */
export const consentFacts = z.strictObject({
  id,
  party: id.optional(),
  tokens: z.array(token).max(64).optional(),
  purposes: z.array(code).min(1).max(32),
  status: z.enum(["given", "refused", "withdrawn", "objected", "pending"]),
  method: z.enum([
    "dtmf",
    "spoken",
    "chat_button",
    "web_form",
    "signed",
    "policy_ack",
    "tone",
    "notice_continue",
  ]),
  at: ms,
  notice: z.strictObject({ id: code, version: code }).optional(),
  evidence: evidenceFacts,
  scope: z.enum(["conversation", "standing"]),
  expiresAt: ms.optional(),
  guardian: id.optional(),
});
export type ConsentFacts = z.infer<typeof consentFacts>;

const attributes = z.record(z.string().max(40), z.string().max(200));

/** One turn as facts know it: who, when, how much; never what. */
export const turnFacts = z.strictObject({
  id,
  party: id,
  leg: id.optional(),
  startAt: ms,
  endAt: ms.optional(),
  timeFrom: z.enum(["utterance", "sent", "received"]),
  parts: z
    .array(
      z.strictObject({
        kind: z.enum(["text", "attachment", "keypad", "selection"]),
        role: z.enum(["body", "subject", "quoted", "signature"]).optional(),
        chars: z.int().min(0).optional(),
        bytes: z.int().min(0).optional(),
      }),
    )
    .max(64),
  origin: z.enum(["typed", "asr", "ivr", "bot", "translated"]),
  engine: z
    .strictObject({ id: code, model: code.optional(), confidence: z.number().min(0).max(1).optional() })
    .optional(),
  language: language.optional(),
  words: z.int().min(0).optional(),
  redactedBySource: z
    .array(z.strictObject({ start: z.int().min(0), end: z.int().min(0), kind: code }))
    .max(1000)
    .optional(),
  visibility: z.enum(["all", "internal"]).optional(),
  inReplyTo: id.optional(),
  /** Card security codes that ingest cut out before the first seal. */
  stripped: z.int().min(0).optional(),
});
export type TurnFacts = z.infer<typeof turnFacts>;

/** Type-specific facts, by event type without prefix `sotto.` and suffix `.v1`. All ids are ours, all times ms. */
export const factsData = {
  "conversation.started": z.strictObject({
    channel: z.enum(channels),
    direction: z.enum(["inbound", "outbound", "internal"]),
    startedAt: ms,
    parties: z.array(partyFacts).max(64),
    controller: z.strictObject({ jurisdiction: jurisdiction.optional() }).optional(),
    ai: z.strictObject({ uses: z.array(code).max(16), disclosedAt: ms.optional() }).optional(),
    processors: z.array(code).max(32).optional(),
    bases: z
      .array(
        z.strictObject({
          purpose: code,
          party: id.optional(),
          basis: code,
          documented: z.boolean().optional(),
          optOutOffered: z.boolean().optional(),
        }),
      )
      .max(64)
      .optional(),
    personalData: z.boolean(),
    related: z
      .array(
        z.strictObject({ conversation: id, relation: z.enum(["transfer", "callback", "consult", "merged"]) }),
      )
      .max(32)
      .optional(),
    sensitivity: z.enum(["payment", "health", "minor", "none"]).optional(),
    retention: z.strictObject({ class: code.optional() }).optional(),
    attributes: attributes.optional(),
  }),
  "conversation.updated": z.strictObject({
    at: ms,
    attributes: attributes.optional(),
    related: z
      .array(
        z.strictObject({ conversation: id, relation: z.enum(["transfer", "callback", "consult", "merged"]) }),
      )
      .max(32)
      .optional(),
    line: id.optional(),
  }),
  "leg.started": z.strictObject({
    leg: id,
    at: ms,
    reason: code,
    from: id.optional(),
    parties: z.array(id).max(64),
  }),
  "leg.ended": z.strictObject({
    leg: id,
    at: ms,
    reason: code.optional(),
    parties: z.array(id).max(64).optional(),
  }),
  "party.joined": z.strictObject({ party: partyFacts, leg: id.optional(), at: ms }),
  "party.left": z.strictObject({ party: id, leg: id.optional(), at: ms }),
  "capture.changed": z.strictObject({
    at: ms,
    leg: id.optional(),
    media: z.enum(["audio", "screen", "text"]),
    state: z.enum(["started", "paused", "resumed", "stopped"]),
    reason: z.enum(["operator", "payment", "hold", "consult", "control"]).optional(),
  }),
  "notice.delivered": z.strictObject({
    party: id,
    at: ms,
    notice,
    means: z.enum(["spoken", "text", "link", "tone", "ivr"]),
    completed: z.boolean(),
    recorded: z.boolean().optional(),
    evidence: evidenceFacts.optional(),
  }),
  "consent.recorded": consentFacts,
  "turn.added": turnFacts,
  "turn.replaced": z.strictObject({
    turn: id,
    at: ms,
    reason: z.enum(["edited", "asr_correction"]),
    with: turnFacts,
  }),
  "turn.removed": z.strictObject({ turn: id, at: ms, reason: z.enum(["retracted", "erased_by_source"]) }),
  "recording.available": z.strictObject({
    id,
    leg: id.optional(),
    mediaType: z.string().max(100),
    sha256: code.optional(),
    startedAt: ms,
    durationMs: z.int().min(0).optional(),
    channels: z.array(z.strictObject({ index: z.int().min(0), party: id })).max(16),
    pauses: z
      .array(z.strictObject({ startMs: z.int().min(0), endMs: z.int().min(0) }))
      .max(1000)
      .optional(),
  }),
  "conversation.ended": z.strictObject({
    at: ms,
    reason: z.enum(["completed", "abandoned", "timeout", "error"]),
    disposition: code.optional(),
    attributes: attributes.optional(),
  }),
} as const;

export type EventKind = keyof typeof factsData;
export const eventKinds = Object.keys(factsData) as EventKind[];
export type FactsData<K extends EventKind> = z.infer<(typeof factsData)[K]>;

const envelope = {
  v: z.literal(1),
  /** HMAC of (source, vendor's event id): the same event gives the same id. */
  id,
  /** null only for a standing consent that belongs to no conversation. */
  conversation: id.nullable(),
  tenant: id,
  line: id,
  channel: z.enum(channels),
  source: z.string().max(200),
  time: ms,
  receivedAt: ms,
  sequence: z.int().min(0).optional(),
  /** HMAC over the whole event as sent: tells a repeat from an id that was used again for other data. */
  digest: bytes,
  /** The raw window whose slot seals this event's content; null when there is no content. */
  window: z.int().nullable(),
  /** Fields that no list allows, counted, not kept. */
  dropped: z.int().min(0).optional(),
};

const variant = <K extends EventKind>(kind: K) =>
  z.strictObject({ ...envelope, kind: z.literal(kind), data: factsData[kind] });

/** What the facts frame of an event holds: closed vocabulary, no word a customer said. */
export const facts = z.discriminatedUnion("kind", [
  variant("conversation.started"),
  variant("conversation.updated"),
  variant("leg.started"),
  variant("leg.ended"),
  variant("party.joined"),
  variant("party.left"),
  variant("capture.changed"),
  variant("notice.delivered"),
  variant("consent.recorded"),
  variant("turn.added"),
  variant("turn.replaced"),
  variant("turn.removed"),
  variant("recording.available"),
  variant("conversation.ended"),
]);
export type Facts = z.infer<typeof facts>;
export type FactsOf<K extends EventKind> = Extract<Facts, { kind: K }>;

const partyContent = z.strictObject({
  id,
  name: z.string().max(500).optional(),
  identifiers: z
    .array(z.strictObject({ kind: z.string(), value: z.string().max(500) }))
    .max(64)
    .optional(),
});

/** What the content frame of an event holds: words, names, addresses, vendor ids as they came. */
export const content = z.strictObject({
  v: z.literal(1),
  /** Vendor ids as they came, by our id. */
  originals: z.record(z.string(), z.string()),
  parties: z.array(partyContent).max(64).optional(),
  /** Text by part index; only of parts that have one. */
  parts: z
    .array(
      z.strictObject({
        index: z.int().min(0),
        text: z.string().optional(),
        name: z.string().optional(),
        sha256: z.string().optional(),
        mediaType: z.string().optional(),
      }),
    )
    .max(64)
    .optional(),
  words: z
    .array(
      z.strictObject({
        text: z.string(),
        startMs: z.int(),
        endMs: z.int(),
        confidence: z.number().optional(),
      }),
    )
    .optional(),
  recording: z.strictObject({ uri: z.string(), credential: z.string().optional() }).optional(),
  /** References and free text of other fields, by the field's path. */
  refs: z.record(z.string(), z.string()).optional(),
});
export type Content = z.infer<typeof content>;
