import { format, inspect } from "node:util";
import { serialize } from "node:v8";

import { expect, test } from "vitest";

import { Clear } from "../src/index.ts";

const said = "my card is 4111";
const clear = Clear.of(said);

test("reveals what was said to who asks for it", () => {
  expect(clear.reveal()).toBe(said);
});

test.each([
  ["a sum", "" + clear],
  ["String", String(clear)],
  ["JSON", JSON.stringify({ clear })],
  ["inspect", inspect({ clear }, { showHidden: true, depth: 9 })],
  [
    "inspect without custom functions",
    inspect(clear, { customInspect: false, showHidden: true, getters: true }),
  ],
  ["format", format("%s %o %j", clear, clear, clear)],
  ["spread", JSON.stringify(Object.assign({}, clear))],
  ["its keys", Reflect.ownKeys(clear).join()],
  ["structuredClone", inspect(structuredClone({ clear }))],
  ["the format of worker messages", serialize(clear).toString("latin1")],
  ["an error", String(new Error("failed", { cause: clear }).cause)],
])("says nothing of it in %s", (_, shown) => {
  expect(shown).not.toContain("4111");
});

test.each([
  ["toString", clear.toString()],
  ["toJSON", clear.toJSON()],
  ["inspect", inspect(clear)],
])("says [clear] in %s", (_, shown) => expect(shown).toBe("[clear]"));
