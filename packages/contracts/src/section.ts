import { z } from "zod";

import { bytes, id, ms } from "./facts.ts";

/** Something the redactor found: positions in the redacted text, in UTF-16 units. Never a value. */
export const finding = z.strictObject({
  kind: z.string().max(40),
  placeholder: z.string().max(60),
  start: z.int().min(0),
  length: z.int().min(1),
  score: z.number().min(0).max(1),
  recognizer: z.string().max(80),
  origin: z.enum(["sotto", "source"]),
});
export type Finding = z.infer<typeof finding>;

/** The proof that a frame was let through: what `admitted` carries beside it (docs/formats/admission.md). */
export const admission = z.strictObject({
  grant: id.nullable(),
  ordinal: z.int().min(0),
  part: z.int().min(0),
  cut: ms,
  day: z.int(),
});
export type Admission = z.infer<typeof admission>;

/** One redacted turn as the section carries it. `admission` and the digests let a later door prove it anew. */
export const sectionTurn = z.strictObject({
  ordinal: z.int().min(1),
  part: z.int().min(0),
  id,
  event: id,
  party: id,
  leg: id.optional(),
  startAt: ms,
  endAt: ms.optional(),
  sequence: z.int().optional(),
  timeFrom: z.enum(["utterance", "sent", "received"]),
  origin: z.enum(["typed", "asr", "ivr", "bot", "translated"]),
  engine: z
    .strictObject({ id: z.string(), model: z.string().optional(), confidence: z.number().optional() })
    .optional(),
  language: z.string().optional(),
  /** null when withheld: the reason stands in `withheld`, the text lands nowhere. */
  text: z.string().nullable(),
  withheld: z.string().optional(),
  findings: z.array(finding),
  redactedBySource: z.boolean(),
  replaces: id.optional(),
  admission,
  mac: bytes,
  frames: z.strictObject({ facts: bytes, content: bytes }),
});
export type SectionTurn = z.infer<typeof sectionTurn>;

/** How an ordinal ended elsewhere than in a document; the last end of an ordinal counts. */
export const ended = z.strictObject({
  ordinal: z.int().min(1),
  part: z.int().min(0).optional(),
  end: z.enum(["archived", "discarded", "replaced", "removed", "erased", "expired", "quarantined"]),
  reason: z.string(),
});
export type Ended = z.infer<typeof ended>;

const sectionParty = z.strictObject({
  id,
  role: z.enum(["customer", "agent", "bot", "supervisor", "third_party"]),
  language: z.string().optional(),
  tokens: z.array(z.string()),
});

/**
 * A closed, redacted section: what the redactor seals under slot `archive` and the archiver turns into a document.
 * `grants` are the sealed grant frames themselves, so that the archiver can open and ask each again.
 */
export const section = z.strictObject({
  v: z.literal(1),
  conversation: id,
  tenant: id,
  line: id,
  section: z.int().min(1),
  channel: z.enum(["voice", "chat", "email", "sms", "video"]),
  direction: z.enum(["inbound", "outbound", "internal"]),
  vendor: z.string(),
  startedAt: ms,
  endedAt: ms.optional(),
  endReason: z.string().optional(),
  disposition: z.string().optional(),
  attributes: z.record(z.string(), z.string()).optional(),
  parties: z.array(sectionParty),
  pauses: z.array(z.strictObject({ from: ms, to: ms.optional(), reason: z.string() })),
  turns: z.array(sectionTurn),
  /** Ordinals of this section that no document will hold. */
  ends: z.array(ended),
  /** Original turns that a removal in this section marks. */
  removes: z.array(id),
  grants: z.array(z.strictObject({ id, day: z.int(), frame: bytes })),
  receipt: z.strictObject({
    engine: z.string(),
    kinds: z.record(z.string(), z.int()),
    languages: z.array(z.string()),
    withheld: z.int(),
  }),
  /** SHA-256 over the ordered event ids and frame digests of the section as it was closed, before fences. */
  inputDigest: bytes,
  closedAt: ms,
  cause: z.enum(["ended", "gap", "age", "size", "line"]),
});
export type Section = z.infer<typeof section>;

/** What a record on `landed` says, sealed under the grants key of the day. */
export const landed = z.strictObject({
  v: z.literal(1),
  conversation: id,
  section: z.int().min(0),
  ordinals: z.array(z.int().min(1)),
  ends: z.array(ended),
  object: z.string().nullable(),
  sha256: z.string().nullable(),
  at: ms,
});
export type Landed = z.infer<typeof landed>;
