import { EVERYDAY } from "./lexicon.ts";
import { wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { spoken } from "./spoken.ts";
import type { Token } from "./tokens.ts";

/** First and last token. */
export type Stretch = [first: number, last: number];

/** Words that a street's name ends in and that are little else. */
export const clearStreets = wordSet(
  "street st road rd avenue ave lane ln drive dr boulevard blvd terrace parkway pkwy highway hwy circle crescent close grove gardens mews square",
);
/** Those that say something else as often: they need capitals, or a number that is said before a name. */
const otherStreets = wordSet(
  "court ct place pl way cir sq row alley plaza trail trl turnpike loop walk route hill heights rise bank wharf end view vale mead meadow meadows croft dene quay green fields fold garth yard dock lea nook orchard side brae wynd villas cottages mount reach ridge brow cross esplanade parade promenade chase copse drove embankment approach broadway spinney glade glen hollow knoll leys pasture pastures strand vista causeway bend bluff cove manor pass path pike run shore trace track mill gate common bottom park",
);
const units = wordSet("flat apartment apt unit suite wohnung maisonette studio");
const buildings = wordSet(
  "house cottage farm farmhouse lodge barn mill forge rectory vicarage manor villa gatehouse bungalow grange priory stables croft smithy schoolhouse parsonage chapel granary",
);
const months = wordSet(
  "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday",
);
// What stands between a number and such a word when they tell no address.
const talk = wordSet(
  "is are was and or but for to from i you we they it a my your our his her their minute minutes hour hours day days week weeks month months year years mile miles metre metres meter meters people person persons star stars guests night nights pound pounds dollar dollars euro euros percent am pm at on off by as so just near along up down around over under out back than with that this there have has had need want can would please in bed beds bath baths bedroom bedrooms bedroomed way lane side more other different new of time times single double twin family single-track piece pieces good best easy long short half quick no not next only right wrong main en",
);

const isNumber = (token: Token | undefined): token is Token =>
  token?.kind === "number" && token.lower.length <= 5;
const isLetterOf = (token: Token | undefined): boolean =>
  token?.kind === "word" && token.lower.length === 1 && !token.spaced;
const isCapital = (token: Token | undefined): token is Token =>
  token?.kind === "word" && token.upper > 0 && token.lower.length > 1;

/**
 * An English address that begins here and that a number with "street" behind it does not give away: flats, houses with
 * a name, rarer words for streets, numbers that were read out.
 */
export const englishHouse = (scene: Scene, at: number): Stretch | undefined => {
  const token = scene.tokens[at];
  if (token === undefined || token.kind === "mark" || token.kind === "placeholder") return undefined;
  if (token.kind === "number") return rareStreet(scene.tokens, at);
  if (units.has(token.lower)) return flat(scene.tokens, at);
  return spokenStreet(scene, at) ?? (token.upper > 0 ? namedHouse(scene.tokens, at) : undefined);
};

/** Behind a house number, which may carry a letter: index of what follows. */
const behindNumber = (tokens: readonly Token[], at: number): number =>
  isLetterOf(tokens[at + 1]) ? at + 2 : at + 1;

/** "Flat 11, 48 Alder Rise", "apartment 4b 9 lime wharf": what follows need not look like a street when it has capitals. */
const flat = (tokens: readonly Token[], at: number): Stretch | undefined => {
  const named = tokens[at + 1]?.kind === "word" && tokens[at + 1]?.lower.length === 1;
  if (!isNumber(tokens[at + 1]) && !named) return undefined;
  let house = named ? at + 2 : behindNumber(tokens, at + 1);
  if (tokens[house]?.lower === ",") house += 1;
  if (!isNumber(tokens[house])) return undefined;
  const from = behindNumber(tokens, house);
  let last = -1;
  for (let i = from; i < from + 4; i += 1) {
    const token = tokens[i];
    if (token?.kind !== "word" || token.line || talk.has(token.lower)) break;
    if (isCapital(token)) last = i;
    if (i > from && isStreet(token)) return [at, i];
  }
  return last < 0 ? undefined : [at, last];
};

/** "61 Quarry Bank": a number and two to four words with capitals, the last of which streets are called by too. */
const rareStreet = (tokens: readonly Token[], at: number): Stretch | undefined => {
  if (!isNumber(tokens[at]) || months.has(tokens[at - 1]?.lower ?? "")) return undefined;
  if (/^[$€£#.:]$/.test(tokens[at - 1]?.lower ?? "")) return undefined;
  const from = behindNumber(tokens, at);
  for (let i = from; i < from + 4; i += 1) {
    const token = tokens[i];
    if (!isCapital(token) || !token.spaced || token.line || months.has(token.lower) || talk.has(token.lower))
      return undefined;
    if (i > from && otherStreets.has(token.lower))
      return isCapital(tokens[i + 1]) || tokens[i + 1]?.lower === "holiday" ? undefined : [at, i];
  }
  return undefined;
};

/** "The Old Forge, Mill Lane", "Rose Cottage, Church Road": a house with a name, and its street behind a comma. */
const namedHouse = (tokens: readonly Token[], at: number): Stretch | undefined => {
  if (isCapital(tokens[at - 1]) && tokens[at]?.line === false) return undefined;
  let comma = at;
  while (comma < at + 5 && isCapital(tokens[comma])) comma += 1;
  if (tokens[comma]?.lower !== "," || comma < at + 2) return undefined;
  if (tokens[at]?.lower !== "the" && !buildings.has(tokens[comma - 1]?.lower ?? "")) return undefined;
  for (let i = comma + 1; i < comma + 5; i += 1) {
    const token = tokens[i];
    if (!isCapital(token)) return undefined;
    if (i > comma + 1 && isStreet(token)) return [at, i];
  }
  return undefined;
};

const kindOf = (token: Token | undefined, german: boolean): string =>
  token?.kind === "word" ? (spoken(token.lower, german, false)?.kind ?? "") : "";

/** "eighteen heron way", "one hundred and five church lane". */
const spokenStreet = ({ tokens, german }: Scene, at: number): Stretch | undefined => {
  if (german || !/^(?:digit|teen|tens)$/.test(kindOf(tokens[at], false))) return undefined;
  if (/^(?:digit|teen|tens|scale)$/.test(kindOf(tokens[at - 1], false))) return undefined;
  let from = at + 1;
  while (
    from < at + 6 &&
    (/^(?:digit|teen|tens|scale)$/.test(kindOf(tokens[from], false)) || isAnd(tokens, from))
  )
    from += 1;
  const few = from === at + 1 && kindOf(tokens[at], false) === "digit";
  let telling = false;
  for (let i = from; i < from + 4; i += 1) {
    const token = tokens[i];
    if (token?.kind !== "word" || token.line) return undefined;
    if (i > from && isStreet(token)) {
      // "Two lanes close" closes lanes.
      const plural = i === from + 1 && /[^s'’]s$/.test(tokens[from]?.lower ?? "");
      const sure = clearStreets.has(token.lower) && !few;
      return (sure || telling) && !(few && plural) ? [at, i] : undefined;
    }
    if (talk.has(token.lower)) return undefined;
    if ((token.bits & EVERYDAY) === 0) telling = true;
  }
  return undefined;
};

const isStreet = (token: Token): boolean => clearStreets.has(token.lower) || otherStreets.has(token.lower);

const isAnd = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.lower === "and" && /^(?:digit|teen|tens)$/.test(kindOf(tokens[at + 1], false));

const clearGerman =
  /(?:straße|strasse|str|allee|gasse|chaussee|damm|ufer|platz|weg|ring|graben|steig|stieg|pfad)$/;
const germanUnits =
  /^(?:uhr|euro|prozent|grad|km|kilometer|meter|minuten?|stunden?|tagen?|wochen?|monaten?|jahren?|mal|personen|leute|stück|haltestellen|stationen|zimmer|%|€|:)$/;
/** Places that no street is called by, though they end as one does. */
export const noStreets = wordSet(
  "parkplatz arbeitsplatz stellplatz sitzplatz spielplatz sportplatz campingplatz liegeplatz flugplatz fensterplatz studienplatz kitaplatz speicherplatz tabellenplatz startplatz ausbildungsplatz marktplatz bauplatz golfplatz tennisplatz zeltplatz rastplatz bahnhof hauptbahnhof busbahnhof heimweg rückweg hinweg umweg ausweg hinterhof innenhof friedhof bauernhof supermarkt baumarkt flohmarkt arbeitsmarkt weihnachtsmarkt autobahnring unterweg unterwegs deswegen geburtstag",
);

/** Is it a measure or the like, so that the number before it counts something? */
export const isGermanUnit = (token: Token | undefined): boolean => germanUnits.test(token?.lower ?? "");

/** "in der goethestraße sechsundzwanzig": a number read out behind a German street; index of its last token, or -1. */
export const germanNumberWord = (tokens: readonly Token[], street: number, at: number): number => {
  const word = tokens[at]?.lower ?? "";
  const name = tokens[street]?.lower ?? "";
  if (!clearGerman.test(name) || /^(?:platz|weg|ring|damm|ufer)$/.test(name)) return -1;
  const said =
    word !== "ein" &&
    (/^(?:digit|teen|tens)$/.test(kindOf(tokens[at], true)) ||
      /^(?:ein|zwei|zwo|drei)?hundert\p{L}*$/u.test(word));
  return said && !isGermanUnit(tokens[at + 1]) ? at : -1;
};

const articles = wordSet("den der dem die das am an auf im in zum zur unter vor hinter bei beim");

/** "Am Kirschgarten 4b, 50937 Köln": capitals and a house number, by the postcode and the town behind them. */
export const beforePostcode = (tokens: readonly Token[], zip: number): Stretch | undefined => {
  const town = tokens[zip + 1];
  if (tokens[zip]?.lower.length !== 5 || tokens[zip]?.kind !== "number" || !isCapital(town)) return undefined;
  let at = zip - 1;
  if (tokens[at]?.lower === "," || tokens[at]?.lower === "in") at -= 1;
  if (tokens[at]?.kind === "word" && tokens[at]?.lower.length === 1) at -= 1;
  if (tokens[at]?.kind !== "number" || (tokens[at]?.lower.length ?? 9) > 3) return undefined;
  const number = at;
  if (tokens[at - 1]?.lower === "." && /^str|str$/.test(tokens[at - 2]?.lower ?? "")) at -= 1;
  let first = number;
  for (let i = at - 1; i >= Math.max(0, at - 6); i -= 1) {
    const { lower = "", line = true } = tokens[i] ?? {};
    if (isCapital(tokens[i])) first = i;
    else if (articles.has(lower) && first < number) {
      // "Unter den Eichen", but not "Lieferung an Unter den Eichen".
      const before = tokens[i - 1];
      if (isCapital(before) && articles.has(before.lower)) first = i - 1;
      break;
    } else if (lower !== "-" || first === number) break;
    if (line || (articles.has(lower) && isCapital(tokens[i]))) break;
  }
  return first === number ? undefined : [first, zip];
};
