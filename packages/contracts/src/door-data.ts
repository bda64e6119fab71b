import { z } from "zod";

import { code, instant, jurisdiction, language, name, offsetMs, reference, vendorId } from "./door-values.ts";
import { channels, roles, type EventKind } from "./facts.ts";

const maxParties = 64;
const maxTextUnits = 64 * 1024;

const identifier = z.object({
  kind: z.enum(["phone", "email", "account", "social", "device"]),
  value: z.string().min(1).max(500),
});

const party = z.object({
  id: vendorId,
  role: z.enum(roles),
  roleFrom: z.enum(["declared", "channel", "guessed"]).optional(),
  language: language.optional(),
  jurisdiction: jurisdiction.optional(),
  jurisdictionFrom: z.enum(["number", "address", "ip", "declared"]).optional(),
  age: z.int().min(0).max(150).optional(),
  authentication: z.enum(["none", "one", "two_factor"]).optional(),
  identifiers: z.array(identifier).max(64).optional(),
  name: name.optional(),
  bot: z.object({ name, version: z.string().max(100).optional() }).optional(),
});

/** Any JSON: the policy's allow-list decides what is kept, the rest is dropped and counted. */
const attributes = z.record(z.string(), z.unknown());

const related = z
  .array(z.object({ ref: vendorId, relation: z.enum(["transfer", "callback", "consult", "merged"]) }))
  .max(32);

const legReason = z.enum(["initial", "transfer", "consult", "conference", "callback", "monitor", "barge"]);

const evidence = z.object({
  kind: z.enum(["turn", "audio", "event", "document", "external"]),
  digest: code.optional(),
  ref: reference.optional(),
});

const part = z.object({
  kind: z.enum(["text", "attachment", "keypad", "selection"]),
  role: z.enum(["body", "subject", "quoted", "signature"]).optional(),
  text: z.string().max(maxTextUnits).optional(),
  /** Of a text: text/plain (default) or text/html. Of an attachment: whatever it is. */
  mediaType: z.string().max(100).optional(),
  name: name.optional(),
  bytes: z.int().min(0).optional(),
  sha256: code.optional(),
});

const turn = z.object({
  id: vendorId,
  party: vendorId,
  leg: vendorId.optional(),
  startAt: instant,
  endAt: instant.optional(),
  timeFrom: z.enum(["utterance", "sent", "received"]),
  content: z.array(part).max(64),
  origin: z.enum(["typed", "asr", "ivr", "bot", "translated"]),
  engine: z
    .object({ id: code, model: code.optional(), confidence: z.number().min(0).max(1).optional() })
    .optional(),
  language: language.optional(),
  words: z
    .array(
      z.object({
        text: z.string().max(1000),
        startMs: offsetMs,
        endMs: offsetMs,
        confidence: z.number().min(0).max(1).optional(),
      }),
    )
    .max(20_000)
    .optional(),
  redactedBySource: z
    .array(z.object({ start: z.int().min(0), end: z.int().min(0), kind: code }))
    .max(1000)
    .optional(),
  visibility: z.enum(["all", "internal"]).optional(),
  inReplyTo: vendorId.optional(),
});

const consent = z
  .object({
    id: vendorId,
    party: vendorId.optional(),
    subject: identifier.optional(),
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
    at: instant,
    notice: z.object({ id: code, version: code }).optional(),
    evidence,
    scope: z.enum(["conversation", "standing"]),
    expiresAt: instant.optional(),
    guardian: z.object({ party: vendorId }).optional(),
  })
  .superRefine((record, context) => {
    // A standing consent is found again by its subject's token; a party is known in one conversation only.
    if (record.scope === "standing" && record.subject === undefined)
      context.addIssue({ code: "custom", path: ["subject"], message: "required" });
    if (record.party === undefined && record.subject === undefined)
      context.addIssue({ code: "custom", path: ["party"], message: "required" });
  });

/** The data of every event as it comes at the door: the vendor's ids, RFC 3339 times (contract of events, version 1). */
export const doorData = {
  "conversation.started": z.object({
    channel: z.enum(channels),
    direction: z.enum(["inbound", "outbound", "internal"]),
    startedAt: instant,
    parties: z.array(party).max(maxParties),
    controller: z.object({ name: name.optional(), jurisdiction: jurisdiction.optional() }).optional(),
    ai: z.object({ uses: z.array(code).max(16), disclosedAt: instant.optional() }).optional(),
    processors: z.array(code).max(32).optional(),
    bases: z
      .array(
        z.object({
          purpose: code,
          party: vendorId.optional(),
          basis: code,
          documented: z.boolean().optional(),
          optOutOffered: z.boolean().optional(),
          ref: reference.optional(),
        }),
      )
      .max(64)
      .optional(),
    /** Absent means that there is personal data: only a sender who says no is believed. */
    personalData: z.boolean().default(true),
    related: related.optional(),
    sensitivity: z.enum(["payment", "health", "minor", "none"]).optional(),
    retention: z.object({ class: code.optional() }).optional(),
    attributes: attributes.optional(),
  }),
  "conversation.updated": z.object({
    at: instant,
    attributes: attributes.optional(),
    related: related.optional(),
    line: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .optional(),
  }),
  "leg.started": z.object({
    leg: vendorId,
    at: instant,
    reason: legReason,
    from: vendorId.optional(),
    ref: reference.optional(),
    parties: z.array(vendorId).max(maxParties),
  }),
  "leg.ended": z.object({
    leg: vendorId,
    at: instant,
    reason: legReason.optional(),
    from: vendorId.optional(),
    ref: reference.optional(),
    parties: z.array(vendorId).max(maxParties).optional(),
  }),
  "party.joined": z.object({ party, leg: vendorId.optional(), at: instant }),
  "party.left": z.object({ party: vendorId, leg: vendorId.optional(), at: instant }),
  "capture.changed": z.object({
    at: instant,
    leg: vendorId.optional(),
    media: z.enum(["audio", "screen", "text"]),
    state: z.enum(["started", "paused", "resumed", "stopped"]),
    reason: z.enum(["operator", "payment", "hold", "consult", "control"]).optional(),
  }),
  "notice.delivered": z.object({
    party: vendorId,
    at: instant,
    notice: z.object({ id: code, version: code, language: language.optional(), digest: code.optional() }),
    means: z.enum(["spoken", "text", "link", "tone", "ivr"]),
    completed: z.boolean(),
    recorded: z.boolean().optional(),
    evidence: evidence.optional(),
  }),
  "consent.recorded": consent,
  "turn.added": turn,
  "turn.replaced": z.object({
    turn: vendorId,
    at: instant,
    reason: z.enum(["edited", "asr_correction"]),
    with: turn,
  }),
  "turn.removed": z.object({
    turn: vendorId,
    at: instant,
    reason: z.enum(["retracted", "erased_by_source"]),
  }),
  "recording.available": z.object({
    id: vendorId,
    leg: vendorId.optional(),
    uri: z.string().min(1).max(2000),
    /** The name of a credential that we keep, never the credential. */
    credential: z.string().max(100).optional(),
    mediaType: z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+$/),
    sha256: code.optional(),
    startedAt: instant,
    durationMs: offsetMs.optional(),
    channels: z.array(z.object({ index: z.int().min(0), party: vendorId })).max(16),
    pauses: z
      .array(z.object({ startMs: offsetMs, endMs: offsetMs }))
      .max(1000)
      .optional(),
  }),
  "conversation.ended": z.object({
    at: instant,
    reason: z.enum(["completed", "abandoned", "timeout", "error"]),
    disposition: code.optional(),
    attributes: attributes.optional(),
  }),
} as const satisfies Record<EventKind, z.ZodType>;
