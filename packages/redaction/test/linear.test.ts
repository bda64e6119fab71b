import { expect, test } from "vitest";

import { detect, redact, stripSecurityCodes } from "../src/index.ts";

const size = 65_536;
const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/** The better of two, so that a busy machine does not decide. */
const best = (work: () => void): number => {
  const times = [0, 1].map(() => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...times);
};

// Each once took seconds in some recognizer of some redactor: nested repeats, marks without an end, nothing but candidates.
const pieces = [
  "a",
  "1 ",
  "1-",
  "1.",
  "12 ",
  "1234 ",
  "1234567 x ",
  "1,000 ",
  "a@",
  "@",
  "x@x.x ",
  "aaaa.",
  "a.",
  "[A",
  "[PERSON_1] ",
  "one ",
  "double ",
  "at x dot com ",
  "b for bravo ",
  "card 1234 ",
  "cvv 123 ",
  "12 main street ",
  "12/12/",
  "1:",
  "::",
  "0x",
  "http://",
  "new york 12345 ",
  "straße 12 ",
  "einundzwanzig ",
  "name ",
  "my name is ",
  "john ",
  "AB12 ",
  "4111 1111 1111 1111 ",
  "0123456789abcdef",
  "+49 ",
  "Flat 1, 2 Alder Rise ",
  "The Old Forge, Mill Lane, ",
  "eighteen heron ",
  "Am Fischteich 7c, 24103 Kiel ",
  "Grüße\nX ",
  "frau dr. ",
  "[TKT-2291] ",
  "a!1",
  "code 358 ",
  "a'a",
  "İ",
  "😀",
  "\ud800",
];

test.each(pieces)("64 Ki units of %j take milliseconds", (piece) => {
  const text = fill(piece);
  const turns = [
    { id: "1", role: "agent" as const, text: "What is your name, postcode and phone number?" },
    { id: "2", role: "customer" as const, text },
  ];
  // The machine that builds this needs 20 to 50 ms; ten times that is what quadratic work would exceed many times over.
  expect(best(() => detect(text, { language: "en" }))).toBeLessThan(400);
  expect(best(() => redact(turns, { language: "de" }))).toBeLessThan(400);
  expect(best(() => stripSecurityCodes(text, { after: "the cvv?" }))).toBeLessThan(400);
});
