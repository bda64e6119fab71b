import { eventTypes, type EventType } from "./door.ts";

/** An event as a sender writes it: structured mode, before anything has looked at it. */
export interface ExampleEvent {
  readonly specversion: "1.0";
  readonly type: EventType;
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly tenant: string;
  readonly line: string;
  readonly channel: "voice" | "chat" | "email" | "sms" | "video";
  readonly leg: string;
  readonly party: string;
  readonly sequence: string;
  readonly datacontenttype: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * One valid event a type, one conversation from its start to its end, every optional field in use: what a test of "every
 * field" walks over, and what a sender can copy from. `start`: epoch ms of the first event.
 */
export const examplesAt = (start: number): Readonly<Record<EventType, ExampleEvent>> => {
  const at: At = (seconds) => new Date(start + seconds * 1000).toISOString();
  const data = { ...before(at), ...words(at) };
  const example = (type: EventType): ExampleEvent => ({
    ...attributes(at, data[type].n),
    type,
    data: data[type].data,
  });
  // fromEntries forgets which keys there are; a test counts them.
  return Object.fromEntries(eventTypes.map((type) => [type, example(type)])) as Record<
    EventType,
    ExampleEvent
  >;
};

interface Step {
  /** Seconds after the start, and the sequence number. */
  readonly n: number;
  readonly data: Readonly<Record<string, unknown>>;
}
type At = (seconds: number) => string;

const attributes = (at: At, n: number): Omit<ExampleEvent, "type" | "data"> => ({
  specversion: "1.0",
  id: `evt-${String(n).padStart(4, "0")}`,
  source: "/acme/emea",
  subject: "call-2f81-anna.lindqvist@example.com",
  time: at(n),
  tenant: "acme",
  line: "support",
  channel: "voice",
  leg: "leg-a",
  party: "cust-+46701234567",
  sequence: String(n).padStart(12, "0"),
  datacontenttype: "application/json",
  dataschema: "https://example.com/schemas/cc-event.json",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
});

/** Who is there and what was agreed. */
const before = (at: At) =>
  ({
    "sotto.conversation.started.v1": { n: 0, data: started(at) },
    "sotto.leg.started.v1": {
      n: 1,
      data: {
        leg: "leg-a",
        at: at(1),
        reason: "initial",
        from: "leg-0",
        ref: "trunk 7, sip:anna.lindqvist@example.com",
        parties: ["cust-+46701234567", "agent-jo.berg"],
      },
    },
    "sotto.notice.delivered.v1": {
      n: 2,
      data: {
        party: "cust-+46701234567",
        at: at(2),
        notice: { id: "recording", version: "3", language: "en-GB", digest: "sha256:5f2d9c" },
        means: "spoken",
        completed: true,
        recorded: true,
        evidence: { kind: "audio", digest: "sha256:77aa01", ref: "s3://calls/anna-lindqvist/notice.wav" },
      },
    },
    "sotto.consent.recorded.v1": { n: 3, data: consent(at) },
    "sotto.party.joined.v1": {
      n: 4,
      data: {
        party: customer("cust-sven", "Sven Lindqvist", "sven.lindqvist@example.com"),
        leg: "leg-a",
        at: at(4),
      },
    },
    "sotto.capture.changed.v1": {
      n: 5,
      data: {
        at: at(5),
        leg: "leg-a",
        media: "audio",
        state: "paused",
        reason: "payment",
      },
    },
  }) as const satisfies Partial<Record<EventType, Step>>;

/** What was said, and how it ended. */
const words = (at: At) =>
  ({
    "sotto.turn.added.v1": { n: 6, data: turn(at, "turn-1", "My number is 070 123 45 67") },
    "sotto.turn.replaced.v1": {
      n: 7,
      data: {
        turn: "turn-1",
        at: at(7),
        reason: "asr_correction",
        with: turn(at, "turn-1b", "My number is 070 123 45 68"),
      },
    },
    "sotto.turn.removed.v1": {
      n: 8,
      data: {
        turn: "turn-1b",
        at: at(8),
        reason: "retracted",
      },
    },
    "sotto.recording.available.v1": { n: 9, data: recording(at) },
    "sotto.conversation.updated.v1": {
      n: 10,
      data: {
        at: at(10),
        attributes: { queue: "billing", note: "Anna asked for a call back" },
        related: [{ ref: "call-2f80-anna.lindqvist@example.com", relation: "callback" }],
        line: "support",
      },
    },
    "sotto.party.left.v1": { n: 11, data: { party: "cust-sven", leg: "leg-a", at: at(11) } },
    "sotto.leg.ended.v1": {
      n: 12,
      data: {
        leg: "leg-a",
        at: at(12),
        reason: "transfer",
        from: "leg-0",
        ref: "trunk 7, hung up by anna.lindqvist",
        parties: ["cust-+46701234567"],
      },
    },
    "sotto.conversation.ended.v1": {
      n: 13,
      data: {
        at: at(13),
        reason: "completed",
        disposition: "resolved",
        attributes: { queue: "billing", note: "Anna was content" },
      },
    },
  }) as const satisfies Partial<Record<EventType, Step>>;

const customer = (id: string, name: string, email: string): Readonly<Record<string, unknown>> => ({
  id,
  role: "customer",
  roleFrom: "declared",
  language: "en-GB",
  jurisdiction: "SE",
  jurisdictionFrom: "number",
  age: 41,
  authentication: "two_factor",
  identifiers: [
    { kind: "phone", value: "+46 70 123 45 67" },
    { kind: "email", value: email },
  ],
  name,
  bot: { name: `${name}'s assistant`, version: "assistant 2" },
});

const started = (at: At): Readonly<Record<string, unknown>> => ({
  channel: "voice",
  direction: "inbound",
  startedAt: at(0),
  parties: [
    customer("cust-+46701234567", "Anna Lindqvist", "Anna.Lindqvist@example.com"),
    {
      id: "agent-jo.berg",
      role: "agent",
      jurisdiction: "SE",
      name: "Jo Berg",
      bot: { name: "Jo's helper", version: "helper 7" },
    },
  ],
  controller: { name: "Acme Nordic AB", jurisdiction: "SE" },
  ai: { uses: ["transcription"], disclosedAt: at(0) },
  processors: ["acme-cloud"],
  bases: [
    {
      purpose: "qa_review",
      party: "cust-+46701234567",
      basis: "consent",
      documented: true,
      optOutOffered: true,
      ref: "contract of Anna Lindqvist, page 3",
    },
  ],
  personalData: true,
  related: [{ ref: "call-2f80-anna.lindqvist@example.com", relation: "callback" }],
  sensitivity: "none",
  retention: { class: "short" },
  attributes: { queue: "support", skill: "returns", campaign: "autumn", note: "Anna is a good customer" },
});

const consent = (at: At): Readonly<Record<string, unknown>> => ({
  id: "consent-anna-1",
  party: "cust-+46701234567",
  subject: { kind: "phone", value: "+46 70 123 45 67" },
  purposes: ["transcription", "qa_review"],
  status: "given",
  method: "spoken",
  at: at(3),
  notice: { id: "recording", version: "3" },
  evidence: { kind: "audio", digest: "sha256:77aa02", ref: "s3://calls/anna-lindqvist/yes.wav" },
  scope: "conversation",
  expiresAt: at(86_400),
  guardian: { party: "guardian-of-anna" },
});

const turn = (at: At, id: string, text: string): Readonly<Record<string, unknown>> => ({
  id,
  party: "cust-+46701234567",
  leg: "leg-a",
  startAt: at(5),
  endAt: at(6),
  timeFrom: "utterance",
  content: [
    { kind: "text", role: "body", text, mediaType: "text/plain" },
    {
      kind: "attachment",
      name: "passport of Anna Lindqvist.pdf",
      mediaType: "application/pdf",
      bytes: 20_412,
      sha256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    },
  ],
  origin: "asr",
  engine: { id: "acme-cloud", model: "phone-2", confidence: 0.92 },
  language: "en-GB",
  words: text
    .split(" ")
    .map((word, n) => ({ text: word, startMs: n * 120, endMs: n * 120 + 100, confidence: 0.9 })),
  redactedBySource: [{ start: 0, end: 2, kind: "PERSON" }],
  visibility: "all",
  inReplyTo: "turn-0-jo.berg",
});

const recording = (at: At): Readonly<Record<string, unknown>> => ({
  id: "rec-anna-1",
  leg: "leg-a",
  uri: "https://media.example.com/anna-lindqvist/call.wav",
  credential: "acme-media",
  mediaType: "audio/wav",
  sha256: "a0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e9f",
  startedAt: at(0),
  durationMs: 12_000,
  channels: [
    { index: 0, party: "cust-+46701234567" },
    { index: 1, party: "agent-jo.berg" },
  ],
  pauses: [{ startMs: 5000, endMs: 5500 }],
});

/** The same at a fixed time; last, for it runs what stands above. */
export const examples = examplesAt(Date.UTC(2026, 10, 24, 9, 0, 0));
