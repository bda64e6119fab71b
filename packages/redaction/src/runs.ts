import { EVERYDAY } from "./lexicon.ts";
import { spoken } from "./spoken.ts";
import type { Token } from "./tokens.ts";
import { isCueHead } from "./topics.ts";

/** A number group, a digit word, a letter or a code: what identifiers are made of, typed or read out. */
export interface Element {
  readonly first: number;
  readonly last: number;
  /** Digits and upper-case letters. */
  readonly symbols: string;
  readonly spoken: boolean;
  /** An ordinary word that only sounds like a digit or a letter. */
  readonly sounds?: boolean;
}

/** Elements that belong together, with only separators and hesitations between them. */
export interface Run {
  readonly elements: readonly Element[];
  readonly first: number;
  readonly last: number;
  readonly symbols: string;
  readonly digits: number;
  /** Digits that were read out: as words, or one to three at a time. */
  readonly read: number;
  /** Holds "hundred", "tausend" or the like: a quantity. */
  readonly scaled: boolean;
}

export interface RunContext {
  readonly german: boolean;
  /** A number or a spelling is expected here: homophones and short words count. */
  readonly asked: boolean;
  /** Short groups of letters before or behind digits belong to them: "kum 587". */
  readonly groups: boolean;
}

const ordinal = /^(?:st|nd|rd|th)$/;
const unitGlued =
  /^(?:am|pm|a|p|gb|mb|tb|kb|kg|g|mg|lb|lbs|oz|km|m|cm|mm|mi|ml|l|w|kw|kwh|v|hz|mhz|ghz|mbps|gbit|mbit|h|hr|hrs|min|mins|s|sec|secs|d|x|k|c|f|px|p|th|er|ers|s|ii|iii)$/;
const joints = new Set([
  "-",
  ".",
  "/",
  "(",
  ")",
  "+",
  "_",
  "–",
  "—",
  "‑",
  "\u00ad",
  "\u200b",
  "\u2060",
  "*",
  "·",
]);
const maxElements = 80;
const year = /^(?:19|20)\d\d$/;

/** All runs of a turn, in order, never overlapping. Linear: each token is read a bounded number of times. */
export const runsOf = (tokens: readonly Token[], c: RunContext): Run[] => {
  const runs: Run[] = [];
  let i = 0;
  while (i < tokens.length) {
    const run = runAt(tokens, i, c);
    if (run === undefined) i += 1;
    else {
      runs.push(run);
      i = run.last + 1;
    }
  }
  return runs;
};

const runAt = (tokens: readonly Token[], start: number, c: RunContext): Run | undefined => {
  let element = elementAt(tokens, start, c, false);
  if (element === undefined) return undefined;
  const elements: Element[] = [];
  let scaled = false;
  while (element !== undefined && elements.length < maxElements) {
    elements.push(element);
    let next = element.last + 1;
    for (let skipped = 0; skipped < 3 && isJoint(tokens, next, c, elements); skipped += 1) next += 1;
    if (isScale(tokens[next], c)) {
      scaled = true;
      next += 1;
      if (tokens[next]?.lower === "and" || tokens[next]?.lower === "und") next += 1;
    }
    element = elementAt(tokens, next, c, true);
  }
  if (!standsAlone(elements, tokens, c)) return undefined;
  return summarize(elements, scaled, tokens);
};

/** A lone letter or spelling word is a word like any other; so is "a" or "I" before a number. */
const standsAlone = (elements: Element[], tokens: readonly Token[], c: RunContext): boolean => {
  while (elements.length > 0) {
    const first = elements[0];
    const token = first && tokens[first.first];
    if (first === undefined || token === undefined) return false;
    const pronoun =
      /^[AI]$/.test(first.symbols) &&
      !c.asked &&
      !(c.groups && elements.length >= 3) &&
      !isGlued(tokens, first.last) &&
      (elements[1]?.symbols.length ?? 0) !== 1;
    if (first.sounds === true || (token.kind === "word" && pronoun)) elements.shift();
    else break;
  }
  while (elements.at(-1)?.sounds === true || isArticle(elements.at(-1), tokens)) elements.pop();
  // "09/27 I believe", "1112 a day": no more part of a code than at its beginning.
  const [before, last] = elements.slice(-2);
  if (
    last !== undefined &&
    before !== undefined &&
    /^[AI]$/.test(last.symbols) &&
    !c.asked &&
    before.symbols.length > 1
  )
    elements.pop();
  return (
    elements.some((e) => /\d/.test(e.symbols)) || elements.length >= 3 || (c.asked && elements.length > 0)
  );
};

/** "A-90417-K": a mark and no space behind. */
const isGlued = (tokens: readonly Token[], at: number): boolean =>
  tokens[at + 1]?.kind === "mark" && tokens[at + 1]?.spaced === false && tokens[at + 2]?.spaced === false;

/** "2017 ein Zimmer": an article before its noun, no last digit. */
const isArticle = (element: Element | undefined, tokens: readonly Token[]): boolean =>
  element !== undefined &&
  tokens[element.first]?.lower === "ein" &&
  tokens[element.last + 1]?.kind === "word";

const summarize = (
  elements: readonly Element[],
  scaled: boolean,
  tokens: readonly Token[],
): Run | undefined => {
  const first = elements[0];
  const last = elements.at(-1);
  if (first === undefined || last === undefined) return undefined;
  let symbols = "";
  let read = 0;
  let digits = 0;
  for (const e of elements) {
    symbols += e.symbols;
    const count = e.symbols.replaceAll(/\D/g, "").length;
    digits += count;
    if (e.spoken || (elements.length >= 3 && e.symbols.length <= 3 && tokens[e.first]?.spaced === true))
      read += count;
  }
  return { elements, first: first.first, last: last.last, symbols, digits, read, scaled };
};

const isJoint = (
  tokens: readonly Token[],
  at: number,
  c: RunContext,
  elements: readonly Element[],
): boolean => {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined || next === undefined || token.line || next.line) return false;
  if (token.kind === "word") return spoken(token.lower, c.german, false)?.kind === "joint";
  if (token.kind !== "mark") return false;
  if (token.lower === "," || token.lower === "…") {
    // "2019, 2020" lists years.
    const before = elements.at(-1)?.symbols ?? "";
    return before.length <= 4 && !(year.test(before) && year.test(next.lower));
  }
  // A full stop with a space behind it ends a sentence.
  if (token.lower === "." && next.spaced)
    return (elements.at(-1)?.symbols.length ?? 9) <= 2 && next.lower.length <= 2;
  return joints.has(token.lower);
};

const isScale = (token: Token | undefined, c: RunContext): boolean =>
  token?.kind === "word" && spoken(token.lower, c.german, false)?.kind === "scale";

const elementAt = (
  tokens: readonly Token[],
  at: number,
  c: RunContext,
  inside: boolean,
): Element | undefined => {
  const token = tokens[at];
  if (token === undefined || (inside && token.line)) return undefined;
  if (token.kind === "number") return numberAt(tokens, at, inside);
  if (token.kind !== "word") return undefined;
  const next = tokens[at + 1];
  if (next?.kind === "number" && !next.spaced && token.lower.length <= 20) return codeAt(tokens, at);
  return wordAt(tokens, at, token, c, inside);
};

/** Letters and digits without a space between them, as one element: "bmukptg6", "cb2", "K9AB12". */
const codeAt = (tokens: readonly Token[], first: number): Element => {
  let last = first;
  let symbols = tokens[first]?.lower ?? "";
  while (last - first < maxElements) {
    const next = tokens[last + 1];
    if (next === undefined || next.spaced || (next.kind !== "word" && next.kind !== "number")) break;
    symbols += next.lower;
    last += 1;
  }
  return { first, last, symbols: symbols.toUpperCase(), spoken: false };
};

const numberAt = (tokens: readonly Token[], at: number, inside: boolean): Element | undefined => {
  const token = tokens[at];
  if (token === undefined) return undefined;
  const next = tokens[at + 1];
  if (next !== undefined && !next.spaced) {
    if (next.kind === "word") {
      const rest = tokens[at + 2];
      const ends = rest === undefined || rest.spaced || rest.kind !== "number";
      if (
        ends &&
        (ordinal.test(next.lower) || (!inside && unitGlued.test(next.lower) && token.lower.length <= 3))
      )
        return undefined;
      return codeAt(tokens, at);
    }
    if (isClock(tokens, at)) return undefined;
  }
  if (isMinutes(tokens, at)) return undefined;
  return { first: at, last: at, symbols: token.lower, spoken: false };
};

/** "19:30": the hour. */
const isClock = (tokens: readonly Token[], at: number): boolean => {
  const [hour, colon, minute] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  return (
    colon?.lower === ":" &&
    minute?.kind === "number" &&
    !minute.spaced &&
    minute.lower.length === 2 &&
    (hour?.lower.length ?? 9) <= 2
  );
};

/** "19:30": the minutes. */
const isMinutes = (tokens: readonly Token[], at: number): boolean =>
  at >= 2 && tokens[at - 1]?.lower === ":" && isClock(tokens, at - 2);

const wordAt = (
  tokens: readonly Token[],
  at: number,
  token: Token,
  c: RunContext,
  inside: boolean,
): Element | undefined => {
  const word = token.lower;
  if (word.length === 1) return letterAt(tokens, at, word, c);
  const said = spoken(word, c.german, c.asked);
  if (said === undefined || said.kind === "joint" || said.kind === "scale") {
    // "AA 12 34 56 B", "DN 55": short groups in capitals, or any short group where a code is expected.
    const country = !inside && word === "gb" && token.upper === 2;
    const next = tokens[at + 1];
    const long = token.upper === 2 && next?.kind === "number" && next.lower.length >= 5;
    const group =
      word.length <= (long ? 5 : 4) &&
      ((token.upper === 2 && (!isUnit(word) || country) && !isCueHead(word)) ||
        (c.groups && isOdd(token, c)));
    return group && (inside || isCodeNext(tokens, at)) && /^[a-z]+$/.test(word)
      ? { first: at, last: at, symbols: word.toUpperCase(), spoken: false }
      : undefined;
  }
  switch (said.kind) {
    case "digit":
      // German "ein" is an article unless it stands among digits.
      if (word === "ein" && !inside) return undefined;
      if (word === "oh" && !inside && !isCodeNext(tokens, at) && !isSpelling(tokens[at + 1], c))
        return undefined;
      return { first: at, last: at, symbols: said.value, spoken: true, sounds: said.sounds === true };
    case "teen":
      return { first: at, last: at, symbols: said.value, spoken: true };
    case "tens":
      return tensAt(tokens, at, said.value, c);
    case "repeat":
      return repeatAt(tokens, at, Number(said.value), c);
    case "letter":
      return inside || c.asked || isCodeNext(tokens, at) || isSpelling(tokens[at + 1], c)
        ? {
            first: at,
            last: at,
            symbols: said.value.toUpperCase(),
            spoken: true,
            sounds: said.sounds === true,
          }
        : undefined;
  }
};

/** A measure, a currency or "am": never part of a code. */
export const isUnit = (word: string): boolean =>
  unitGlued.test(word) || /^(?:gbp|usd|eur|inr|chf|aud|cad|jpy|uhr|am|pm)$/.test(word);

/** No word of the language, no unit and no cue: letters that belong to a code. */
const isOdd = (token: Token, c: RunContext): boolean =>
  !c.german &&
  (token.bits & EVERYDAY) === 0 &&
  // "gültig bis 11/28", in whatever language the rest is.
  token.lower !== "bis" &&
  !unitGlued.test(token.lower) &&
  !ordinal.test(token.lower) &&
  !isCueHead(token.lower);

/** Is the next token a number or a lone letter, a hyphen between allowed? */
const isCodeNext = (tokens: readonly Token[], at: number): boolean => {
  const hyphen =
    tokens[at + 1]?.lower === "-" && tokens[at + 1]?.spaced === false && tokens[at + 2]?.spaced === false;
  const next = tokens[hyphen ? at + 2 : at + 1];
  return (
    next !== undefined &&
    (next.kind === "number" ||
      (next.kind === "word" && next.lower.length === 1 && !/^[ai]$/.test(next.lower)))
  );
};

const isSpelling = (token: Token | undefined, c: RunContext): boolean =>
  token?.kind === "word" &&
  /^(?:letter|digit|teen|tens|repeat)$/.test(spoken(token.lower, c.german, false)?.kind ?? "");

/** "m", and "m for mike", "m as in mike", "M wie Martha", which say it once. */
const letterAt = (
  tokens: readonly Token[],
  at: number,
  letter: string,
  c: RunContext,
): Element | undefined => {
  if (!/^\p{L}$/u.test(letter)) return undefined;
  let last = at;
  const link = tokens[at + 1]?.lower;
  const second = tokens[at + 2];
  if ((link === "for" || link === "like" || link === "wie" || link === "von") && isWordFor(second, letter))
    last = at + 2;
  else if (
    link === "as" &&
    (second?.lower === "in" || second?.lower === "an") &&
    isWordFor(tokens[at + 3], letter)
  )
    last = at + 3;
  const value =
    letter === "o" && !c.german && last === at && nearDigit(tokens, at, c) ? "0" : letter.toUpperCase();
  return { first: at, last, symbols: value, spoken: true };
};

const isWordFor = (token: Token | undefined, letter: string): boolean =>
  token?.kind === "word" && token.lower.length > 1 && token.lower.startsWith(letter);

const nearDigit = (tokens: readonly Token[], at: number, c: RunContext): boolean =>
  [tokens[at - 1], tokens[at + 1]].some(
    (t) =>
      t !== undefined &&
      (t.kind === "number" ||
        /^(?:digit|tens|teen|repeat)$/.test(spoken(t.lower, c.german, false)?.kind ?? "")),
  );

const tensAt = (tokens: readonly Token[], at: number, tens: string, c: RunContext): Element => {
  let unit = at + 1;
  if (tokens[unit]?.lower === "-") unit += 1;
  const next = tokens[unit];
  const said = next?.kind === "word" ? spoken(next.lower, c.german, false) : undefined;
  if (!c.german && said?.kind === "digit" && said.value !== "0")
    return { first: at, last: unit, symbols: tens + said.value, spoken: true };
  return { first: at, last: at, symbols: `${tens}0`, spoken: true };
};

const repeatAt = (
  tokens: readonly Token[],
  at: number,
  times: number,
  c: RunContext,
): Element | undefined => {
  let index = at + 1;
  if (tokens[index]?.lower === "-") index += 1;
  const next = tokens[index];
  if (next === undefined) return undefined;
  const said = next.kind === "word" ? spoken(next.lower, c.german, true) : undefined;
  const one =
    next.kind === "number" && next.lower.length === 1
      ? next.lower
      : next.kind === "word" && /^\p{L}$/u.test(next.lower)
        ? next.lower === "o"
          ? "0"
          : next.lower.toUpperCase()
        : said?.kind === "digit" || said?.kind === "letter"
          ? said.value.toUpperCase()
          : undefined;
  return one === undefined ? undefined : { first: at, last: index, symbols: one.repeat(times), spoken: true };
};
