import { isTown } from "./addresses.ts";
import type { Candidate } from "./finding.ts";
import { CITY, ENGLISH, EVERYDAY, FAMILY, GERMAN, GIVEN } from "./lexicon.ts";
import { normalize, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";
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

const titles = wordSet(
  "mr mrs ms miss mister missus dr prof professor sir madam herr herrn frau fräulein doktor",
);
const greetings = wordSet(
  "hi hello hey dear thanks thank welcome sorry hallo liebe lieber moin servus danke regards cheers sincerely grüße",
);
const particles = wordSet(
  "van von de del della di da der den zu zur la le el al bin ben ibn mc mac st o' san dos du ten vom zum",
);
// Words that end a name, or are none, wherever they stand.
const never = wordSet(
  "i a an the and or but my your his her our their its it is am are was be been from for with to at on in of off by as so not no yes yeah ok okay please thanks thank calling call here there this that these those speaking sir madam mam maam just also who what when where why how which can could would will shall may do does did have has had need want looking trying going gonna having getting phone number email address order account card ssn date birth postcode zip password username pin code booking confirmation name names company city und oder aber mein meine meinen ihr ihre sein ist bin sind war von für mit zu auf in im an am aus bei der die das den dem des ein eine einen nicht nein ja bitte danke hier dort jetzt noch auch wie was wann wo warum wer ich du er sie es wir nummer telefon adresse konto karte geburtsdatum guten tag morgen abend again all right sure well good morning afternoon evening today tomorrow now then very really still sehr leider gerade schon mal",
);

/** Behind a name these make it a place or a house: "Clare College", "the Ashley Hotel". */
const venues = wordSet(
  "hotel house college lane street road park church chapel museum centre center restaurant guest guesthouse lodge hall pool pools bar cafe café bistro grill kitchen inn pub club theatre theater cinema gallery school university hospital clinic airport station bank store shop market mall plaza square bridge garden gardens court tower building library bed arms art stadium arena beach island river lake county avenue drive way gmbh ltd inc llc corp company group straße strasse platz weg allee klinik schule kirche bahnhof stadt museum verein bank apotheke cup award prize day foundation airlines motors",
);

/** Phrases that announce a name: strong ones take what follows, weak ones only what looks like a name. */
const strong: readonly (readonly string[])[] = [
  ["my", "name", "is"],
  ["my", "name's"],
  ["name", "is"],
  ["names"],
  ["name"],
  ["my", "names"],
  ["surname", "is"],
  ["surname"],
  ["mein", "name", "ist"],
  ["ich", "heiße"],
  ["ich", "heisse"],
  ["name", "ist"],
  ["name", "lautet"],
  ["vorname"],
  ["nachname"],
  ["vorname", "ist"],
  ["nachname", "ist"],
  ["im", "namen", "von"],
  ["hier", "spricht"],
  ["es", "spricht"],
  ["on", "behalf", "of"],
  ["account", "holder"],
  ["cardholder"],
];
const weakEnglish: readonly (readonly string[])[] = [
  ["i", "am"],
  ["i'm"],
  ["i’m"],
  ["im"],
  ["this", "is"],
  ["it", "is"],
  ["it's"],
  ["it’s"],
  ["its"],
  ["call", "me"],
  ["ask", "for"],
  ["speak", "to"],
  ["speak", "with"],
  ["speaking", "with"],
  ["speaking", "to"],
  ["spoke", "to"],
  ["spoke", "with"],
  ["talked", "to"],
  ["wife"],
  ["husband"],
  ["son"],
  ["daughter"],
  ["brother"],
  ["sister"],
  ["mother"],
  ["father"],
  ["colleague"],
  ["names", "are"],
];
const weakGerman: readonly (readonly string[])[] = [
  ["ich", "bin"],
  ["hier", "ist"],
  ["hier"],
  ["spreche", "mit"],
  ["spreche", "ich", "mit"],
  ["gesprochen", "mit"],
  ["frau"],
  ["mann"],
  ["sohn"],
  ["tochter"],
  ["bruder"],
  ["schwester"],
  ["mutter"],
  ["vater"],
  ["kollege"],
  ["kollegin"],
];
const index = (list: readonly (readonly string[])[]) => {
  const map = new Map<string, (readonly string[])[]>();
  for (const phrase of list) {
    const head = phrase[0] ?? "";
    map.set(
      head,
      [...(map.get(head) ?? []), phrase].toSorted((a, b) => b.length - a.length),
    );
  }
  return map;
};
const strongBy = index(strong);
const weakBy = { english: index(weakEnglish), german: index(weakGerman) };

const fits = (
  tokens: readonly Token[],
  at: number,
  map: ReadonlyMap<string, readonly (readonly string[])[]>,
): number => {
  for (const phrase of map.get(tokens[at]?.lower ?? "") ?? [])
    if (phrase.every((word, i) => tokens[at + i]?.lower === word)) return at + phrase.length;
  return -1;
};

const afterCue = (scene: Scene, at: number, cased: boolean): Hit | undefined => {
  const { tokens } = scene;
  const word = tokens[at]?.lower ?? "";
  if (titles.has(word) && !(word === "sir" || word === "madam")) {
    const first = tokens[at + 1]?.lower === "." ? at + 2 : at + 1;
    const next = tokens[first];
    if (particles.has(next?.lower ?? "")) return afterParticles(scene, first, cased);
    if (next?.kind === "word" && !never.has(next.lower) && (next.upper > 0 || isNameLike(next, scene)))
      return { first, last: extend(scene, first, cased), score: 0.85, recognizer: "title" };
    return undefined;
  }
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
  }
  return undefined;
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
    if (token === undefined) break;
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
  if (cased) return token.upper > 0 && (name || announced_ || !scene.german) && !titles.has(token.lower);
  if (announced_) return name || (token.bits & (scene.german ? GERMAN : EVERYDAY)) === 0;
  if (scene.german) return name && (token.bits & GERMAN) === 0;
  return name ? (token.bits & EVERYDAY) === 0 || token.upper === 1 : (token.bits & ENGLISH) === 0;
};
