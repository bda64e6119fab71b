import { isTown } from "./addresses.ts";
import type { Candidate } from "./finding.ts";
import { CITY, ENGLISH, EVERYDAY, FAMILY, GERMAN, GIVEN } from "./lexicon.ts";
import {
  fits,
  greetings,
  never,
  offices,
  ones,
  particles,
  strongBy,
  titles,
  venues,
  weakBy,
} from "./name-words.ts";
import { normalize } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { closingHeads, isNoun, signedAt } from "./signatures.ts";
import { isCueHead } from "./topics.ts";

/** People: behind a cue or a title, by the lists of names, and beside a name already found. */
export const findNames = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  const cased = tokens.some((t) => t.upper === 1 && t.start > 0);
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind !== "word") continue;
    const hit = afterCue(scene, i, cased) ?? byList(scene, i, cased);
    if (hit === undefined) continue;
    found.push(person(scene, hit.first, hit.last, hit.score, hit.recognizer));
    i = hit.last;
  }
  return found;
};

/** A PERSON candidate whose normal form holds the name's letters only. */
export const person = (
  scene: Scene,
  first: number,
  last: number,
  score: number,
  recognizer: string,
): Candidate => {
  const start = scene.tokens[first]?.start ?? 0;
  const end = scene.tokens[last]?.end ?? 0;
  const value = normalize(scene.text.slice(start, end).replace(/['’]s$/i, ""));
  return { start, end, kind: "PERSON", score, recognizer, value };
};

interface Hit {
  readonly first: number;
  readonly last: number;
  readonly score: number;
  readonly recognizer: string;
}

/** Words with which anything begins that announces a name: most words are none. */
const announcing = new Set([
  ...titles,
  ...greetings,
  ...strongBy.keys(),
  ...weakBy.english.keys(),
  ...weakBy.german.keys(),
  ...closingHeads,
]);

const afterCue = (scene: Scene, at: number, cased: boolean): Hit | undefined => {
  const { tokens } = scene;
  const word = tokens[at]?.lower ?? "";
  if (!announcing.has(word)) return undefined;
  if (titles.has(word) && !(word === "sir" || word === "madam") && !isUnpointed(scene, at))
    return titled(scene, at, cased);
  const signed = signedAt(scene, at);
  if (signed !== undefined)
    return { first: signed[0], last: signed[1], score: 0.75, recognizer: "signature" };
  const direct = fits(tokens, at, strongBy);
  if (direct >= 0) return announced(scene, direct, cased, at);
  const soft = fits(tokens, at, scene.german ? weakBy.german : weakBy.english);
  if (soft >= 0) {
    const next = tokens[soft];
    const plain = next === undefined || next.kind !== "word" || never.has(next.lower);
    if (
      !plain &&
      isNameLike(next, scene) &&
      !isAlready(next, scene) &&
      ((next.bits & CITY) === 0 || (next.upper === 1 && (next.bits & GIVEN) !== 0))
    )
      return { first: soft, last: extend(scene, soft, cased), score: 0.65, recognizer: "introduction" };
  }
  if (soft >= 0 && scene.german && isPair(tokens, soft) && !ones.has(word) && word !== "hier")
    return { first: soft, last: soft + 1, score: 0.6, recognizer: "introduction" };
  if (greetings.has(word)) {
    const first = tokens[at + 1]?.lower === "," ? at + 2 : at + 1;
    const next = tokens[first];
    if (
      next?.kind === "word" &&
      !never.has(next.lower) &&
      (next.bits & GIVEN) !== 0 &&
      ((next.bits & EVERYDAY) === 0 || next.upper === 1)
    )
      return { first, last: extend(scene, first, cased), score: 0.6, recognizer: "greeting" };
    if (scene.german && isAddressed(tokens, at, first))
      return { first, last: first, score: 0.6, recognizer: "greeting" };
  }
  return undefined;
};

/** "Kollege Emeka Obi": two words with capitals that no list of German words holds. */
const isPair = (tokens: readonly Token[], at: number): boolean => {
  const [first, second] = [tokens[at], tokens[at + 1]];
  return first !== undefined && second !== undefined && isSurname(first) && isSurname(second) && !second.line;
};

/** "Hr." and "Fr." are titles in German only, and only with their point; hours and Friday are not. */
const isUnpointed = ({ tokens, german }: Scene, at: number): boolean =>
  /^[hf]r$/.test(tokens[at]?.lower ?? "") &&
  !(german && tokens[at]?.upper === 1 && tokens[at + 1]?.lower === "." && tokens[at - 1]?.kind !== "number");

const isRank = (word: string): boolean => titles.has(word) || offices.has(word);

/** "Mrs Abernathy", "Frau Prof. Dr. Altenburg"; in small letters, as recognisers of speech write, "frau altenburg". */
const titled = (scene: Scene, at: number, cased: boolean): Hit | undefined => {
  const { tokens } = scene;
  let first = at + 1;
  while (first < at + 6 && (tokens[first]?.lower === "." || isRank(tokens[first]?.lower ?? ""))) first += 1;
  const next = tokens[first];
  const own = ones.has(tokens[at - 1]?.lower ?? "");
  if (particles.has(next?.lower ?? ""))
    return own || /^(?:de[rnms]|die|das)$/.test(next?.lower ?? "")
      ? undefined
      : afterParticles(scene, first, cased);
  if (next?.kind !== "word" || never.has(next.lower) || next.line) return undefined;
  const given = (next.bits & GIVEN) !== 0;
  if ((next.upper > 0 && !(own && scene.german && (next.bits & GERMAN) !== 0)) || isNameLike(next, scene))
    return {
      first,
      last: extend(scene, first, cased, given && scene.german),
      score: 0.85,
      recognizer: "title",
    };
  const said = scene.german && !cased && !own && next.lower.length > 2 && (next.bits & GERMAN) === 0;
  return said && /^(?:frau|herrn?)$/.test(tokens[at]?.lower ?? "")
    ? { first, last: first, score: 0.6, recognizer: "title" }
    : undefined;
};

/** "Liebe Traude!", "Hallo Natascha,": in a line of its own, or at a turn's beginning, with a capital and a mark behind. */
const isAddressed = (tokens: readonly Token[], at: number, first: number): boolean => {
  const [name, behind] = [tokens[first], tokens[first + 1]];
  return (
    (at === 0 || tokens[at]?.line === true) &&
    first === at + 1 &&
    name !== undefined &&
    isSurname(name) &&
    !never.has(name.lower) &&
    !/(?:innen|team|leute|kunden?|kundin|freunde|eltern|kollegen|damen|herren|mitglieder|gruppe|verein)$/.test(
      name.lower,
    ) &&
    (behind?.lower === "," || behind?.lower === "!")
  );
};

/** "Dr van der Berg". */
const afterParticles = (scene: Scene, first: number, cased: boolean): Hit | undefined => {
  let at = first;
  while (at < first + 3 && particles.has(scene.tokens[at]?.lower ?? "")) at += 1;
  return scene.tokens[at]?.upper === 1
    ? { first, last: extend(scene, at, cased), score: 0.85, recognizer: "title" }
    : undefined;
};

/** "My name is …": up to four words, until one that no name holds. */
const announced = (scene: Scene, from: number, cased: boolean, cue: number): Hit | undefined => {
  const { tokens } = scene;
  let first = from;
  while (/^(?:is|ist|:|=|-|uh|um|ähm|äh|the|lautet|as|it's|its)$/.test(tokens[first]?.lower ?? ""))
    first += 1;
  const next = tokens[first];
  if (next?.kind !== "word" || never.has(next.lower)) return undefined;
  // "name" alone says little: "company name", "the name of the hotel".
  const bareCue = from === cue + 1 && first === from;
  if (bareCue && !isNameLike(next, scene)) return undefined;
  if (
    /^(?:company|business|firm|user|hotel|restaurant|street|product|domain|file|brand)$/.test(
      tokens[cue - 1]?.lower ?? "",
    )
  )
    return undefined;
  return { first, last: extend(scene, first, cased, true), score: 0.8, recognizer: "introduction" };
};

/** A word that some adjective or noun may be too, and that follows "I am": "I am hardy", "ich bin Kunde". */
const isAlready = (token: Token, scene: Scene): boolean =>
  scene.german ? (token.bits & GERMAN) !== 0 : (token.bits & EVERYDAY) !== 0 && token.upper !== 1;

/** In a list of names and no word of every day, or, in English, in no dictionary at all. */
export const isNameLike = (token: Token, scene: Scene): boolean => {
  if (
    token.lower.length < 2 ||
    isCueHead(token.lower) ||
    titles.has(token.lower) ||
    (/^[a-z]+['’]/.test(token.lower) && !/^[od]['’]/.test(token.lower))
  )
    return false;
  const listed = (token.bits & (GIVEN | FAMILY)) !== 0;
  if (scene.german)
    return listed && ((token.bits & GERMAN) === 0 || (token.upper === 1 && (token.bits & GIVEN) !== 0));
  if (listed) return (token.bits & EVERYDAY) === 0 || token.upper === 1;
  return (token.bits & ENGLISH) === 0;
};

const isStrongGiven = (token: Token, scene: Scene): boolean =>
  (token.bits & GIVEN) !== 0 &&
  (token.bits & (CITY | (scene.german ? GERMAN : EVERYDAY))) === 0 &&
  token.lower.length > 2 &&
  !never.has(token.lower) &&
  !isCueHead(token.lower);

const byList = (scene: Scene, at: number, cased: boolean): Hit | undefined => {
  const { tokens } = scene;
  const token = tokens[at];
  if (token === undefined || never.has(token.lower)) return undefined;
  if (cased && token.upper === 0) return undefined;
  if (isInTown(tokens, at)) return undefined;
  if (isStrongGiven(token, scene)) {
    const last = extend(scene, at, cased);
    if (isVenue(tokens, at, last)) return undefined;
    return { first: at, last, score: last > at ? 0.7 : 0.55, recognizer: "given_name" };
  }
  const next = tokens[at + 1];
  // "Oluwaseun Adeyemi": two capitalised words that no dictionary holds.
  const foreign =
    !scene.german &&
    at > 0 &&
    isForeign(token) &&
    next !== undefined &&
    isForeign(next) &&
    next.spaced &&
    !isVenue(tokens, at, extend(scene, at, cased));
  if (foreign) return { first: at, last: extend(scene, at, cased), score: 0.5, recognizer: "name_pair" };
  const pair =
    next?.kind === "word" &&
    next.upper === 1 &&
    (next.bits & FAMILY) !== 0 &&
    (next.bits & EVERYDAY) === 0 &&
    !never.has(next.lower);
  if (
    token.upper === 1 &&
    pair &&
    !isVenue(tokens, at, extend(scene, at, cased)) &&
    ((token.bits & GIVEN) !== 0 || (!scene.german && (token.bits & (ENGLISH | CITY)) === 0))
  )
    return { first: at, last: extend(scene, at, cased), score: 0.6, recognizer: "name_pair" };
  return undefined;
};

const isForeign = (token: Token): boolean =>
  token.kind === "word" &&
  token.upper === 1 &&
  token.lower.length > 2 &&
  (token.bits & (ENGLISH | CITY)) === 0 &&
  !isCueHead(token.lower);

/** "San Francisco", "Los Angeles": words of a town that are names elsewhere. */
const isInTown = (tokens: readonly Token[], at: number): boolean =>
  isTown(tokens, at) > 1 || isTown(tokens, at - 1) > 1 || isTown(tokens, at - 2) > 2;

/** Is what looks like a name part of a place's or a firm's? */
const isVenue = (tokens: readonly Token[], first: number, last: number): boolean => {
  for (let i = first + 1; i <= last + 1; i += 1) if (venues.has(tokens[i]?.lower ?? "")) return true;
  const possessive =
    tokens[last + 1]?.lower === "'" || tokens[last + 1]?.lower === "s" ? tokens[last + 3] : undefined;
  return venues.has(possessive?.lower ?? "") || /^the$/.test(tokens[first - 1]?.lower ?? "");
};

/** Index of a name's last word when it begins at `first`. */
const extend = (scene: Scene, first: number, cased: boolean, announced_ = false): number => {
  const { tokens } = scene;
  let last = first;
  for (let i = first + 1, words = 1; i < tokens.length && words < 5; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.line) break;
    if (token.kind === "mark") {
      const joins =
        (token.lower === "-" && !token.spaced) || (token.lower === "." && tokens[i - 1]?.lower.length === 1);
      if (joins && tokens[i + 1]?.kind === "word" && (token.lower === "." || tokens[i + 1]?.spaced === false))
        continue;
      break;
    }
    if (token.kind !== "word" || never.has(token.lower)) {
      if (token.kind === "word" && particles.has(token.lower) && tokens[i + 1]?.upper === 1) continue;
      break;
    }
    if (!continues(token, tokens[i + 1], scene, cased, announced_)) break;
    last = i;
    words += 1;
  }
  return last;
};

/** Behind a given name a German word with a capital that is in no list of words, and no noun by its ending, is a surname. */
const isSurname = (token: Token): boolean =>
  token.upper === 1 &&
  token.spaced &&
  token.lower.length > 2 &&
  (token.bits & (GERMAN | CITY)) === 0 &&
  !isNoun(token);

const continues = (
  token: Token,
  next: Token | undefined,
  scene: Scene,
  cased: boolean,
  announced_: boolean,
): boolean => {
  if (token.lower.length === 1) return next?.kind === "word" || next?.lower === ".";
  if (particles.has(token.lower))
    return next?.kind === "word" && (next.upper === 1 || (next.bits & FAMILY) !== 0);
  const name = (token.bits & (GIVEN | FAMILY)) !== 0;
  if (isCueHead(token.lower)) return false;
  if (cased)
    return (
      token.upper > 0 && (name || announced_ || !scene.german || isSurname(token)) && !titles.has(token.lower)
    );
  if (announced_) return name || (token.bits & (scene.german ? GERMAN : EVERYDAY)) === 0;
  if (scene.german) return name && (token.bits & GERMAN) === 0;
  return name ? (token.bits & EVERYDAY) === 0 || token.upper === 1 : (token.bits & ENGLISH) === 0;
};
