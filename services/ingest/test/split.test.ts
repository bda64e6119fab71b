import { createSecretKey } from "node:crypto";

import { bundledPolicy } from "@sotto/consent";
import {
  content as contentSchema,
  doorEvent,
  eventType,
  eventKinds,
  examples,
  facts as factsSchema,
  factsData,
  fieldPlacements,
  type EventKind,
} from "@sotto/contracts";
import { expect, test } from "vitest";

import { gather } from "../src/gathering.ts";
import { namesOf } from "../src/names.ts";
import { split } from "../src/split.ts";

const keyOf = (fill: number) => createSecretKey(Buffer.alloc(32, fill));

const peppers = { id: keyOf(1), subject: keyOf(2), version: 1 };
const conversation = "c_0123456789abcdefghjkmnpqrs";
const allowed = [...bundledPolicy.attributes];

const splitOf = (kind: EventKind, data: unknown = examples[eventType(kind)].data) => {
  const into = gather(namesOf(peppers.id, "/acme/emea"), conversation, peppers);
  const facts = split(doorEvent.parse({ ...examples[eventType(kind)], data }), into, allowed);
  return { facts, into };
};

/** Every leaf of a value with its path as the table of placements writes it. */
const leavesOf = (value: unknown, path: string): Array<[path: string, leaf: unknown]> => {
  if (Array.isArray(value)) return value.flatMap((element) => leavesOf(element, `${path}[]`));
  if (typeof value !== "object" || value === null) return [[path, value]];
  if (path === "attributes") return [];
  return Object.entries(value).flatMap(([name, field]) =>
    leavesOf(field, path === "" ? name : `${path}.${name}`),
  );
};

test.each(eventKinds)("the facts of %s fit their schema, and so does the content", (kind) => {
  const { facts, into } = splitOf(kind);
  expect(facts.kind).toBe(kind);
  expect(factsData[kind].safeParse(facts.data).error?.issues).toBeUndefined();
  expect(contentSchema.safeParse(into.content).error?.issues).toBeUndefined();
  expect(factsSchema.options).toHaveLength(eventKinds.length);
});

test.each(eventKinds)("every field of %s is where the table says, and nowhere else", (kind) => {
  const { facts, into } = splitOf(kind);
  const factsText = JSON.stringify(facts.data);
  const contentText = JSON.stringify(into.content);
  for (const [path, leaf] of leavesOf(examples[eventType(kind)].data, "")) {
    const placement = fieldPlacements[kind][path];
    const isWord = typeof leaf === "string" && leaf.length >= 4;
    if (placement === "content" || placement === "replaced") {
      if (isWord) expect(factsText, path).not.toContain(leaf);
      expect(contentText, path).toContain(JSON.stringify(leaf).replaceAll('"', ""));
    }
    if (placement === "fact" && isWord) {
      const at = Date.parse(leaf);
      expect(factsText, path).toContain(Number.isNaN(at) || !/T/.test(leaf) ? leaf : String(at));
      expect(contentText, path).not.toContain(`:${JSON.stringify(leaf)}`);
    }
  }
});

test("attributes that policy does not list are dropped and counted, listed ones kept as text", () => {
  const attributes = {
    queue: "billing",
    skill: 7,
    campaign: true,
    note: "x",
    region: { a: 1 },
    product: "y".repeat(201),
  };
  const { facts, into } = splitOf("conversation.ended", {
    ...examples["sotto.conversation.ended.v1"].data,
    attributes,
  });
  expect(facts.data).toMatchObject({ attributes: { queue: "billing", skill: "7", campaign: "true" } });
  expect(into.dropped).toBe(3);
});

test("a party's identifiers become tokens, each once, and who has none is nobody", () => {
  const party = (identifiers: unknown) => {
    const { facts } = splitOf("party.joined", {
      at: "2026-11-24T09:00:00Z",
      party: { id: "x", role: "customer", identifiers },
    });
    return facts.kind === "party.joined" ? facts.data.party.tokens : [];
  };
  const phone = { kind: "phone", value: "+46701234567" };
  expect(
    party([phone, { kind: "phone", value: "0046 701 234 567" }, { kind: "email", value: "a@b.se" }]),
  ).toHaveLength(2);
  expect(party([{ kind: "phone", value: "anonymous" }])).toEqual([]);
  expect(party(undefined)).toEqual([]);
});

const turnOf = (content: unknown, more: object = {}) => {
  const base = examples["sotto.turn.added.v1"].data;
  const { facts, into } = splitOf("turn.added", {
    ...base,
    words: undefined,
    redactedBySource: undefined,
    content,
    ...more,
  });
  if (facts.kind !== "turn.added") throw new Error("not a turn");
  return { facts: facts.data, content: into.content, all: JSON.stringify([facts, into.content]) };
};

test("HTML becomes text, and says that it is", () => {
  const { facts, content } = turnOf([
    { kind: "text", role: "body", text: "<p>Hello <b>there</b></p>", mediaType: "text/html; charset=utf-8" },
    { kind: "text", role: "quoted", text: "> before", mediaType: "text/plain" },
  ]);
  expect(content.parts).toEqual([
    { index: 0, text: "Hello there", mediaType: "text/plain" },
    { index: 1, text: "> before", mediaType: "text/plain" },
  ]);
  expect(facts.parts).toEqual([
    { kind: "text", role: "body", chars: 11 },
    { kind: "text", role: "quoted", chars: 8 },
  ]);
});

test("a card security code is in no part, no word and no fact", () => {
  const text = "yes the security code is 737 thank you";
  const words = text.split(" ").map((word, n) => ({ text: word, startMs: n, endMs: n + 1 }));
  const { facts, content, all } = turnOf([{ kind: "text", text }], {
    words,
    redactedBySource: [{ start: 1, end: 2, kind: "X" }],
  });
  expect(all).not.toContain("737");
  expect(facts.stripped).toBe(1);
  expect(content.words?.map((word) => word.text).join(" ")).toBe("yes the security code is thank you");
  expect(facts.words).toBe(7);
  expect(facts.redactedBySource).toEqual([{ start: 0, end: 0, kind: "X" }]);
});

test("a code that one part asks for and the next one shows is cut too", () => {
  const { all } = turnOf([
    { kind: "text", text: "your security code please" },
    { kind: "keypad", text: "7371" },
  ]);
  expect(all).not.toContain("7371");
});

test("a code in HTML is cut", () => {
  const { all } = turnOf([{ kind: "text", text: "CVV: <b>737</b>", mediaType: "text/html" }]);
  expect(all).not.toContain("737");
});

test("a turn without a code keeps every word and every mark", () => {
  const words = [
    { text: "order", startMs: 0, endMs: 5 },
    { text: "737", startMs: 6, endMs: 9, confidence: 0.5 },
  ];
  const { facts, content } = turnOf([{ kind: "text", text: "order 737" }], {
    words,
    redactedBySource: [{ start: 0, end: 5, kind: "ORDER" }],
  });
  expect(content.words).toEqual(words);
  expect(facts.redactedBySource).toEqual([{ start: 0, end: 5, kind: "ORDER" }]);
  expect(facts.stripped).toBeUndefined();
});
