import { createHmac } from "node:crypto";

import { encodeCbor, type Admission } from "@sotto/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  admissionHeader,
  dataKey,
  digestFrame,
  EnvelopeError,
  readAdmission,
  verifyAdmission,
  verifyAdmissionDigests,
} from "../src/index.ts";

const key = dataKey(new Uint8Array(32).fill(4));
const facts = Buffer.from("a facts frame");
const content = Buffer.from("a content frame");
const event = "e_0123456789abcdefghjkmnpqrs";
const o = { key, event, facts, content };
const admission: Admission = { grant: "g_1", ordinal: 7, part: 0, cut: 1_795_500_000_000, day: 20_261_124 };

test("is accepted for its own event and frames, by the frames and by their digests", () => {
  const read = readAdmission(admissionHeader(admission, o));
  expect(read.admission).toEqual(admission);
  verifyAdmission(read, o);
  verifyAdmissionDigests(read, { ...o, facts: digestFrame(facts), content: digestFrame(content) });
});

test("is accepted without a content frame only where none was", () => {
  const none = { ...o, content: new Uint8Array(0) };
  const read = readAdmission(admissionHeader({ ...admission, grant: null, ordinal: 0 }, none));
  verifyAdmission(read, none);
  expect(() => verifyAdmission(read, o)).toThrow(EnvelopeError);
});

test.each([
  ["another event", { ...o, event: "e_other" }],
  ["another facts frame", { ...o, facts: Buffer.from("another") }],
  ["another content frame", { ...o, content: Buffer.from("another") }],
  ["frames that changed places", { ...o, facts: content, content: facts }],
  ["another day's key", { ...o, key: dataKey(new Uint8Array(32).fill(5)) }],
])("is refused for %s", (_, other) => {
  const read = readAdmission(admissionHeader(admission, o));
  expect(() => verifyAdmission(read, other)).toThrow(EnvelopeError);
});

test.each<[string, Partial<Admission>]>([
  ["grant", { grant: "g_2" }],
  ["grant", { grant: null }],
  ["ordinal", { ordinal: 8 }],
  ["part", { part: 1 }],
  ["cut", { cut: 1_795_500_000_001 }],
  ["day", { day: 20_261_125 }],
])("is refused with another %s than the gate gave", (_, change) => {
  const { mac } = readAdmission(admissionHeader(admission, o));
  expect(() => verifyAdmission({ admission: { ...admission, ...change }, mac }, o)).toThrow(EnvelopeError);
});

test("is refused with any byte of the header changed, in any bit, or cut", () => {
  const header = admissionHeader(admission, o);
  const accept = (bytes: Uint8Array): void => verifyAdmission(readAdmission(bytes), o);
  accept(header);
  for (let at = 0; at < header.length; at += 1) {
    expect(() => accept(header.subarray(0, at))).toThrow(EnvelopeError);
    for (let bit = 1; bit < 256; bit <<= 1)
      expect(() => accept(header.with(at, (header[at] ?? 0) ^ bit)), `byte ${at}`).toThrow(EnvelopeError);
  }
});

test("has a MAC under a key derived for it, not under the grants key that seals frames", () => {
  const { grant, ordinal, part, cut, day } = admission;
  const said = [grant, ordinal, part, cut, day, event, digestFrame(facts), digestFrame(content)];
  const plain = createHmac("sha256", key.bytes).update(encodeCbor(said)).digest();
  const derived = createHmac("sha256", key.derive("sotto admission")).update(encodeCbor(said)).digest();
  const { mac } = readAdmission(admissionHeader(admission, o));
  expect(Buffer.from(mac).equals(derived)).toBe(true);
  expect(Buffer.from(mac).equals(plain)).toBe(false);
});

test("is read from nothing but an admission header, without any other error", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => readAdmission(bytes)).toThrow(EnvelopeError);
    }),
  );
});

test.each([
  ["its fields in another order", (map: Buffer) => Buffer.concat([map.subarray(14), map.subarray(1, 14)])],
  [
    "a number in more bytes than it needs",
    (map: Buffer) => Buffer.from(map.toString("hex").replace(/07$/, "1807"), "hex"),
  ],
])("is refused with %s, although it says the same", (_, change) => {
  const { mac } = readAdmission(admissionHeader(admission, o));
  const map = Buffer.from(encodeCbor(admission));
  // A map of five starts with a5; "cut" and its value are the 13 bytes after it.
  const changed = change(map);
  const whole = changed[0] === 0xa5 ? changed : Buffer.concat([Buffer.from([0xa5]), changed]);
  const header = Buffer.concat([Buffer.from([0x82]), whole, encodeCbor(mac)]);
  expect(
    Buffer.concat([Buffer.from([0x82]), map, encodeCbor(mac)]).equals(admissionHeader(admission, o)),
  ).toBe(true);
  expect(() => readAdmission(header)).toThrow(EnvelopeError);
});

test("is refused where a digest is not one", () => {
  const read = readAdmission(admissionHeader(admission, o));
  expect(() => verifyAdmissionDigests(read, { ...o, facts })).toThrow(EnvelopeError);
});
