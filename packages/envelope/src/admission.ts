import { createHmac, timingSafeEqual } from "node:crypto";

import { admission as schema, decodeCbor, encodeCbor, type Admission } from "@sotto/contracts";

import type { DataKey } from "./data-key.ts";
import { EnvelopeError } from "./errors.ts";
import { digestFrame } from "./frame.ts";

/** What an admission is bound to. `key` is the grants key of its day; a missing frame is empty bytes. */
export interface Admitted {
  readonly key: DataKey;
  readonly event: string;
  /** The frames themselves, or for the digest form SHA-256 of each. */
  readonly facts: Uint8Array;
  readonly content: Uint8Array;
}

/** An admission as it stands in a header. */
export interface AdmissionHeader {
  readonly admission: Admission;
  readonly mac: Uint8Array;
}

/** The value of header `admission` for that event with those frames (docs/formats/admission.md). */
export const admissionHeader = (a: Admission, o: Admitted): Uint8Array =>
  encodeCbor([schema.parse(a), mac(a, digested(o))]);

/** Reads such a header. Not authenticated: nothing may follow from it before it was verified. */
export const readAdmission = (header: Uint8Array): AdmissionHeader => {
  try {
    const decoded = decodeCbor(header);
    if (!Array.isArray(decoded) || decoded.length !== 2) throw new TypeError("Not a pair");
    const [map, tag]: unknown[] = decoded;
    if (!(tag instanceof Uint8Array) || tag.length !== 32) throw new TypeError("No 32-byte MAC");
    const parsed = schema.parse(map);
    // One admission, one encoding: a variant that decodes alike would pass for another header.
    if (!Buffer.from(encodeCbor([parsed, tag])).equals(header)) throw new TypeError("Not deterministic");
    return { admission: parsed, mac: Uint8Array.from(tag) };
  } catch {
    throw new EnvelopeError("Cannot read admission: malformed");
  }
};

/**
 * Throws EnvelopeError unless the gate made that admission for that very event with those very frames. It stops a frame
 * that was copied past the gate, and a discarded turn's frame beside another turn's admission.
 */
export const verifyAdmission = (x: AdmissionHeader, o: Admitted): void =>
  verifyAdmissionDigests(x, digested(o));

/** The same for later doors, which have the frames' digests only. */
export const verifyAdmissionDigests = (x: AdmissionHeader, o: Admitted): void => {
  const expected = mac(x.admission, o);
  // Constant time: a byte-wise comparison would tell a forger how much of a guess was right.
  if (x.mac.length !== expected.length || !timingSafeEqual(x.mac, expected))
    throw new EnvelopeError("Cannot accept admission: authentication failed");
};

const digested = (o: Admitted): Admitted => ({
  ...o,
  facts: digestFrame(o.facts),
  content: digestFrame(o.content),
});

/** The grants key seals frames; a MAC gets a key of its own, derived from it, so that no key has two algorithms. */
const mac = (a: Admission, o: Admitted): Uint8Array => {
  if (o.facts.length !== 32 || o.content.length !== 32)
    throw new EnvelopeError("Cannot accept admission: a frame's digest has 32 bytes");
  const said = [a.grant, a.ordinal, a.part, a.cut, a.day, o.event, o.facts, o.content];
  return createHmac("sha256", o.key.derive("sotto admission")).update(encodeCbor(said)).digest();
};
