import { expect, test } from "vitest";

import { redact } from "../src/index.ts";
import { found } from "./found.ts";

test.each([
  ["number LX-40188-C is on the slip", ["ORDER_ID LX-40188-C"]],
  ["Subject: Re: What do you hold? [TKT-2291]", ["ORDER_ID TKT-2291"]],
  ["it says no. 88213 in the corner of it", ["NUMBER 88213"]],
  ["we filed that under BV-0644-31 back then", ["ORDER_ID BV-0644-31"]],
  [
    "as I told your colleague on the telephone some days ago the order A-90417-K left the house",
    ["ORDER_ID A-90417-K"],
  ],
  ["our VAT number is GB 980 7806 84 by the way", ["TAX_ID GB 980 7806 84"]],
])("finds the reference in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  "my WH-1000XM4 and the RTX 4090 are number 1",
  "flight number BA2490 leaves from gate number 1204",
  "we came number 2 in the year number 2019",
  "the part costs 1204.50GBP or 39,90 in the account",
  "I read [1] and [2023] in the notes",
])("takes no reference from %j", (text) => expect(found(text)).toEqual([]));

const answer = (ask: string, text: string, language = "en") =>
  redact(
    [
      { id: "1", role: "agent", text: ask },
      { id: "2", role: "customer", text },
    ],
    { language },
  ).turns[1]?.text;

test.each([
  ["I have sent you a six digit code. Can you tell me what it says?", "204 771", "[ONE_TIME_CODE_1]"],
  ["Your booking is there. Could you read it to me?", "K7", "[ORDER_ID_1]"],
  ["and the last three digits on the back", "six oh four", "[CARD_SECURITY_CODE_1]"],
  ["Which order numbers?", "LX4T9P and LX4TB2", "[ORDER_ID_1] and [ORDER_ID_2]"],
  ["And what do you see?", "204 771", "[NUMBER_1]"],
  ["And what do you see?", "LX4T9P and LX4TB2", "[NUMBER_1] and [NUMBER_2]"],
])("asked %j, takes %j for a code", (ask, text, expected) => expect(answer(ask, text)).toBe(expected));

test("asks in German too, by the message it came in or by several numbers", () => {
  expect(answer("Was steht in der SMS?", "204 771", "de")).toBe("[ONE_TIME_CODE_1]");
  expect(answer("Auftragsnummern?", "LX4T9P und LX4TB2", "de")).toBe("[ORDER_ID_1] und [ORDER_ID_2]");
});

test.each([
  ["And what do you see?", "200"],
  ["And what do you see?", "in 2019"],
  ["How much was it?", "1204.50"],
  ["Your booking is there. Can you tell me when you want to go?", "at 10"],
  ["And how many?", "12 and 24"],
])("asked %j, leaves %j alone", (ask, text) => expect(answer(ask, text)).toBe(text));

test("a cue on the next line speaks of what follows it", () => {
  expect(found("I have been with you since 1992\nE-mail: jo@x.example")).toEqual(["EMAIL jo@x.example"]);
});

test("a German article before its noun is no digit of the number before it", () => {
  expect(found("ich habe bis zum 6.7.2017 ein Zimmer bei Ihnen gebucht", "de")).toEqual(["DATE 6.7.2017"]);
});

test("a year is no end of an order number read back", () => {
  const { turns } = redact(
    [
      { id: "1", role: "customer", text: "my order number is 7719-03-2023" },
      { id: "2", role: "customer", text: "I was with you until 2023, really" },
    ],
    { language: "en" },
  );
  expect(turns[1]?.text).toBe("I was with you until 2023, really");
});
