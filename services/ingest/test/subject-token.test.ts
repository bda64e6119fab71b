import { createSecretKey } from "node:crypto";

import { token } from "@sotto/contracts";
import { expect, test } from "vitest";

import { normalise, subjectToken } from "../src/subject-token.ts";

const keyOf = (fill: number) => createSecretKey(Buffer.alloc(32, fill));

test.each([
  ["phone", "+46 70 123 45 67", "46701234567"],
  ["phone", "0046-70-123 45 67", "46701234567"],
  ["phone", "(+46) 70/1234567", "46701234567"],
  ["phone", "tel:+46-70-123-45-67;ext=12", "46701234567"],
  ["phone", "sip:+46701234567@trunk9.example.com", "46701234567"],
  ["phone", "+46701234567 x 99", "46701234567"],
  ["phone", "+４６ ７０１２３４５６７", "46701234567"],
  ["phone", "070-123 45 67", "0701234567"],
  ["phone", "anonymous", null],
  ["phone", "+", null],
  ["phone", "0000", null],
  ["email", " Anna.Lindqvist@Example.COM ", "anna.lindqvist@example.com"],
  ["email", "   ", null],
  ["account", " AB-12 ", "ab-12"],
])("%s %j is %j", (kind, value, normal) => expect(normalise(kind, value)).toBe(normal));

const pepper = keyOf(7);
const of = (kind: string, value: string, key = pepper, version = 1) =>
  subjectToken(key, version, { kind, value });

test("a token has its form, repeats for every spelling, and tells kinds, people, peppers and versions apart", () => {
  const one = of("phone", "+46 70 123 45 67");
  expect(token.safeParse(one).success).toBe(true);
  expect(of("phone", "0046701234567")).toBe(one);
  const others = [
    of("phone", "+46701234568"),
    of("account", "46701234567"),
    of("phone", "+46701234567", keyOf(8)),
    of("phone", "+46701234567", pepper, 2),
  ];
  expect(new Set([one, ...others]).size).toBe(5);
});

test("what identifies nobody has no token", () => expect(of("phone", "anonymous")).toBeNull());
