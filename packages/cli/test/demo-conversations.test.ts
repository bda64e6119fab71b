import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { expect, test } from "vitest";
import { z } from "zod";

const file = new URL("../demo/conversations.jsonl.gz", import.meta.url);
const conversation = z.strictObject({
  channel: z.enum(["voice", "chat", "email"]),
  language: z.enum(["en-GB", "en-US", "de-DE"]),
  title: z.string().min(1).max(80),
  source: z.enum(["evi", "abcd", "multiwoz", "sotto"]),
  turns: z
    .array(z.strictObject({ role: z.enum(["customer", "agent", "bot"]), text: z.string().min(1).max(4000) }))
    .min(2),
  planted: z.array(z.strictObject({ kind: z.string().regex(/^[A-Z_]+$/), value: z.string().min(2) })),
});
const conversations = gunzipSync(readFileSync(file))
  .toString("utf8")
  .trimEnd()
  .split("\n")
  .map((line) => conversation.parse(JSON.parse(line)));

const textOf = (c: (typeof conversations)[number]): string => c.turns.map((turn) => turn.text).join("\n");
const count = (by: (c: (typeof conversations)[number]) => string) =>
  Object.fromEntries([...Map.groupBy(conversations, by)].map(([key, of]) => [key, of.length]));
const planted = (kind: string): string[] =>
  conversations.flatMap((c) => c.planted.filter((p) => p.kind === kind).map((p) => p.value));

test("the demo's conversations are as many, in channels, languages and sources, as NOTICE says", () => {
  expect(statSync(file).size).toBeLessThan(400_000);
  expect(count((c) => c.channel)).toEqual({ chat: 100, email: 8, voice: 96 });
  expect(count((c) => c.language.slice(0, 2))).toEqual({ de: 24, en: 180 });
  expect(count((c) => c.source)).toEqual({ abcd: 20, evi: 88, multiwoz: 40, sotto: 56 });
});

test("every planted identifier stands in its conversation, once in its list", () => {
  for (const c of conversations) {
    const text = textOf(c);
    expect(c.planted.filter((p) => !text.includes(p.value))).toEqual([]);
    expect(new Set(c.planted.map((p) => `${p.kind} ${p.value}`)).size).toBe(c.planted.length);
  }
});

test("no two conversations are the same, and none has an empty or ill-formed turn", () => {
  expect(new Set(conversations.map(textOf)).size).toBe(conversations.length);
  for (const { text } of conversations.flatMap((c) => c.turns)) {
    expect(text.trim()).toBe(text);
    expect(text.isWellFormed() && !text.includes("\0")).toBe(true);
  }
});

const spoken: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "zero one two three four five six seven eight nine",
    "null eins zwei drei vier fünf sechs sieben acht neun",
  ].flatMap((words) => words.split(" ").map((word, digit) => [word, String(digit)])),
);
const written = (value: string): string =>
  value
    .split(/\s+/)
    .map((word) => spoken[word] ?? word)
    .join("")
    .toUpperCase();

const hasLuhnChecksum = (digits: string): boolean =>
  Array.from(digits)
    .toReversed()
    .map((digit, i) => (i % 2 === 0 ? Number(digit) : (Number(digit) * 2) % 9 || Number(digit)))
    .reduce((sum, digit) => sum + digit, 0) %
    10 ===
  0;

test("our own cards have a valid checksum (ISO/IEC 7812-1), IBANs too (ISO 13616), written or spoken", () => {
  const cards = conversations
    .filter((c) => c.source === "sotto")
    .flatMap((c) => c.planted.filter((p) => p.kind === "PAYMENT_CARD").map((p) => written(p.value)));
  expect(cards.length).toBeGreaterThanOrEqual(8);
  expect(cards.filter((card) => !hasLuhnChecksum(card))).toEqual([]);
  const ibans = planted("IBAN").map(written);
  expect(ibans.length).toBeGreaterThanOrEqual(10);
  const rest = (iban: string): bigint =>
    BigInt((iban.slice(4) + iban.slice(0, 4)).replaceAll(/[A-Z]/g, (c) => String(Number.parseInt(c, 36)))) %
    97n;
  expect(ibans.filter((iban) => rest(iban) !== 1n)).toEqual([]);
});

test.each([
  ["PERSON", 200],
  ["POSTCODE", 150],
  ["DATE_OF_BIRTH", 150],
  ["EMAIL", 20],
  ["PHONE", 15],
  ["ADDRESS", 15],
  ["ORDER_ID", 25],
  ["ACCOUNT_ID", 12],
  ["CARD_SECURITY_CODE", 3],
  ["PASSWORD", 3],
  ["USERNAME", 8],
])("plants enough of %s to search for", (kind, atLeast) => {
  expect(planted(kind).length).toBeGreaterThanOrEqual(atLeast);
});
