import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["you can reach me on 07700 900123 after work", ["PHONE 07700 900123"]],
  ["call me at +49 30 123456 any time you like to", ["PHONE +49 30 123456"]],
  ["it is oh seven seven double oh nine hundred", ["NUMBER oh seven seven double oh nine"]],
  ["so double three four five six that was it", ["NUMBER double three four five six"]],
  ["triple nine one two and that's the lot", ["NUMBER triple nine one two"]],
  ["I think it was one two three four", ["NUMBER one two three four"]],
  ["that's forty two sixteen ninety nine I believe", ["NUMBER forty two sixteen ninety nine"]],
  [
    "the access code is b for bravo seven x as in xray two",
    ["ONE_TIME_CODE b for bravo seven x as in xray two"],
  ],
  ["my order number is 3348917502", ["ORDER_ID 3348917502"]],
  ["booking reference BMUKPTG6 if you need it", ["ORDER_ID BMUKPTG6"]],
  ["account number 12345678 with you", ["BANK_ACCOUNT 12345678"]],
  ["customer number 99120 is what it says", ["ACCOUNT_ID 99120"]],
  ["the pin is 4471 by the way", ["PIN 4471"]],
  ["the verification code is 882 113 it says", ["ONE_TIME_CODE 882 113"]],
  ["cvv 123 on the back", ["CARD_SECURITY_CODE 123"]],
  ["it expires 09/27 I believe", ["CARD_EXPIRY 09/27"]],
  ["4585 is my ssn", ["GOVERNMENT_ID 4585"]],
  ["my social is 8518, uh, 9, 632, 5 if that helps", ["GOVERNMENT_ID 8518, uh, 9, 632, 5"]],
  ["the number was 5551234567890 or so", ["NUMBER 5551234567890"]],
  ["١٢٣٤٥٦٧٨٩ was in the message I sent", ["PHONE ١٢٣٤٥٦٧٨٩"]],
])("finds in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  [
    "meine Nummer ist null eins sieben sechs zwo drei vier fünf",
    ["PHONE null eins sieben sechs zwo drei vier fünf"],
  ],
  ["das ist die dreiundzwanzig fünfundvierzig elf", ["NUMBER dreiundzwanzig fünfundvierzig elf"]],
  ["doppel null sieben acht neun", ["NUMBER doppel null sieben acht neun"]],
  ["Kundennummer vier sieben eins eins", ["ACCOUNT_ID vier sieben eins eins"]],
  ["Vorgangsnummer 2024-8871 steht da", ["ORDER_ID 2024-8871"]],
  ["Kennzeichen B wie Berta M wie Martha 4711", ["LICENCE_PLATE B wie Berta M wie Martha 4711"]],
  ["mein Nachname: M wie Martha, E wie Emil, I wie Ida", ["PERSON M wie Martha, E wie Emil, I wie Ida"]],
  ["rufen Sie mich unter 0176 23456789 zurück", ["PHONE 0176 23456789"]],
])("finds in German %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "order 3 pizzas for 25 dollars at 19:30",
  "that will be $1,234,567 in total then",
  "it cost 1.250.000 euros all in all",
  "the total is 299.99 pounds for the year",
  "model RTX 4090 with 24GB of memory works",
  "my WH-1000XM4 headphones broke again today",
  "call 911 or 1-800-555-0199 if it burns again",
  "our hotline is 0800 123 4567 around the clock",
  "it was in 2019 or in nineteen ninety five",
  "we updated to version 10.4.2 last week anyway",
  "flight BA2490 leaves at 10:45 from gate 12",
  "we have 12000 customers in 14 countries",
  "it took two thousand and five hundred steps",
  "one or two of the three were late",
  "I waited 45 minutes and then 30 more",
  "there are 100 percent of 250 gb left",
  "the second one of the first four",
  "we did that in 2019, 2020, 2021 and 2022",
])("leaves %j alone", (text) => expect(found(text)).toEqual([]));

test.each([
  "Das kostet 49,90 Euro im Monat bei 24 Monaten",
  "Wir haben 12.345 kWh abgelesen und um 14:30 Uhr gemeldet",
  "Ich habe ein Handy und zwei Tablets und drei Karten",
  "Die Aktion läuft seit 2023 und noch acht Wochen",
  "Der Router FritzBox 7590 ist an",
])("leaves German %j alone", (text) => expect(found(text, "de")).toEqual([]));

test("the written profile wants a check digit, a cue or a phone's form", () => {
  expect(found("the thing says 83729104 all over it today, really", "en", "written")).toEqual([]);
  expect(found("the thing says 83729104 all over it today, really", "en", "speech")).toEqual([
    "NUMBER 83729104",
  ]);
  expect(found("my customer number is 83729104 as ever", "en", "written")).toEqual(["ACCOUNT_ID 83729104"]);
});

test("a turn that is nothing but an answer is taken for one", () => {
  expect(found("4585")).toEqual(["NUMBER 4585"]);
  expect(found("ktr 587")).toEqual(["NUMBER ktr 587"]);
  expect(found("harold 4356")).toEqual(["PERSON harold", "NUMBER 4356"]);
  expect(found("200")).toEqual([]);
  expect(found("2019")).toEqual([]);
  expect(found("medium please")).toEqual([]);
});
