import { hkdfSync } from "node:crypto";
import { inspect } from "node:util";
import { serialize } from "node:v8";

import { expect, test } from "vitest";

import { dataKey, UnavailableError } from "../src/index.ts";

const bytes = Uint8Array.from({ length: 32 }, (_, n) => n + 100);
const secret = Buffer.from(bytes).toString("hex");

test("is named by HKDF of itself (RFC 5869)", () => {
  const key = dataKey(bytes);
  const kid = Buffer.from(hkdfSync("sha256", bytes, "", "sotto key id", 32));
  expect(Buffer.from(key.kid).equals(kid)).toBe(true);
  expect(key.fingerprint).toBe(kid.subarray(0, 16).toString("base64url"));
});

test("derives a key of its own for each use", () => {
  const key = dataKey(bytes);
  const mac = Buffer.from(hkdfSync("sha256", bytes, "", "sotto admission", 32));
  expect(key.derive("sotto admission").export().equals(mac)).toBe(true);
  expect(key.derive("sotto admission")).toBe(key.derive("sotto admission"));
});

test("copies its bytes, so that the giver can zero its own", () => {
  const given = Uint8Array.from(bytes);
  const key = dataKey(given);
  given.fill(0);
  expect(Buffer.from(key.bytes).toString("hex")).toBe(secret);
});

test("zeroes all it holds, and throws from then on", () => {
  const key = dataKey(bytes);
  const held = key.bytes;
  key.derive("sotto admission");
  key.zero();
  expect([...held].every((byte) => byte === 0)).toBe(true);
  expect(() => key.secret).toThrow(UnavailableError);
  expect(() => key.bytes).toThrow(UnavailableError);
  expect(() => key.derive("sotto admission")).toThrow(UnavailableError);
  expect(() => key.derive("other")).toThrow(UnavailableError);
  expect(key.kid).toHaveLength(32);
});

test("shows its fingerprint only", () => {
  const key = dataKey(bytes);
  const shown = [
    JSON.stringify({ key }),
    inspect(key, { showHidden: true, depth: 9 }),
    inspect(Object.assign({}, key)),
    inspect(structuredClone(key)),
    serialize(key).toString("hex"),
    String(key),
  ].join(" ");
  expect(shown).toContain(key.fingerprint);
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain("100, 101, 102");
});

test.each([0, 16, 31, 33, 64])("refuses %i bytes", (length) => {
  expect(() => dataKey(new Uint8Array(length))).toThrow(RangeError);
});
