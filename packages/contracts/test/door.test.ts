import { expect, test } from "vitest";

import {
  doorEvent,
  doorLimits,
  eventKinds,
  eventTypes,
  examples,
  kindOf,
  type EventType,
} from "../src/index.ts";

const changed = (type: EventType, change: Record<string, unknown>, data: Record<string, unknown> = {}) => ({
  ...examples[type],
  ...change,
  data: { ...examples[type].data, ...data },
});
const pathsOf = (event: unknown): string[] =>
  doorEvent.safeParse(event).error?.issues.map((issue) => issue.path.join("/")) ?? [];

test.each(eventTypes)("the example of %s is valid", (type) => {
  expect(doorEvent.safeParse(examples[type]).error?.issues).toBeUndefined();
});

test("there is one example for each kind of event, and no other", () => {
  expect(new Set(Object.keys(examples).map(kindOf))).toEqual(new Set(eventKinds));
  expect(Object.keys(examples)).toHaveLength(eventKinds.length);
});

test.each([undefined, null, 7, "sotto.turn.added", "sotto.turn.added.v2", "__proto__", "constructor"])(
  "%s is no type of ours",
  (type) => expect(kindOf(type)).toBeUndefined(),
);

test.each(eventTypes)("%s without any of its required attributes is refused, by its name", (type) => {
  for (const name of ["specversion", "id", "source", "time", "channel", "data"])
    expect(pathsOf({ ...examples[type], [name]: undefined })[0]?.split("/")[0]).toBe(name);
});

test("times come out as epoch ms", () => {
  const event = doorEvent.parse(examples["sotto.turn.added.v1"]);
  expect(event.time).toBe(Date.UTC(2026, 10, 24, 9, 0, 6));
});

test("fields that no schema names are stripped, keys of the prototype among them", () => {
  const event: unknown = JSON.parse(
    JSON.stringify(examples["sotto.party.left.v1"]).replace(
      '"data":{',
      '"data":{"__proto__":{"x":1},"extra":1,',
    ),
  );
  const parsed = doorEvent.parse(event);
  expect(Object.keys(parsed.data)).not.toContain("extra");
  expect(Object.getPrototypeOf(parsed.data)).toBe(Object.prototype);
});

test.each([
  ["source", changed("sotto.turn.added.v1", { source: "acme" })],
  ["sequence", changed("sotto.turn.added.v1", { sequence: "-1" })],
  ["id", changed("sotto.turn.added.v1", { id: "x".repeat(129) })],
  ["subject", changed("sotto.turn.added.v1", { subject: undefined })],
  ["channel", changed("sotto.conversation.started.v1", { channel: "chat" })],
  ["tenant", changed("sotto.turn.added.v1", { tenant: "a/b" })],
  ["data/startAt", changed("sotto.turn.added.v1", {}, { startAt: 1_700_000_000_000 })],
  ["data/engine/confidence", changed("sotto.turn.added.v1", {}, { engine: { id: "x", confidence: 2 } })],
  ["data/subject", changed("sotto.consent.recorded.v1", {}, { scope: "standing", subject: undefined })],
  ["data/party", changed("sotto.consent.recorded.v1", {}, { party: undefined, subject: undefined })],
  [
    "data/parties",
    changed(
      "sotto.conversation.started.v1",
      {},
      { parties: Array.from({ length: doorLimits.parties + 1 }, (_, n) => ({ id: `p${n}`, role: "agent" })) },
    ),
  ],
  [
    "data/content/0/text",
    changed(
      "sotto.turn.added.v1",
      {},
      { content: [{ kind: "text", text: "x".repeat(doorLimits.textUnits + 1) }] },
    ),
  ],
])("a wrong %s is refused by its path", (path, event) => expect(pathsOf(event)).toContain(path));

test("a text of exactly the limit and exactly the most parties are taken", () => {
  const content = [{ kind: "text", text: "x".repeat(doorLimits.textUnits) }];
  const parties = Array.from({ length: doorLimits.parties }, (_, n) => ({ id: `p${n}`, role: "agent" }));
  expect(pathsOf(changed("sotto.turn.added.v1", {}, { content }))).toEqual([]);
  expect(pathsOf(changed("sotto.conversation.started.v1", {}, { parties }))).toEqual([]);
});

test("only a standing consent may belong to no conversation", () => {
  expect(
    pathsOf(changed("sotto.consent.recorded.v1", { subject: undefined }, { scope: "standing" })),
  ).toEqual([]);
  expect(pathsOf(changed("sotto.consent.recorded.v1", { subject: undefined }))).toContain("subject");
});
