import { createSecretKey } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { namesOf } from "../src/names.ts";

const keyOf = (fill: number) => createSecretKey(Buffer.alloc(32, fill));

const pepper = keyOf(1);
const names = namesOf(pepper, "/acme/emea");

test("ids repeat, and depend on pepper, source, conversation and kind", () => {
  const all = [
    names.within("p", "c_1", "x"),
    names.within("p", "c_2", "x"),
    names.within("t", "c_1", "x"),
    names.within("p", null, "x"),
    namesOf(pepper, "/acme/apac").within("p", "c_1", "x"),
    namesOf(keyOf(0), "/acme/emea").within("p", "c_1", "x"),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(namesOf(pepper, "/acme/emea").within("p", "c_1", "x")).toBe(all[0]);
  expect(names.conversation("x")).toMatch(/^c_[0-9a-z]{26}$/);
  expect(names.event("x")).toMatch(/^e_[0-9a-z]{26}$/);
});

test("no two vendor ids of one conversation share an id, line breaks or not", () => {
  const word = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(
      word,
      word,
      (a, b) => (names.within("p", "c_1", a) === names.within("p", "c_1", b)) === (a === b),
    ),
  );
});

test("the digest is of the event, not of the try, nor of the order of its fields", () => {
  const sent = { id: "1", data: { a: 1, b: ["x"] }, traceparent: "one" };
  const again = { traceparent: "two", data: { b: ["x"], a: 1 }, id: "1" };
  expect(names.digest(again)).toEqual(names.digest(sent));
  for (const other of [
    { ...sent, id: "2" },
    { ...sent, data: { a: 1, b: ["y"] } },
    { ...sent, more: null },
  ])
    expect(names.digest(other)).not.toEqual(names.digest(sent));
});

test("any JSON has a digest, the prototype's own names among its keys", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (data) => {
      expect(names.digest({ data })).toHaveLength(32);
    }),
  );
  expect(names.digest({ data: JSON.parse('{"__proto__":1}') })).not.toEqual(names.digest({ data: {} }));
});
