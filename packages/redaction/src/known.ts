import type { Candidate, Kind } from "./finding.ts";
import { EVERYDAY, GERMAN, GIVEN } from "./lexicon.ts";
import { normalize, span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { tokenize } from "./tokens.ts";

interface Entry {
  readonly words: readonly string[];
  readonly kind: Kind;
  readonly value: string;
  readonly recognizer: string;
  /** A word of every day too ("Rose"): it counts only with a capital, and not where a sentence begins. */
  readonly capital?: boolean;
}

/** Values that are personal whatever stands around them: parties' names and addresses, and what was found before. */
export interface Register {
  /** Takes a value in. `parts`: the words of a name count alone too. */
  add(kind: Kind, value: string, recognizer: string): void;
  find(scene: Scene): Candidate[];
  readonly size: number;
}

// A value of this length is not read back, and comparing such ones at every word would not be linear.
const longest = 120;
const months = wordSet("may april june august mai april juni");
const common = EVERYDAY | GERMAN;
/** Recognizer of values that another turn gave away. */
export const told = "told_before";

export const openRegister = (): Register => {
  const byHead = new Map<string, Entry[]>();
  /** Values of digits by their last four, which the same number in another form shares. */
  const byEnd = new Map<string, [digits: string, entry: Entry][]>();
  let numbers = 0;
  const putDigits = (digits: string, entry: Entry) => {
    const end = digits.slice(-4);
    const list = byEnd.get(end) ?? [];
    byEnd.set(end, list);
    if (list.some(([d]) => d === digits)) return;
    list.push([digits, entry]);
    numbers += 1;
  };
  const seen = new Set<string>();

  const put = (words: readonly string[], kind: Kind, value: string, recognizer: string, capital = false) => {
    const head = words[0];
    const key = `${kind} ${words.join(" ")}`;
    if (head === undefined || seen.has(key)) return;
    seen.add(key);
    const entry = { words, kind, value, recognizer, capital };
    const list = byHead.get(head);
    if (list === undefined) byHead.set(head, [entry]);
    else {
      list.push(entry);
      list.sort((a, b) => b.words.length - a.words.length);
    }
  };

  const add = (kind: Kind, value: string, recognizer: string) => {
    if (value.length > longest) return;
    const tokens = tokenize(value).filter((t) => t.kind !== "placeholder");
    const words = tokens.filter((t) => t.kind !== "mark").map((t) => t.lower);
    if (words.length === 0) return;
    const whole = normalize(value);
    const digits = whole.replaceAll(/\D/g, "");
    // A single digit or letter would mask half the conversation.
    if (digits.length === whole.length) {
      if (digits.length >= 4) putDigits(digits, { words: [], kind, value: whole, recognizer });
      return;
    }
    if (whole.length < 3) return;
    if (kind !== "PERSON") {
      if (words.length > 1 || whole.length >= 5)
        put(
          tokens.map((t) => t.lower),
          kind,
          whole,
          recognizer,
        );
      if (digits.length >= 4) putDigits(whole, { words: [], kind, value: whole, recognizer });
      return;
    }
    // A garbled answer ("do I know you") must not become a name everywhere.
    if (recognizer === told && !tokens.some((t) => t.lower.length >= 3 && (t.bits & common) === 0)) return;
    if (words.every((w) => w.length === 1)) return;
    put(
      tokens.map((t) => t.lower),
      kind,
      whole,
      recognizer,
    );
    for (const t of tokens)
      if (t.kind === "word" && t.lower.length >= 3) {
        if ((t.bits & common) === 0) put([t.lower], kind, normalize(t.lower), recognizer);
        else if ((t.bits & GIVEN) !== 0 && !months.has(t.lower))
          put([t.lower], kind, normalize(t.lower), recognizer, true);
      }
  };

  const find = (scene: Scene): Candidate[] => {
    const found: Candidate[] = [];
    if (byHead.size > 0) {
      for (let i = 0; i < scene.tokens.length; i += 1) {
        const token = scene.tokens[i];
        if (token === undefined) continue;
        const bare = token.lower.replace(/['’]s$/, "");
        for (const entry of byHead.get(token.lower) ?? byHead.get(bare) ?? []) {
          if (
            !entry.words.every(
              (w, n) => n === 0 || (scene.tokens[i + n]?.lower ?? "").replace(/['’]s$/, "") === w,
            )
          )
            continue;
          if (
            entry.capital === true &&
            (token.upper === 0 || i === 0 || /^[.!?]$/.test(scene.tokens[i - 1]?.lower ?? ""))
          )
            continue;
          const last = i + entry.words.length - 1;
          const { kind, value, recognizer } = entry;
          const c = span(scene, i, last, { kind, score: recognizer === told ? 0.5 : 0.9, recognizer, value });
          const possessive = /['’]s$/i.test(scene.text.slice(c.start, c.end)) ? 2 : 0;
          found.push({ ...c, end: c.end - possessive });
          break;
        }
      }
    }
    if (numbers > 0) for (const run of scene.runs) found.push(...findDigits(scene, run));
    return found;
  };

  const findDigits = (scene: Scene, run: Scene["runs"][number]): Candidate[] => {
    if (run.symbols.length < 4) return [];
    const symbols = run.symbols.toLowerCase();
    const entry = byEnd.get(symbols.slice(-4))?.find(([known]) => isSame(known, symbols))?.[1];
    if (entry === undefined) return [];
    const { kind, recognizer } = entry;
    const first = scene.tokens[run.first - 1]?.lower === "+" ? run.first - 1 : run.first;
    return [
      span(scene, first, run.last, {
        kind,
        score: recognizer === told ? 0.5 : 0.9,
        recognizer,
        value: entry.value,
      }),
    ];
  };

  return {
    add,
    find,
    get size() {
      return seen.size + numbers;
    },
  };
};

/** The same number with or without its country code or leading zeros, or its end read back. */
const isSame = (known: string, read: string): boolean => {
  if (known === read) return true;
  if (read.length < 6) return read.length >= 4 && known.length >= 9 && known.endsWith(read);
  const [a, b] = [known.replace(/^0+/, ""), read.replace(/^0+/, "")];
  return a.endsWith(b) || b.endsWith(a);
};
