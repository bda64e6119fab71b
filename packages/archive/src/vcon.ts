import { z } from "zod";

import { grant, id, section, sectionTurn } from "@sotto/contracts";

import { lawfulBasisBody } from "./lawful-basis.ts";
import { timestamp } from "./timestamp.ts";

const index = z.int().min(0);
const uuid = z.uuid({ version: "v8" });

/** A party without name, address or number. `role` is of the contact-centre extension (`CC`). */
const vconParty = z.strictObject({
  type: z.enum(["person", "bot"]),
  role: z.enum(["agent", "customer", "supervisor", "thirdparty"]),
});

/** One turn. A withheld turn keeps its place and has no content, so that indices do not shift. */
const dialog = z
  .strictObject({
    type: z.literal("text"),
    start: timestamp,
    duration: z.number().min(0).optional(),
    parties: z.array(index).length(1),
    originator: index,
    mediatype: z.literal("text/plain").optional(),
    encoding: z.literal("none").optional(),
    body: z.string().optional(),
  })
  .refine(
    (d) => (d.body === undefined) === (d.encoding === undefined),
    "body without encoding, or the reverse",
  )
  .refine(
    (d) => (d.body === undefined) === (d.mediatype === undefined),
    "body without mediatype, or the reverse",
  );

/** What a turn has beside its words, time and party: those stand in the dialog of the same index. */
const turnBody = sectionTurn
  .omit({ party: true, startAt: true, text: true, admission: true, mac: true, frames: true })
  .extend({ grant: id });

/** What a vCon has no field for: one `sotto_section` attachment, JSON, sealed with the rest of the document. */
export const sectionBody = section.omit({ turns: true, grants: true, inputDigest: true }).extend({
  turns: z.array(turnBody),
  /** The grants themselves: their sealed frames die with the day's key, the document outlives it. */
  grants: z.array(grant),
  /** Purposes that a fence had taken from a grant when the section landed. Fences since then decide at the read. */
  stopped: z.array(z.strictObject({ grant: id, purposes: z.array(z.string()).min(1) })),
  /** SHA-256 of the section as it was closed, hexadecimal: says whether two documents have the same input. */
  inputDigest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SectionBody = z.infer<typeof sectionBody>;

const attached = {
  start: timestamp,
  party: index,
  dialog: index,
  mediatype: z.literal("application/json"),
  encoding: z.literal("json"),
};
const attachment = z.discriminatedUnion("purpose", [
  z.strictObject({ purpose: z.literal("lawful_basis"), ...attached, body: lawfulBasisBody }),
  z.strictObject({ purpose: z.literal("sotto_section"), ...attached, body: sectionBody }),
]);

/**
 * The vCon fields that a document has (draft-ietf-vcon-vcon-core, version 0.4.0; CC and lawful_basis extensions). The
 * published JSON schema lets unknown fields pass and so catches no misspelt one; here every object is strict.
 */
export const vcon = z.strictObject({
  vcon: z.literal("0.4.0"),
  uuid,
  extensions: z.tuple([z.literal("CC"), z.literal("lawful_basis")]),
  created_at: timestamp,
  /** Lineage without a URL: the less redacted form was never made into a vCon, and nobody can fetch it. */
  redacted: z.strictObject({ uuid, type: z.literal("personal_data") }),
  parties: z.array(vconParty),
  dialog: z.array(dialog),
  /** Nothing is derived from the words yet. */
  analysis: z.tuple([]),
  attachments: z.array(attachment).min(1).max(2),
});
export type VCon = z.infer<typeof vcon>;
export type VConDialog = VCon["dialog"][number];
