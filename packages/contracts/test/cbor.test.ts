import { encode, rfc8949EncodeOptions } from "cborg";
import fc from "fast-check";
import { expect, test } from "vitest";

import { decodeCbor, encodeCbor } from "../src/index.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

// RFC 8949 appendix A and §4.2.1: shortest integers and floats, map keys in bytewise order.
test.each([
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [1.5, "f93e00"],
  [1.1, "fb3ff199999999999a"],
  [null, "f6"],
  ["ü", "62c3bc"],
  [Uint8Array.of(1, 2), "420102"],
  [{ b: 1, a: 2, aa: 3 }, "a361610261620162616103"],
])("%j is %s", (value, text) => expect(hex(encodeCbor(value))).toBe(text));

test("equal values give equal bytes whatever the order of their keys, and come back", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (map) => {
      const reversed = Object.fromEntries(Object.entries(map).toReversed());
      expect(hex(encodeCbor(reversed))).toBe(hex(encodeCbor({ ...map })));
      expect(decodeCbor(encodeCbor({ ...map }))).toEqual({ ...map });
    }),
  );
});

test.each([
  ["trailing bytes", "0000"],
  ["an indefinite length", "9f00ff"],
  ["a doubled key", "a2616100616101"],
  ["undefined", "f7"],
  ["an integer longer than it needs", "1817"],
  ["a cut item", "6261"],
])("%s is refused", (_, text) => expect(() => decodeCbor(Buffer.from(text, "hex"))).toThrow());

test("the bytes are those of the library's own RFC 8949 option", () => {
  const value = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
  const keys = fc.array(fc.string({ unit: "binary", maxLength: 300 }));
  const map = keys.map((names) => Object.fromEntries(names.map((name, n) => [name, n])));
  fc.assert(
    fc.property(fc.oneof(value, map), (any) => {
      expect(hex(encodeCbor(any))).toBe(hex(encode(any, rfc8949EncodeOptions)));
    }),
    { numRuns: 500 },
  );
});
