import { expect, test } from "vitest";

import { stripSecurityCodes } from "../src/index.ts";

const X = "[CARD_SECURITY_CODE]";

test.each([
  [
    "my card is 4111 1111 1111 1111 expiry 12/27 cvv 123",
    `my card is 4111 1111 1111 1111 expiry 12/27 cvv ${X}`,
  ],
  ["CVC: 1234, thanks", `CVC: ${X}, thanks`],
  ["123 is the cvv", `${X} is the cvv`],
  [
    "the security code is one two three and it expires next year",
    `the security code is ${X} and it expires next year`,
  ],
  ["the three digits on the back are four five six", `the three digits on the back are ${X}`],
  ["cvv 123 12/27", `cvv ${X} 12/27`],
  ["die Prüfziffer ist eins zwei drei", `die Prüfziffer ist ${X}`],
  ["Sicherheitscode 987 steht hinten", `Sicherheitscode ${X} steht hinten`],
  ["cvv ist ١٢٣", `cvv ist ${X}`],
])("cuts the code out of %j", (text, expected) => {
  expect(stripSecurityCodes(text)).toEqual({ text: expected, count: 1 });
});

test.each([
  ["it's 123", "And the security code on the back?", `it's ${X}`, 1],
  ["4111 1111 1111 1111 123", "card number and cvv please", `4111 1111 1111 1111 ${X}`, 1],
  ["12/27 123", "the expiry and the cvc?", `12/27 ${X}`, 1],
  ["one two three", "What are the three digits on the back?", X, 1],
  ["eins zwo drei", "Und die Prüfnummer?", X, 1],
  ["4111 1111 1111 1111", "card number and cvv please", "4111 1111 1111 1111", 0],
  ["I don't have it with me", "the cvv?", "I don't have it with me", 0],
])("in %j, asked %j, leaves %j", (text, after, expected, count) => {
  expect(stripSecurityCodes(text, { after })).toEqual({ text: expected, count });
});

test.each([
  "the security code costs nothing",
  "order 123 is late",
  "it's 123",
  "the cvv is on the back of the card",
])("leaves %j as it is", (text) => expect(stripSecurityCodes(text)).toEqual({ text, count: 0 }));

test("with a language given, only that one's words for digits count", () => {
  expect(stripSecurityCodes("cvv eins zwei drei", { language: "en" }).count).toBe(0);
  expect(stripSecurityCodes("cvv eins zwei drei", { language: "de-AT" }).count).toBe(1);
});

test("cutting twice changes nothing more", () => {
  const once = stripSecurityCodes("cvv 123 and cvc 456");
  expect(once).toEqual({ text: `cvv ${X} and cvc ${X}`, count: 2 });
  expect(stripSecurityCodes(once.text)).toEqual({ text: once.text, count: 0 });
});
