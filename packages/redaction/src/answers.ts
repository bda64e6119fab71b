import type { Candidate, Kind } from "./finding.ts";
import { bitsOf, CITY, CITY_HEAD, EVERYDAY, FAMILY, GERMAN, GIVEN, ENGLISH } from "./lexicon.ts";
import { isTown } from "./addresses.ts";
import { clearStreets } from "./houses.ts";
import { person } from "./names.ts";
import { isQuantity } from "./numbers.ts";
import { isUnit } from "./runs.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { isCueHead, topics } from "./topics.ts";
import type { Topic } from "./topics.ts";

const fillers = wordSet(
  "hallo guten tag grüß gott moin ihnen sorry nice also was an gb mb yes yeah yep yup sure ok okay hi hello hey thanks thank you please it it's it’s its is the my name full first last names that that's that’s this i'm i’m am and um uh er erm hmm well so of course here go ahead date birth dob number no nr postcode post code zip address email mail phone contact mobile ssn account card id city booking confirmation order reference password username user pin right correct one moment be will i'll i’ll in for just actually live at with from was on ja ok klar gerne gern bitte danke mein meine meiner name ist ich heiße heisse bin lautet die der das und ähm äh also genau moment natürlich selbstverständlich hier kommt einmal postleitzahl adresse nummer telefonnummer geboren am im wohne in vorname nachname dann",
);
// How a turn begins that does not answer.
const refusals =
  /^(?:(?:sorry|well|um|uh|but|oh|yes|yeah|no|great|perfect|awesome|actually|okay|ok|sure|äh|ähm|also|ja|nein)[ ,.!]+)*(?:no\b[ ,].{0,40}\b(?:thank|all|everything)|how about|what about|sounds|great|perfect|awesome|i(?: a|['’ ]?)m (?:also )?(?:looking|trying|calling|interested|not|sorry|fine|good|afraid|going)|i (?:also|will|need|really|am also|am not|am looking|don['’]?t|do not|can['’]?t|cannot|won['’]?t|already|have to|need to (?:know|speak|check|find)|forgot|think|thought|just want|would like|want|was|did)|i['’]d (?:like|rather)|why|what|who|how|where|when|which|can (?:you|i|we)|could (?:you|i|we)|may i|do (?:you|i|we)|does|did|is (?:that|there|it|this)|are you|hold on|hang on|one (?:moment|second|sec|minute)|just a|give me|let me|wait|no(?:pe)?(?: thank(?:s| you)| thanks)?[.! ]*$|y(?:es|eah|ep|up)(?: please)?[.! ]*$|thank(?:s| you)\b.{0,12}$|nothing|not sure|never mind|pardon|excuse me|that(?: ?['’]s| ?['’]ll| is| will| sounds| would) (?:all|be|do|it|right|correct|fine|okay|ok|good|great|everything|perfect|not)|that sounds|okay?[.! ]*$|ich (?:weiß|weiss|habe|möchte|will|kann|brauche|verstehe|glaube)|warum|wieso|weshalb|wie bitte|was |wer |wo |wann |einen moment|moment|sekunde|können sie|kann ich|könnten sie|haben sie|ist das|nein[.! ]*$|ja[.! ]*$|keine? |danke|das (?:ist|war|stimmt))/i;

const longest = 16;

/** What the agent asked for, taken from the answer as a whole when it is short: recognisers of speech garble names and codes. */
export const findAnswers = (scene: Scene, names: readonly Candidate[]): Candidate[] => {
  const { tokens, asked } = scene;
  if (tokens.length === 0) return [];
  // What came back from here before is not searched a second time.
  if (tokens.some((t) => t.kind === "placeholder" && t.lower !== "[CARD_SECURITY_CODE]")) return [];
  const codes = scene.alone ? onlyCodes(scene) : [];
  if (asked.size > 0) return [...answerTo(scene, asked, names), ...codes];
  return scene.bare ? [...bareAnswer(scene), ...codes] : codes;
};

/** "770 264", "QX4T9P und QX4TB2": a turn of nothing but codes of four symbols or more, whatever they answer. */
const onlyCodes = (scene: Scene): Candidate[] => {
  const { tokens, runs } = scene;
  if (tokens.length > 24 || runs.length === 0) return [];
  let at = 0;
  for (const run of [...runs, undefined]) {
    for (; at < (run?.first ?? tokens.length); at += 1) {
      const token = tokens[at];
      if (token?.kind === "word" && !fillers.has(token.lower) && !connectors.has(token.lower)) return [];
      if (token?.kind === "mark" && !/^[-,.;:/&!?()"'+#]$/.test(token.lower)) return [];
      if (token?.kind === "number") return [];
    }
    at = (run?.last ?? at) + 1;
  }
  return runs.flatMap((run) => {
    const long = run.digits >= 4 || (run.digits >= 1 && run.symbols.length >= 5);
    if (!long || isPlain(run.symbols) || isDecimal(scene, run.first, run.last) || isQuantity(scene, run))
      return [];
    const value = run.symbols.toLowerCase();
    return [
      span(scene, run.first, run.last, { kind: "NUMBER", score: 0.42, recognizer: "only_code", value }),
    ];
  });
};

const isContent = (token: Token): boolean =>
  (token.kind === "word" || token.kind === "number") && !fillers.has(token.lower);

/** First and last token that is neither an introduction nor a closing word; undefined when nothing is left. */
const contentOf = (tokens: readonly Token[]): [number, number] | undefined => {
  const first = tokens.findIndex((t) => isContent(t));
  const last = tokens.findLastIndex((t) => isContent(t));
  if (first < 0) return undefined;
  // "g l o v e r" as "GL o v ER": a syllable at the end of a spelling is no filler.
  const end = tokens[last + 1];
  const spelled = tokens.slice(first, last + 1).filter((t) => t.lower.length === 1).length >= 2;
  return [
    first,
    spelled && last + 2 === tokens.length && /^(?:er|is|am|an|in|on)$/.test(end?.lower ?? "")
      ? last + 1
      : last,
  ];
};

/** A number, a lone letter or letters in capitals: an answer, whatever it begins with. */
const isCode = (t: Token): boolean =>
  t.kind === "number" ||
  (t.kind === "word" &&
    (t.lower.length === 1 ? !/^[aiu]$/.test(t.lower) : t.upper === 2 && !isUnit(t.lower)));

// Answers that may be any word at all, and those that hold a digit or a code.
const wordy: readonly Topic[] = ["name", "company", "password", "username", "email", "place", "address"];
const coded: readonly Topic[] = ["postcode", "birth", "plate", "iban", "expiry"];

const answerTo = (scene: Scene, asked: ReadonlySet<Topic>, names: readonly Candidate[]): Candidate[] => {
  const { tokens } = scene;
  if (tokens.length > longest || (refusals.test(scene.text.slice(0, 200)) && !tokens.some((t) => isCode(t))))
    return [];
  const range = contentOf(tokens);
  if (range === undefined) return [];
  const [start, last] = range;
  const introduced = asked.has("name")
    ? names.find((c) => c.recognizer === "introduction")?.start
    : undefined;
  const first = introduced === undefined ? start : tokens.findIndex((t) => t.start >= introduced);
  const open = [...wordy, ...coded].filter((topic) => asked.has(topic));
  const score = 0.6;
  if (asked.size === 1 && open.length === 1) {
    const topic = open[0] ?? "name";
    if (topic === "name") return named(scene, first, last, score);
    return whole(scene, first, last, topics[topic], `answer_${topic}`, score);
  }
  const found = mixed(scene, score);
  if (found.length > 0 || open.length === 0) return found;
  const topic = open[0] ?? "name";
  return topic === "name"
    ? named(scene, first, last, score)
    : whole(scene, first, last, topics[topic], `answer_${topic}`, score);
};

/** One candidate for a stretch without placeholders in it; a placeholder splits it. */
const whole = (
  scene: Scene,
  first: number,
  last: number,
  kind: Kind,
  recognizer: string,
  score: number,
): Candidate[] => {
  const answer = scene.tokens.slice(first, last + 1);
  if (kind !== "PERSON" && (kind === "ADDRESS" || last - first >= 5) && !answer.some((t) => isTelling(t)))
    return [];
  // Nobody's address of mail or login has six plain words.
  if (
    (kind === "EMAIL" || kind === "USERNAME") &&
    last - first >= 5 &&
    !answer.some((t) => isCode(t) || isAt(t))
  )
    return [];
  return parts(scene, first, last, kind, recognizer, score);
};

const isAt = (t: Token): boolean =>
  /^(?:at|ät|dot|punkt|@|klammeraffe|underscore|unterstrich)$/.test(t.lower);

/** A number, a lone letter, or a word that is in no dictionary or names somebody or some place. */
const isTelling = (t: Token): boolean =>
  t.kind === "number" ||
  (t.kind === "word" &&
    (t.lower.length === 1
      ? !/^[ai]$/.test(t.lower)
      : (t.bits & (ENGLISH | GERMAN)) === 0 ||
        (t.bits & CITY) !== 0 ||
        t.upper === 2 ||
        clearStreets.has(t.lower)));

const parts = (
  scene: Scene,
  first: number,
  last: number,
  kind: Kind,
  recognizer: string,
  score: number,
): Candidate[] => {
  const found: Candidate[] = [];
  let from = first;
  for (let i = first; i <= last + 1; i += 1) {
    if (i <= last && scene.tokens[i]?.kind !== "placeholder") continue;
    if (i > from && scene.tokens.slice(from, i).some((t) => isContent(t))) {
      found.push(
        kind === "PERSON"
          ? person(scene, from, i - 1, score, recognizer)
          : span(scene, from, i - 1, { kind, score, recognizer }),
      );
    }
    from = i + 1;
  }
  return found;
};

/** A name in an answer: all of a short one; of a longer one the words from the first to the last that can be a name. */
const named = (scene: Scene, first: number, last: number, score: number): Candidate[] => {
  const { tokens } = scene;
  if (last - first < 9 && tokens.length <= 12)
    return whole(scene, first, last, "PERSON", "answer_name", score);
  const like = (t: Token) =>
    isContent(t) &&
    ((t.bits & (GIVEN | FAMILY)) !== 0 ||
      (!scene.german && (t.bits & ENGLISH) === 0) ||
      t.lower.length === 1);
  const from = tokens.findIndex((t) => like(t));
  const to = tokens.findLastIndex((t) => like(t));
  return from < 0 ? [] : whole(scene, from, to, "PERSON", "answer_name", score);
};

/** Several things were asked: words that no list holds are the name, numbers are told apart by what else was asked. */
const mixed = (scene: Scene, score: number): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  const taken = new Set<number>();
  for (const run of scene.runs) for (let i = run.first; i <= run.last; i += 1) taken.add(i);
  for (let i = 0; i < tokens.length; i += 1) {
    const towns = taken.has(i) ? 0 : isTown(tokens, i);
    if (taken.has(i) || (towns < 2 && !isIdentifying(tokens[i], scene))) continue;
    let last = i + Math.max(towns, 1) - 1;
    if (towns > 0) found.push(span(scene, i, last, { kind: "PLACE", score, recognizer: "answer_place" }));
    else {
      while (last + 1 < tokens.length && !taken.has(last + 1) && isNamePart(tokens[last + 1], scene.german))
        last += 1;
      found.push(person(scene, i, last, score, "answer_name"));
    }
    i = last;
  }
  return found;
};

// Names first of all, though dictionaries hold them as words too.
const firm = wordSet(
  "amber bob chuck dawn drew frank grace jack ken nick pat penny porter ray rod rose sue wade faith melody don kit grant roman angel ram anu texas",
);

const isIdentifying = (token: Token | undefined, scene: Scene): boolean => {
  if (token === undefined || token.kind !== "word" || !isContent(token) || token.lower.length < 2)
    return false;
  if (firm.has(token.lower)) return true;
  if (/['’]/.test(token.lower) || isStretched(token.lower) || isUnit(token.lower) || isCueHead(token.lower))
    return false;
  // Without a German vocabulary only the lists of names tell; family names alone are German nouns too often.
  if (scene.german) return (token.bits & (GIVEN | CITY)) !== 0 && (token.bits & GERMAN) === 0;
  if ((token.bits & (GIVEN | FAMILY | CITY | CITY_HEAD)) !== 0) return (token.bits & EVERYDAY) === 0;
  return (token.bits & ENGLISH) === 0;
};

/** "hiii", "byee", "okk": a word of every day with letters held down. */
const isStretched = (word: string): boolean =>
  /(.)\1/.test(word) &&
  ((bitsOf(word.replaceAll(/(.)\1+/g, "$1")) | bitsOf(word.replaceAll(/(.)\1+/g, "$1$1"))) & EVERYDAY) !== 0;

const isNamePart = (token: Token | undefined, german: boolean): boolean =>
  token?.kind === "word" &&
  !fillers.has(token.lower) &&
  !isCueHead(token.lower) &&
  !isUnit(token.lower) &&
  (token.lower.length === 1 ||
    firm.has(token.lower) ||
    (token.bits & (GIVEN | FAMILY)) !== 0 ||
    (german ? token.upper === 1 : (token.bits & ENGLISH) === 0));

/** "299.99", "1,5", "10.4.2": an amount or a version. */
const isDecimal = (scene: Scene, first: number, last: number): boolean =>
  /^\d{1,6}[.,]\d{1,2}(?:\.\d{1,2})?$/.test(
    scene.text.slice(scene.tokens[first]?.start, scene.tokens[last]?.end),
  );

/** Round numbers and years say how much or when, not who. */
const isPlain = (symbols: string): boolean => /^(?:\d{1,4}00|19[5-9]\d|20[0-3]\d)$/.test(symbols);

const connectors = wordSet("and & , . - / : und + is its also");

/**
 * A turn that is nothing but a name, a number or a town, with the words that lead to one. Nothing says what it answers,
 * so every other word must be a filler: "kum 587", "viswa", "harold 4356", "mumbai to chennai".
 */
const bareAnswer = (scene: Scene): Candidate[] => {
  const { tokens } = scene;
  if (tokens.length > 12 || tokens.some((t) => t.kind === "placeholder")) return [];
  const found: Candidate[] = [];
  const taken = new Set<number>();
  for (const run of scene.runs) {
    for (let i = run.first; i <= run.last; i += 1) taken.add(i);
    if (isPlain(run.symbols) || isDecimal(scene, run.first, run.last)) continue;
    if (run.digits >= 3 || (run.digits >= 1 && run.symbols.length >= 4))
      found.push(
        span(scene, run.first, run.last, {
          kind: "NUMBER",
          score: 0.42,
          recognizer: "bare_number",
          value: run.symbols.toLowerCase(),
        }),
      );
  }
  for (const c of mixed(scene, 0.45)) found.push(c);
  if (found.length === 0) return [];
  const covered = (i: number) =>
    found.some((c) => c.start <= (tokens[i]?.start ?? -1) && c.end >= (tokens[i]?.end ?? -1));
  const others = tokens.filter(
    (t, i) =>
      !taken.has(i) && !covered(i) && t.kind !== "mark" && !fillers.has(t.lower) && !connectors.has(t.lower),
  );
  return others.length <= (tokens.length > 6 ? 1 : 0)
    ? found
    : found.filter((c) => c.recognizer !== "bare_number" && others.length <= 1);
};
