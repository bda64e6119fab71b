import { firstWhere } from "./first-where.ts";

/** What a finding can be. Placeholders carry these names: `[PAYMENT_CARD_1]`. */
export const kinds = [
  "PERSON",
  "ADDRESS",
  "PLACE",
  "POSTCODE",
  "ORGANISATION",
  "PHONE",
  "EMAIL",
  "URL",
  "IP",
  "MAC",
  "PAYMENT_CARD",
  "CARD_SECURITY_CODE",
  "CARD_EXPIRY",
  "IBAN",
  "BIC",
  "BANK_ACCOUNT",
  "ROUTING_NUMBER",
  "GOVERNMENT_ID",
  "PASSPORT",
  "DRIVING_LICENCE",
  "LICENCE_PLATE",
  "HEALTH_ID",
  "TAX_ID",
  "ACCOUNT_ID",
  "ORDER_ID",
  "USERNAME",
  "PASSWORD",
  "PIN",
  "ONE_TIME_CODE",
  "DATE_OF_BIRTH",
  "DATE",
  "AGE",
  "CRYPTO_WALLET",
  "NUMBER",
] as const;
export type Kind = (typeof kinds)[number];

/** A stretch of the original text that says something personal; offsets are UTF-16 units. Holds no value. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  readonly score: number;
  readonly recognizer: string;
}

/** A finding before overlaps are settled; `value` is its normal form where the text itself is not one. */
export interface Candidate extends Finding {
  readonly value?: string;
  /** Cut off a longer candidate that lost. */
  readonly part?: true;
}

/**
 * Settles overlaps: the higher score wins, then the longer, then the earlier. What a loser covers beside the winner is
 * kept as a shorter candidate when it holds a letter or a digit, so that settling never uncovers what somebody claimed.
 */
export const settle = (candidates: readonly Candidate[], text: string): Candidate[] => {
  const ordered = candidates
    .filter((c) => c.end > c.start)
    .toSorted((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start) || a.start - b.start);
  const kept: Candidate[] = [];
  for (const c of ordered) {
    let from = c.start;
    let at = firstWhere(kept, (k) => k.end > c.start);
    for (;;) {
      const other = kept[at];
      const to = Math.min(c.end, other?.start ?? c.end);
      if (to > from) at += keepPart(kept, at, c, from, to, text);
      if (other === undefined || other.start >= c.end) break;
      from = other.end;
      at += 1;
    }
  }
  return kept.some((c) => c.part === true || isAsked(c)) ? mended(kept, text) : kept;
};

/** Found only because it was asked for: two such, side by side, are one answer. */
const isAsked = (c: Candidate): boolean => c.recognizer.startsWith("asked_");

/** Joins a cut-off part to a neighbour of its own kind when nothing but space stands between them. */
const mended = (kept: readonly Candidate[], text: string): Candidate[] => {
  const out: Candidate[] = [];
  for (const c of kept) {
    const last = out.at(-1);
    const joins =
      last !== undefined &&
      last.kind === c.kind &&
      (last.part === true || c.part === true || (isAsked(last) && isAsked(c))) &&
      /^[\s,.-]{0,3}$/.test(text.slice(last.end, c.start));
    if (joins) {
      const sure = last.score >= c.score ? last : c;
      out[out.length - 1] = {
        start: last.start,
        end: c.end,
        kind: c.kind,
        score: sure.score,
        recognizer: sure.recognizer,
      };
    } else out.push(c);
  }
  return out;
};

const hasContent = /[\p{L}\p{N}]/u;

/** Puts one uncovered part of a candidate at its place; 1 when it did, 0 when the part holds nothing. */
const keepPart = (
  kept: Candidate[],
  at: number,
  c: Candidate,
  start: number,
  end: number,
  text: string,
): 0 | 1 => {
  const whole = start === c.start && end === c.end;
  if (whole) {
    kept.splice(at, 0, c);
    return 1;
  }
  const part = text.slice(start, end);
  if (!hasContent.test(part)) return 0;
  const from = start + part.length - part.trimStart().length;
  const { kind, score, recognizer } = c;
  kept.splice(at, 0, {
    start: from,
    end: end - (part.length - part.trimEnd().length),
    kind,
    score,
    recognizer,
    part: true,
  });
  return 1;
};
