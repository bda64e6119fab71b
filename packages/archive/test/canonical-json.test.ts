import fc from "fast-check";
import { expect, test } from "vitest";

import { canonicalJson } from "@sotto/archive";

test("sorts keys by UTF-16 code unit and writes numbers and strings as RFC 8785 does", () => {
  // The example of RFC 8785 §3.2.2 and §3.2.3, its keys and values.
  const value = {
    numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  expect(canonicalJson({ "\ufb33": 1, "\u{1f600}": 2, "\u20ac": 3, "1": 4 })).toBe(
    '{"1":4,"€":3,"\u{1f600}":2,"\ufb33":1}',
  );
});

test("does not depend on the order in which fields were set, and loses nothing", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: true })), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ["undefined", { a: undefined }],
  ["not a number", [Number.NaN]],
  ["infinity", Infinity],
  ["bytes", { a: new Uint8Array(2) }],
  ["a date", new Date(0)],
  ["a map", new Map()],
  ["half a character", "\ud800"],
])("refuses %s", (_, value) => {
  expect(() => canonicalJson(value)).toThrow("Cannot write JSON");
});
