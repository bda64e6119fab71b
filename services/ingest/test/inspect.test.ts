import fc from "fast-check";
import { expect, test } from "vitest";

import { inspect, pointer } from "../src/inspect.ts";

const nested = (depth: number): object => {
  let value: object = {};
  for (let n = 1; n < depth; n += 1) value = { data: value };
  return value;
};

test.each([1, 7, 8])("objects nested %i deep are taken", (depth) =>
  expect(inspect(nested(depth))).toBeNull(),
);
test.each([9, 100, 200_000])("objects nested %i deep are refused, and nothing overflows", (depth) => {
  expect(inspect(nested(depth))).toEqual({ reason: "TOO_DEEP" });
});
test("arrays count as objects do", () => {
  const event: unknown = JSON.parse(`{"data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
  expect(inspect(event as object)?.reason).toBe("TOO_DEEP");
});

test.each([
  ["a NUL", "a\u0000b"],
  ["a high surrogate alone", "a\ud83d"],
  ["a low surrogate alone", "\ude00b"],
  ["a pair the wrong way round", "\ude00\ud83d"],
])("%s is no text, wherever it stands", (_, bad) => {
  const at = [{ pointer: "/data/content/0/text", detail: "not text" }];
  expect(inspect({ data: { content: [{ text: bad }] } })).toEqual({ reason: "BAD_TEXT", errors: at });
  expect(inspect({ data: { [bad]: 1 } })?.reason).toBe("BAD_TEXT");
});

test("all well-formed text is taken", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const isBad = text.includes("\u0000") || !text.isWellFormed();
      expect(inspect({ data: { note: text } }) !== null).toBe(isBad);
    }),
  );
});

test("a pointer stops at the first name that is not ours", () => {
  expect(pointer(["data", "parties", 3, "name"])).toBe("/data/parties/3/name");
  expect(pointer(["data", "attributes", "anna@example.com", "x"])).toBe("/data/attributes");
});
