import { bitsOf } from "./lexicon.ts";

/** One piece of a turn. Offsets are UTF-16 units of the text as it came; `lower` is its normal form for look-ups. */
export interface Token {
  readonly kind: "word" | "number" | "mark" | "placeholder";
  readonly start: number;
  readonly end: number;
  readonly lower: string;
  /** White space, or the text's edge, stands before it. */
  readonly spaced: boolean;
  /** It begins a line. */
  readonly line: boolean;
  /** 0 lower case, 1 first letter upper, 2 all upper. */
  readonly upper: 0 | 1 | 2;
  readonly bits: number;
}

const placeholder = /\[[A-Z]{2,}(?:_[A-Z]+)*(?:_\d{1,9})?\]/y;
const letter = /[\p{L}\p{M}]/u;
const digit = /\p{Nd}/u;
const white = /\s/;

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;

const ascii = Uint8Array.from({ length: 128 }, (_, code) => {
  if ((code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return LETTER;
  if (code >= 48 && code <= 57) return DIGIT;
  return code <= 32 ? SPACE : OTHER;
});

/** Which of four classes a UTF-16 unit is in; a lone half of a surrogate pair is OTHER, and so is an emoji. */
const classOf = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  if (code < 128) return ascii[code] ?? OTHER;
  const character = text.charAt(at);
  if (letter.test(character)) return LETTER;
  if (digit.test(character)) return DIGIT;
  return white.test(character) ? SPACE : OTHER;
};

const isApostrophe = (code: number) => code === 0x27 || code === 0x2019;

/**
 * Cuts a text into words, numbers, marks and placeholders, in one pass. Digits of any script become ASCII ones in
 * `lower`. A placeholder that came with the text is one token: what stands in it is never looked at again.
 */
export const tokenize = (text: string): Token[] => {
  const tokens: Token[] = [];
  let spaced = true;
  let line = true;
  let at = 0;
  while (at < text.length) {
    const kind = classOf(text, at);
    if (kind === SPACE) {
      spaced = true;
      if (text.charCodeAt(at) === 10) line = true;
      at += 1;
      continue;
    }
    const token = read(text, at, kind, { spaced, line });
    tokens.push(token);
    spaced = false;
    line = false;
    at = token.end;
  }
  return tokens;
};

interface Before {
  readonly spaced: boolean;
  readonly line: boolean;
}

const read = (text: string, start: number, kind: number, before: Before): Token => {
  if (kind === LETTER) return readWord(text, start, before);
  let end = start + 1;
  if (kind === DIGIT) {
    while (end < text.length && classOf(text, end) === DIGIT) end += 1;
    return {
      kind: "number",
      start,
      end,
      lower: asciiDigits(text.slice(start, end)),
      ...before,
      upper: 0,
      bits: 0,
    };
  }
  if (text.charCodeAt(start) === 0x5b) {
    placeholder.lastIndex = start;
    if (placeholder.test(text)) {
      end = placeholder.lastIndex;
      return { kind: "placeholder", start, end, lower: text.slice(start, end), ...before, upper: 0, bits: 0 };
    }
  }
  return { kind: "mark", start, end, lower: text.slice(start, end), ...before, upper: 0, bits: 0 };
};

const readWord = (text: string, start: number, before: Before): Token => {
  let end = start + 1;
  for (; end < text.length; end += 1) {
    const kind = classOf(text, end);
    if (kind === LETTER) continue;
    const inside =
      isApostrophe(text.charCodeAt(end)) && end + 1 < text.length && classOf(text, end + 1) === LETTER;
    if (!inside) break;
  }
  const raw = text.slice(start, end);
  const lower = raw.toLowerCase();
  let upper: 0 | 1 | 2 = 0;
  if (raw !== lower) {
    if (raw.length > 1 && raw === raw.toUpperCase()) upper = 2;
    else if (raw.charAt(0) !== lower.charAt(0)) upper = 1;
  }
  return { kind: "word", start, end, lower, ...before, upper, bits: bitsOf(lower) };
};

const asciiDigits = (raw: string): string =>
  /^[0-9]*$/.test(raw)
    ? raw
    : Array.from(raw, (c) => {
        // Decimal digits stand in blocks of ten that begin at a zero (Unicode, general category Nd).
        const code = c.codePointAt(0) ?? 0;
        let zero = code;
        while (code - zero < 9 && digit.test(String.fromCodePoint(zero - 1))) zero -= 1;
        return c >= "0" && c <= "9" ? c : String((code - zero) % 10);
      }).join("");
