import type { Candidate, Kind } from "./finding.ts";
import { EVERYDAY, GERMAN, GIVEN } from "./lexicon.ts";
import { normalize, span, startOf, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { isNoun } from "./signatures.ts";
import { tokenize } from "./tokens.ts";
import type { Token } from "./tokens.ts";

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
}

// A value of this length is not read back, and comparing such ones at every word would not be linear.
const longest = 120;
const months = wordSet("may april june august mai april juni");
const common = EVERYDAY | GERMAN;
/** Recognizer of values that another turn gave away. */
export const told = "told_before";

interface Shelves {
  readonly byHead: Map<string, Entry[]>;
  /** Values of digits by their last four, which the same number in another form shares. */
  readonly byEnd: Map<string, Entry[]>;
  readonly seen: Set<string>;
  /** What was taken in already, as it came. */
  readonly given: Set<string>;
}

export const openRegister = (): Register => {
  const shelves: Shelves = { byHead: new Map(), byEnd: new Map(), seen: new Set(), given: new Set() };
  return {
    add: (kind, value, recognizer) => add(shelves, kind, value, recognizer),
    find: (scene) => [...findWords(shelves, scene), ...findNumbers(shelves, scene)],
  };
};

const add = (shelves: Shelves, kind: Kind, raw: string, recognizer: string) => {
  const mark = `${kind} ${recognizer} ${raw}`;
  if (raw.length > longest || shelves.given.has(mark)) return;
  shelves.given.add(mark);
  const tokens = tokenize(raw).filter((t) => t.kind !== "placeholder");
  const words = tokens.map((t) => t.lower);
  const value = normalize(raw);
  const digits = value.replaceAll(/\D/g, "").length;
  const entry = { words, kind, value, recognizer };
  // A single digit or a few letters would mask half the conversation.
  if (digits >= 4 && kind !== "PERSON") put(shelves.byEnd, value.slice(-4), entry, shelves);
  if (digits === value.length || value.length < 3) return;
  if (kind === "PERSON") addName(shelves, tokens, entry);
  else if (words.length > 1 || value.length >= 5) put(shelves.byHead, words[0], entry, shelves);
};

/** A name counts whole, and its words alone; words of every day only with a capital. */
const addName = (shelves: Shelves, tokens: readonly Token[], entry: Entry) => {
  // A garbled answer ("do I know you") must not become a name everywhere.
  const telling = tokens.some((t) => t.lower.length >= 3 && (t.bits & common) === 0);
  if (entry.recognizer === told && !telling) return;
  if (tokens.every((t) => t.lower.length === 1)) return;
  put(shelves.byHead, entry.words[0], entry, shelves);
  for (const { kind, lower, bits } of tokens) {
    if (kind !== "word" || lower.length < 3) continue;
    const capital = (bits & common) !== 0;
    if (capital && ((bits & GIVEN) === 0 || months.has(lower))) continue;
    put(shelves.byHead, lower, { ...entry, words: [lower], value: normalize(lower), capital }, shelves);
  }
};

const put = (shelf: Map<string, Entry[]>, key: string | undefined, entry: Entry, { seen }: Shelves) => {
  const mark = `${entry.kind} ${key === entry.words[0] ? entry.words.join(" ") : entry.value}`;
  if (key === undefined || seen.has(mark)) return;
  seen.add(mark);
  const list = shelf.get(key);
  if (list === undefined) shelf.set(key, [entry]);
  else {
    list.push(entry);
    list.sort((a, b) => b.words.length - a.words.length);
  }
};

// What a party's name is, is certain; what another turn gave away steps back behind what this one shows.
const scoreOf = (entry: Entry): number => (entry.recognizer === told ? 0.5 : 0.9);
const isPossessive = (lower: string): boolean => lower.endsWith("'s") || lower.endsWith("’s");
const plain = (lower: string): string => (isPossessive(lower) ? lower.slice(0, -2) : lower);

const findWords = ({ byHead }: Shelves, scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  if (byHead.size === 0) return found;
  for (let i = 0; i < scene.tokens.length; i += 1) {
    const lower = scene.tokens[i]?.lower ?? "";
    const entry = (byHead.get(lower) ?? byHead.get(plain(lower)))?.find((e) => stands(scene.tokens, i, e));
    if (entry === undefined) continue;
    const { kind, value, recognizer, words } = entry;
    const c = span(scene, i, i + words.length - 1, { kind, score: scoreOf(entry), recognizer, value });
    const possessive = isPossessive(scene.tokens[i + words.length - 1]?.lower ?? "");
    found.push(possessive ? { ...c, end: c.end - 2 } : c);
    if (kind === "PERSON" && words.length === 1 && isForename(scene.tokens, i - 1))
      found.push(span(scene, i - 1, i - 1, { kind, score: 0.5, recognizer: told }));
  }
  return found;
};

/** "Gesine" before a surname known already: a word with a capital that no list holds. */
const isForename = (tokens: readonly Token[], at: number): boolean => {
  const token = tokens[at];
  return (
    token?.kind === "word" &&
    token.upper === 1 &&
    token.bits === 0 &&
    token.lower.length > 2 &&
    tokens[at + 1]?.spaced === true &&
    tokens[at + 1]?.line === false &&
    !isNoun(token)
  );
};

const stands = (tokens: readonly Token[], at: number, entry: Entry): boolean => {
  if (
    entry.capital === true &&
    !(at > 0 && tokens[at]?.upper !== 0 && !/^[.!?]$/.test(tokens[at - 1]?.lower ?? ""))
  )
    return false;
  return entry.words.every((word, n) => n === 0 || plain(tokens[at + n]?.lower ?? "") === plain(word));
};

const findNumbers = ({ byEnd }: Shelves, scene: Scene): Candidate[] => {
  if (byEnd.size === 0) return [];
  return scene.runs.flatMap((run) => {
    if (run.symbols.length < 4) return [];
    const symbols = run.symbols.toLowerCase();
    const entry = byEnd
      .get(symbols.slice(-4))
      ?.find((e) => isSame(e.value, symbols) && !(isYear(symbols) && !endsOf.has(e.kind)));
    if (entry === undefined) return [];
    const { kind, value, recognizer } = entry;
    return [
      span(scene, startOf(scene, run.first, run.last), run.last, {
        kind,
        score: scoreOf(entry),
        recognizer,
        value,
      }),
    ];
  });
};

/** "Until 2023": of what people read back by its last four digits, only these end in what may be a year. */
const endsOf = new Set<Kind>(["PAYMENT_CARD", "PHONE", "IBAN", "BANK_ACCOUNT", "GOVERNMENT_ID"]);
const isYear = (symbols: string): boolean => /^(?:19|20)\d\d$/.test(symbols);

/** The same number with or without its country code or leading zeros, or its end read back. */
const isSame = (known: string, read: string): boolean => {
  if (known === read) return true;
  if (read.length < 6) return read.length >= 4 && known.length >= 9 && known.endsWith(read);
  const [a, b] = [known.replace(/^0+/, ""), read.replace(/^0+/, "")];
  if (Math.min(a.length, b.length) < 6) return false;
  return a.endsWith(b) || b.endsWith(a);
};
