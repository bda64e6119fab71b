import { luhn } from "./checksum.ts";
import { firstWhere } from "./first-where.ts";
import { runsOf } from "./runs.ts";
import type { Element, Run } from "./runs.ts";
import type { Token } from "./tokens.ts";
import { tokenize } from "./tokens.ts";
import { cuesOf } from "./topics.ts";
import type { Cue } from "./topics.ts";

const mark = "[CARD_SECURITY_CODE]";
const reach = 8;

/**
 * Cuts card security codes out of one turn, so that they are never sealed, not even for a minute (PCI DSS 4.0.1,
 * requirement 3.3.1): three or four digits, typed or read out, beside their cue in this turn, or anywhere in it when the
 * agent's text before (`after`) asked for the code. Without a language both English and German are tried. A number that
 * merely stands beside such a cue is cut too: a price lost is cheaper than a code kept.
 */
export const stripSecurityCodes = (
  text: string,
  o: { readonly language?: string; readonly after?: string } = {},
): { text: string; count: number } => {
  const tokens = tokenize(text);
  const cues = cuesOf(tokens).filter((c) => c.topic === "security");
  const asked = o.after !== undefined && cuesOf(tokenize(o.after)).some((c) => c.topic === "security");
  if (cues.length === 0 && !asked) return { text, count: 0 };
  const tongues = o.language === undefined ? [false, true] : [/^de/i.test(o.language)];
  const cuts: Range[] = [];
  for (const german of tongues) {
    // With a question open, "for" and "ate" may be digits.
    const runs = runsOf(tokens, { german, asked: true, groups: false });
    for (const run of runs) {
      const codes = codesOf(run, tokens, cues, asked);
      if (codes === undefined) continue;
      const range = { start: tokens[codes[0]]?.start ?? 0, end: tokens[codes[1]]?.end ?? 0 };
      cuts.push(range);
    }
  }
  const apart = disjoint(cuts);
  return { text: replace(text, apart), count: apart.length };
};

interface Range {
  readonly start: number;
  readonly end: number;
}

/** In order; what both languages found is one cut. */
const disjoint = (cuts: readonly Range[]): Range[] => {
  const apart: Range[] = [];
  for (const cut of cuts.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = apart.at(-1);
    if (last === undefined || cut.start >= last.end) apart.push(cut);
    else if (cut.end > last.end) apart[apart.length - 1] = { start: last.start, end: cut.end };
  }
  return apart;
};

const replace = (text: string, cuts: readonly Range[]): string => {
  let out = "";
  let from = 0;
  for (const { start, end } of cuts) {
    out += text.slice(from, start) + mark;
    from = end;
  }
  return out + text.slice(from);
};

/** First and last token of the code inside a run, if the run holds one. */
const codesOf = (
  run: Run,
  tokens: readonly Token[],
  cues: readonly Cue[],
  asked: boolean,
): [number, number] | undefined => {
  const at = firstWhere(cues, (cue) => cue.first >= run.first);
  const [previous, next] = [cues[at - 1], cues[at]];
  const before =
    previous !== undefined &&
    run.first - previous.last <= reach &&
    !isBetween(tokens, previous.last, run.first);
  // "123 is the cvv"; but in "12/27 cvv 123" the code follows.
  const behind = next !== undefined && next.first - run.last <= 5 && !isFollowed(tokens, next.last);
  if (!before && !behind && !asked) return undefined;
  const elements = run.elements.filter((e) => /^\d+$/.test(e.symbols));
  const digits = elements.reduce((n, e) => n + e.symbols.length, 0);
  if (digits < 3) return undefined;
  if (digits <= 4) return rangeOf(elements);
  if (before) return rangeOf(leading(elements));
  const rest = afterCard(elements) ?? trailing(elements);
  return rest === undefined ? undefined : rangeOf(rest);
};

/** Does a number of three or four digits, or a digit word, stand behind the cue? */
const isFollowed = (tokens: readonly Token[], cue: number): boolean =>
  tokens
    .slice(cue + 1, cue + 1 + reach)
    .some(
      (t) => (t.kind === "number" && t.lower.length >= 3 && t.lower.length <= 4) || digitWord.test(t.lower),
    );
const digitWord =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun)$/;

/** Another number stands between cue and run: the code was that one. */
const isBetween = (tokens: readonly Token[], cue: number, run: number): boolean =>
  tokens.slice(cue + 1, run).some((t) => t.kind === "number" && t.lower.length >= 3 && t.lower.length <= 4);

const rangeOf = (elements: readonly Element[]): [number, number] | undefined => {
  const [first, last] = [elements[0], elements.at(-1)];
  return first === undefined || last === undefined ? undefined : [first.first, last.last];
};

/** The first three digits or more of a run that begins behind the cue: "cvv 123 12/27", "one two three and then". */
const leading = (elements: readonly Element[]): Element[] => {
  const taken: Element[] = [];
  for (const e of elements) {
    taken.push(e);
    if (taken.reduce((n, x) => n + x.symbols.length, 0) >= 3) break;
  }
  return taken;
};

/** What follows a card number and is no part of it: "4111 1111 1111 1111 123". */
const afterCard = (elements: readonly Element[]): Element[] | undefined => {
  let number = "";
  for (let i = 0; i < elements.length; i += 1) {
    number += elements[i]?.symbols ?? "";
    const rest = elements.slice(i + 1);
    const left = rest.reduce((n, e) => n + e.symbols.length, 0);
    if (number.length >= 13 && number.length <= 19 && luhn(number) && left >= 3 && left <= 4) return rest;
  }
  return undefined;
};

/** A last group of three or four digits behind others: "12/27 123". A card number's own last group is left. */
const trailing = (elements: readonly Element[]): Element[] | undefined => {
  const last = elements.at(-1);
  const digits = elements.reduce((n, e) => n + e.symbols.length, 0);
  return last !== undefined && (last.symbols.length === 3 || last.symbols.length === 4) && digits < 13
    ? [last]
    : undefined;
};
