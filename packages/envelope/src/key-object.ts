import { id } from "@sotto/contracts";
import { z } from "zod";

import { EnvelopeError, KeyGoneError } from "./errors.ts";

const fingerprint = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** A data key as a key object keeps it: wrapped, with the fingerprint of what must come out. */
export const wrappedSlot = z.strictObject({
  kek: z.string().min(1).max(2048),
  wrapped: z.base64().max(16_384),
  fingerprint,
  createdAt: z.int().min(0),
});
export type WrappedSlot = z.infer<typeof wrappedSlot>;

const byGeneration = z.record(z.string().regex(/^(0|[1-9][0-9]{0,15})$/), wrappedSlot);
const noSlots = z.strictObject({});

/** The key object of a conversation (docs/formats/keys.md). Erased is for good: it has no slot and gets none. */
export const conversationKeys = z.discriminatedUnion("state", [
  z.strictObject({
    version: z.literal(1),
    state: z.literal("live"),
    tenant: id,
    archive: byGeneration,
    raw: byGeneration,
  }),
  z.strictObject({
    version: z.literal(1),
    state: z.literal("erased"),
    tenant: id,
    archive: noSlots,
    raw: noSlots,
    /** Of what it held when it was erased, so that a repeat after a crash can still tell. */
    fingerprints: z.array(fingerprint),
  }),
]);
export type ConversationKeys = z.infer<typeof conversationKeys>;

const single = {
  version: z.literal(1),
  tenant: id,
  slot: z.enum(["facts", "grants", "parked", "register", "rows", "pepper"]),
  generation: z.int().min(0),
  /** The file of `rows`, the kind of a pepper, else null. */
  name: id.nullable(),
};

/** The key object of a day, a year, a pepper or a row file: one key, until it is shredded for good. */
export const singleKey = z.discriminatedUnion("state", [
  z.strictObject({ ...single, state: z.literal("live"), key: wrappedSlot }),
  z.strictObject({ ...single, state: z.literal("shredded"), fingerprint: fingerprint.nullable() }),
]);
export type SingleKey = z.infer<typeof singleKey>;

/** Reads the key object of a conversation; EnvelopeError when it is malformed or another tenant's. */
export const readConversationKeys = (name: string, bytes: Uint8Array, tenant: string): ConversationKeys =>
  ofTenant(name, parse(name, bytes, conversationKeys), tenant);

/** Reads the key object of one key; EnvelopeError when it is malformed or another tenant's. */
export const readSingleKey = (name: string, bytes: Uint8Array, tenant: string): SingleKey =>
  ofTenant(name, parse(name, bytes, singleKey), tenant);

export const writeKeyObject = (object: ConversationKeys | SingleKey): Uint8Array =>
  Buffer.from(JSON.stringify(object), "utf8");

/** The slots of a conversation that is not erased. */
export const liveKeys = (name: string, object: ConversationKeys) => {
  if (object.state === "live") return object;
  throw new KeyGoneError("erased", `The conversation of key object ${name} is erased`);
};

const parse = <T>(name: string, bytes: Uint8Array, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    // Without the cause: a parser's message quotes what it read.
    throw new EnvelopeError(`Cannot read key object ${name}: malformed`);
  }
};

// Stops a tenant that learnt another one's conversation id from adding slots to it or reading its state.
const ofTenant = <T extends { tenant: string }>(name: string, object: T, tenant: string): T => {
  if (object.tenant !== tenant) throw new EnvelopeError(`Key object ${name} belongs to another tenant`);
  return object;
};
