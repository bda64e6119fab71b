import type { Candidate } from "./finding.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { spoken } from "./spoken.ts";
import type { Token } from "./tokens.ts";

const months = wordSet(
  "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec januar jänner februar märz maerz mai juni juli oktober dezember okt dez mrz",
);
const ordinals = wordSet(
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth ersten erster zweiten zweiter dritten dritter vierten fünften sechsten siebten siebenten achten neunten zehnten elften zwölften dreizehnten vierzehnten fünfzehnten sechzehnten siebzehnten achtzehnten neunzehnten zwanzigsten dreißigsten einundzwanzigsten zweiundzwanzigsten dreiundzwanzigsten vierundzwanzigsten fünfundzwanzigsten sechsundzwanzigsten siebenundzwanzigsten achtundzwanzigsten neunundzwanzigsten einunddreißigsten",
);
const suffixes = wordSet("st nd rd th");
const numeric =
  /(?<![\d.:/-])(?:(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|(?:0?[1-9]|[12]\d|3[01])([-/.])[ ]?(?:0?[1-9]|[12]\d|3[01]|1[0-2])\2[ ]?(?:(?:19|20)\d\d|\d\d)|(?:0?[1-9]|[12]\d|3[01])[-/](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär)[a-z]{0,7}[-/](?:(?:19|20)\d\d|\d\d))(?![\d]|[-/.]\d)/gi;

/** Days of the calendar, typed or said, and dates of birth where a cue or a question says so. Weekdays and "tomorrow" are left. */
export const findDates = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const birth = scene.asked.has("birth") || scene.cues.some((c) => c.topic === "birth");
  const kind = birth ? "DATE_OF_BIRTH" : "DATE";
  const add = (start: number, end: number, recognizer: string) =>
    found.push({ start, end, kind, score: birth ? 0.85 : 0.78, recognizer });
  if (scene.runs.length > 0)
    for (const m of scene.text.matchAll(numeric)) add(m.index, m.index + m[0].length, "date");
  const { tokens } = scene;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind !== "word") continue;
    const range = months.has(token.lower)
      ? aroundMonth(tokens, i, scene.german)
      : ordinals.has(token.lower) && birth
        ? fromOrdinal(tokens, i, scene.german)
        : undefined;
    if (range === undefined) continue;
    const [first, last] = range;
    found.push(span(scene, first, last, { kind, score: birth ? 0.85 : 0.7, recognizer: "calendar_day" }));
    i = last;
  }
  return [...found, ...findAges(scene)];
};

/** A day before or behind the month, and the year; "May" and "march" alone are no date. */
const aroundMonth = (tokens: readonly Token[], at: number, german: boolean): [number, number] | undefined => {
  let first = at;
  let last = at;
  let day = dayBefore(tokens, at, german);
  if (day >= 0) first = day;
  else {
    day = dayBehind(tokens, at, german);
    if (day < 0)
      return yearBehind(tokens, at, german) > at && tokens[at]?.lower !== "may"
        ? [at, yearBehind(tokens, at, german)]
        : undefined;
    last = day;
  }
  return [first, yearBehind(tokens, last, german)];
};

const isDayNumber = (token: Token | undefined) =>
  token?.kind === "number" && Number(token.lower) >= 1 && Number(token.lower) <= 31;
const isDayWord = (token: Token | undefined, german: boolean) =>
  token?.kind === "word" &&
  (ordinals.has(token.lower) || /^(?:digit|teen|tens)$/.test(spoken(token.lower, german, false)?.kind ?? ""));

/** Index where the day before a month begins, or -1: "27th of March", "3. März", "twenty first of June". */
const dayBefore = (tokens: readonly Token[], month: number, german: boolean): number => {
  let at = month - 1;
  while (at >= month - 3 && /^(?:of|the|\.|in|on|den|des|-|,)$/.test(tokens[at]?.lower ?? "")) at -= 1;
  if (suffixes.has(tokens[at]?.lower ?? "")) at -= 1;
  if (isDayNumber(tokens[at])) return at;
  if (!isDayWord(tokens[at], german)) return -1;
  return spoken(tokens[at - 1]?.lower ?? "", german, false)?.kind === "tens" ? at - 1 : at;
};

/** Index where the day behind a month ends, or -1: "March 27th", "June twenty first". */
const dayBehind = (tokens: readonly Token[], month: number, german: boolean): number => {
  let at = month + 1;
  while (at <= month + 2 && /^(?:the|\.)$/.test(tokens[at]?.lower ?? "")) at += 1;
  if (isDayNumber(tokens[at])) return suffixes.has(tokens[at + 1]?.lower ?? "") ? at + 1 : at;
  if (!isDayWord(tokens[at], german)) return -1;
  return isDayWord(tokens[at + 1], german) && spoken(tokens[at]?.lower ?? "", german, false)?.kind === "tens"
    ? at + 1
    : at;
};

/** Index where a year behind `last` ends; `last` when there is none. */
const yearBehind = (tokens: readonly Token[], last: number, german: boolean): number => {
  let at = last + 1;
  while (at <= last + 2 && /^(?:of|,|\.|in|the|')$/.test(tokens[at]?.lower ?? "")) at += 1;
  const token = tokens[at];
  if (
    token?.kind === "number" &&
    (/^(?:19|20)\d\d$/.test(token.lower) || (token.lower.length === 2 && tokens[at + 1]?.lower !== ":"))
  ) {
    const more = tokens[at + 1];
    return /^(?:19|20)$/.test(token.lower) && more?.kind === "number" && more.lower.length <= 2 ? at + 1 : at;
  }
  let end = last;
  for (let i = at; i < at + 5; i += 1) {
    const said = tokens[i]?.kind === "word" ? spoken(tokens[i]?.lower ?? "", german, false) : undefined;
    if (said === undefined || said.kind === "letter" || said.kind === "joint" || said.kind === "repeat") {
      if ((tokens[i]?.lower === "and" || tokens[i]?.lower === "und") && end >= at) continue;
      break;
    }
    end = i;
  }
  return end;
};

/** "the third of the fifth nineteen eighty": only where a birth date is the topic. */
const fromOrdinal = (tokens: readonly Token[], at: number, german: boolean): [number, number] | undefined => {
  let last = at;
  for (let i = at + 1; i < Math.min(tokens.length, at + 10); i += 1) {
    const token = tokens[i];
    if (token === undefined) break;
    if (
      token.kind === "number" ||
      isDayWord(token, german) ||
      spoken(token.lower, german, false)?.kind === "scale"
    )
      last = i;
    else if (!/^(?:of|the|and|und|der|des|st|nd|rd|th|,|\.|in)$/.test(token.lower)) break;
  }
  return last > at ? [at, last] : undefined;
};

const ageBefore = wordSet("aged age alter");
/** "I am 42 years old", "aged 42", "42 Jahre alt". */
const findAges = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token?.kind !== "number" || token.lower.length > 3) continue;
    const [next, second, third] = [tokens[i + 1]?.lower, tokens[i + 2]?.lower, tokens[i + 3]?.lower];
    const years = next === "-" ? second : next;
    const old = next === "-" ? (tokens[i + 4]?.lower ?? third) : second;
    const stated =
      /^(?:years?|year|yrs?|jahre?|jähriger?|jährige)$/.test(years ?? "") && /^(?:old|alt)$/.test(old ?? "");
    if (
      stated ||
      /^jährige[rsn]?$/.test(years ?? "") ||
      (ageBefore.has(tokens[i - 1]?.lower ?? "") && Number(token.lower) <= 120)
    )
      found.push(span(scene, i, i, { kind: "AGE", score: 0.75, recognizer: "age" }));
  }
  return found;
};
