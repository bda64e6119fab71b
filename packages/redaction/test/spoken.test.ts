import { expect, test } from "vitest";

import { detect } from "../src/index.ts";

/** Numbers in a fixed order that looks like none (mulberry32), so that a failure repeats. */
const random = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
};

interface Tongue {
  readonly digits: readonly string[];
  readonly teens: readonly string[];
  readonly tens: readonly string[];
  readonly pair: (tens: string, unit: string) => string;
  readonly double: string;
  readonly hesitation: string;
  readonly lines: readonly string[];
}

const english: Tongue = {
  digits: ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
  teens: [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
  ],
  tens: ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
  pair: (tens, unit) => `${tens} ${unit}`,
  double: "double",
  hesitation: "uh",
  lines: [
    "it's X",
    "yeah so that would be X I believe",
    "the account number is X and I need help",
    "you can reach me on X after six",
    "X",
    "order X never came",
  ],
};
const german: Tongue = {
  digits: ["null", "eins", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
  teens: [
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
  ],
  tens: ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"],
  pair: (tens, unit) => `${unit.replace("eins", "ein").replace("zwo", "zwei")}und${tens}`,
  double: "doppel",
  hesitation: "ähm",
  lines: [
    "das ist die X",
    "ja also das wäre die X glaube ich",
    "die Kundennummer lautet X und ich brauche Hilfe",
    "Sie erreichen mich unter X ab achtzehn Uhr",
    "X",
    "meine Bestellnummer X kam nie an",
  ],
};

/** A number as people say it: digit by digit, doubled, in pairs, or in groups that the recogniser wrote in figures. */
const say = (number: string, t: Tongue, next: (below: number) => number): string => {
  const style = next(4);
  const words: string[] = [];
  for (let i = 0; i < number.length;) {
    const [a, b] = [Number(number[i]), Number(number[i + 1] ?? "0")];
    const last = i + 1 >= number.length;
    if (style === 1 && a === b && !last) {
      words.push(`${t.double} ${t.digits[a]}`);
      i += 2;
    } else if (style === 2 && a > 0 && !last) {
      words.push(
        a === 1
          ? (t.teens[b] ?? "")
          : b === 0
            ? (t.tens[a] ?? "")
            : t.pair(t.tens[a] ?? "", t.digits[b] ?? ""),
      );
      i += 2;
    } else if (style === 3) {
      const length = 1 + next(4);
      words.push(number.slice(i, i + length));
      i += length;
    } else {
      words.push(t.digits[a] ?? "");
      i += 1;
    }
    if (next(12) === 0 && i < number.length) words.push(t.hesitation);
  }
  return words.join(next(3) > 0 ? " " : ", ");
};

test.each([
  ["en", english],
  ["de", german],
])(
  "of numbers of six to sixteen digits read out in %s, less than 1 %% stays in clear",
  (language, tongue) => {
    const next = random(20_261_124);
    let [spoken, left] = [0, 0];
    for (let n = 0; n < 1500; n += 1) {
      const number = Array.from({ length: 6 + next(11) }, () => next(10)).join("");
      const value = say(number, tongue, next);
      const text = (tongue.lines[next(tongue.lines.length)] ?? "X").replace("X", value);
      const start = text.indexOf(value);
      const findings = detect(text, { language });
      for (let i = start; i < start + value.length; i += 1) {
        if (!/[\p{L}\p{N}]/u.test(text.charAt(i))) continue;
        spoken += 1;
        if (!findings.some((f) => f.start <= i && f.end > i)) left += 1;
      }
    }
    expect((100 * left) / spoken).toBeLessThan(1);
  },
);
