import { expect, test } from "vitest";

import { tokenize } from "../src/tokens.ts";

test("cuts words, numbers, marks and placeholders, with their places", () => {
  const text = "O'Brien paid 12.50€, [PERSON_1] didn't";
  expect(tokenize(text).map((t) => [t.kind, text.slice(t.start, t.end), t.spaced])).toEqual([
    ["word", "O'Brien", true],
    ["word", "paid", true],
    ["number", "12", true],
    ["mark", ".", false],
    ["number", "50", false],
    ["mark", "€", false],
    ["mark", ",", false],
    ["placeholder", "[PERSON_1]", true],
    ["word", "didn't", true],
  ]);
});

test.each([
  ["١٢٣", "123"],
  ["१२३", "123"],
  ["123", "123"],
])("digits of every script are digits: %s", (text, digits) => {
  expect(tokenize(text).map((t) => [t.kind, t.lower])).toEqual([["number", digits]]);
});

test.each(["[person_1]", "[PERSON", "[]", "[P]", "[PERSON_]"])("%s is no placeholder", (text) => {
  expect(tokenize(text).every((t) => t.kind !== "placeholder")).toBe(true);
});

test("tells lower case, capitalised and all capitals apart", () => {
  expect(tokenize("abc Abc ABC ß").map((t) => t.upper)).toEqual([0, 1, 2, 0]);
});
