import { wordSet } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { cuesOf, topics } from "./topics.ts";
import type { Cue, Topic } from "./topics.ts";

/** What a question opened and how many customer turns it stays open for. */
export interface OpenAsk {
  readonly topic: Topic;
  readonly turnsLeft: number;
  /** Something of the kind has been said since. */
  readonly told: boolean;
}

const asking = wordSet(
  "what what's which may could can please provide give tell confirm verify need spell repeat enter share know say state have read whom who was wie welche welches welcher welchen bitte nennen sagen geben könnten können darf dürfte brauche benötige bräuchte buchstabieren wiederholen wann wo verraten mitteilen lautet angeben durchgeben eingeben",
);
const opening = wordSet("and then so now next und dann jetzt noch sowie");
const again = wordSet(
  "again repeat repeated once spell sorry pardon letter slowly nochmal nochmals wiederholen erneut buchstabieren langsam wiederhole",
);
const lasting = 3;
// "Name" of a thing, "number" of persons: words before the cue that make it no question about the customer.
const things = wordSet(
  "hotel restaurant company business product street website service brand model file movie event guesthouse place station train",
);

/** Topics that an agent's turn asks for; none when it only mentions them. A question is judged sentence by sentence. */
export const askedIn = (tokens: readonly Token[]): Topic[] => {
  const cues = cuesOf(tokens);
  if (cues.length === 0) return [];
  const found = new Set<Topic>();
  let first = 0;
  let before: readonly Topic[] = [];
  let next = 0;
  for (let i = 0; i <= tokens.length; i += 1) {
    const token = tokens[i];
    if (token !== undefined && !isSentenceEnd(tokens, i)) continue;
    const from = next;
    while ((cues[next]?.last ?? Infinity) < i) next += 1;
    const named = cues.slice(from, next);
    if (token?.lower === "?" || isAsking(tokens, first, i)) {
      for (const cue of named) if (isAskedFor(tokens, cue)) found.add(cue.topic);
      if (named.length === 0 && isAboutBefore(tokens, first, i))
        for (const topic of before) if (pieces.has(topic)) found.add(topic);
    }
    if (named.length > 0) before = named.map((cue) => cue.topic);
    first = i + 1;
  }
  return [...found];
};

const abbreviated = wordSet("dr prof mr mrs ms st nr no str hr fr tel bzw ca mag ing dipl");

/** A mark with a space behind it, and a full stop not if it shortens a word. */
const isSentenceEnd = (tokens: readonly Token[], at: number): boolean =>
  /^[.?!]$/.test(tokens[at]?.lower ?? "") &&
  tokens[at + 1]?.spaced !== false &&
  !(tokens[at]?.lower === "." && abbreviated.has(tokens[at - 1]?.lower ?? ""));

const isAsking = (tokens: readonly Token[], first: number, end: number): boolean => {
  for (let i = first; i < end; i += 1) if (asking.has(tokens[i]?.lower ?? "")) return true;
  // "Your postcode", "And the last three digits on the back": a few words that name a topic ask for it.
  return (
    end - first <= (opening.has(tokens[first]?.lower ?? "") ? 9 : 6) &&
    !tokens
      .slice(first, end)
      .some(
        (t) =>
          t.kind === "number" ||
          t.kind === "placeholder" ||
          /^(?:is|ist|was|thanks|thank|danke)$/.test(t.lower),
      )
  );
};

const telling = wordSet(
  "tell read give say says enter type spell nennen sagen vorlesen lautet steht geben eingeben",
);
const pointing = wordSet("it them those ihn es er");

/** "I've sent you a code. Can you tell me what it says?": asks for what the sentence before named. */
const isAboutBefore = (tokens: readonly Token[], first: number, end: number): boolean => {
  let [tells, points] = [false, false];
  for (let i = first; i < end; i += 1) {
    const word = tokens[i]?.lower ?? "";
    if (telling.has(word)) tells = true;
    if (pointing.has(word)) points = true;
  }
  return tells && points;
};

const isAskedFor = (tokens: readonly Token[], cue: Cue): boolean =>
  !(cue.topic === "name" && isThing(tokens, cue.first, cue.last)) && !isOffer(tokens, cue.first);

/** "Do you have a name in mind?" asks for no person's name; "your name", "full name" and "name, please" do. */
const isThing = (tokens: readonly Token[], first: number, last: number): boolean => {
  const [before, behind] = [tokens[first - 1]?.lower ?? "", tokens[last + 1]?.lower ?? ""];
  if (things.has(before) || behind === "of" || behind === "des" || behind === "der") return true;
  const word = tokens[first]?.lower ?? "";
  if (first < last || (word !== "name" && word !== "names")) return false;
  if (/^(?:please|bitte|and|und|,|\?)$/.test(behind) && !/^(?:by|particular|specific)$/.test(before))
    return false;
  return ![before, tokens[first - 2]?.lower ?? ""].some((w) =>
    /^(?:your|ihr|ihre[nrms]?|dein|deinen|his|her|card|account)$/.test(w),
  );
};

const others = wordSet("their its his her deren dessen unsere unserer our");
const offering = wordSet("like want möchten wünschen");

/** "Would you like the address?" offers one; "would you like to give me your address" asks. */
const isOffer = (tokens: readonly Token[], cue: number): boolean => {
  let offered = false;
  for (let i = Math.max(0, cue - 6); i < cue; i += 1) {
    const word = tokens[i]?.lower ?? "";
    if (/^(?:your|ihre[rnms]?|ihr)$/.test(word)) return false;
    if (others.has(word) || offering.has(word)) offered = true;
  }
  return offered;
};

/** Folds an agent's turn into what is open: a new question replaces, "once more" keeps, other talk closes. */
export const afterAgent = (open: readonly OpenAsk[], tokens: readonly Token[]): OpenAsk[] => {
  const asked = askedIn(tokens);
  if (asked.length > 0) return asked.map((topic) => ({ topic, turnsLeft: lasting, told: false }));
  const words = tokens.filter((t) => t.kind === "word");
  // A placeholder stands for words that are gone: such a turn is not taken for a short one.
  const keeps =
    (words.length <= 4 && !tokens.some((t) => t.kind === "placeholder")) ||
    words.some((t) => again.has(t.lower));
  return keeps ? [...open] : [];
};

// Numbers come in pieces, over several turns; a name or an address comes at once.
const pieces = new Set<Topic>([
  "phone",
  "card",
  "security",
  "expiry",
  "iban",
  "bank",
  "routing",
  "account",
  "order",
  "government",
  "tax",
  "health",
  "passport",
  "licence",
  "pin",
  "code",
]);
const piece = 12;

/** Folds a customer's turn into what is open: told at once closes, told in pieces stays for the next piece. */
export const afterCustomer = (open: readonly OpenAsk[], found: ReadonlySet<string>): OpenAsk[] =>
  open.flatMap((ask) => {
    const told = ask.told || found.has(topics[ask.topic]);
    return ask.turnsLeft > 1 && (!told || pieces.has(ask.topic))
      ? [{ topic: ask.topic, turnsLeft: ask.turnsLeft - 1, told }]
      : [];
  });

/** What counts as asked for in a customer's turn: a long one is no further piece of what was told. */
export const askedOf = (open: readonly OpenAsk[], tokens: readonly Token[]): Set<Topic> => {
  const short = tokens.length <= piece && !tokens.some((t) => t.kind === "placeholder");
  return new Set(open.filter((ask) => !ask.told || short).map((ask) => ask.topic));
};
