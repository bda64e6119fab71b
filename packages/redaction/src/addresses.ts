import type { Candidate } from "./finding.ts";
import { beforePostcode, englishHouse, germanNumberWord, isGermanUnit, noStreets } from "./houses.ts";
import { CITY, CITY_HEAD, cityTails, GERMAN } from "./lexicon.ts";
import { cuesBetween, span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";

const streets = wordSet(
  "street st road rd avenue ave lane ln drive dr boulevard blvd court ct place pl terrace way parkway pkwy highway hwy circle cir crescent close square sq row grove gardens alley mews plaza trail trl turnpike loop walk route hill heights nagar colony marg",
);
const germanStreet =
  /(?:straße|strasse|str|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|pfad|graben|markt|hof|park|berg|feld|wall|promenade)$/;
const germanWhole = wordSet("straße strasse str weg platz allee gasse ring damm ufer chaussee");
const inner = wordSet(
  "apt apartment suite ste unit flat floor fl room building bldg block p.o. po box house no # etage stock wohnung hinterhaus top",
);
const states =
  "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming ontario quebec alberta al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc usa us uk";
const stateWords = wordSet(states);

/** Streets with house numbers and what belongs to them (postcode, town), and post boxes. */
export const findAddresses = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (const cue of scene.cues) {
    const range = cue.topic === "address" ? behindCue(scene, cue.last + 1) : undefined;
    if (range !== undefined)
      found.push(
        span(scene, range[0], range[1], { kind: "ADDRESS", score: 0.55, recognizer: "cue_address" }),
      );
  }
  for (let i = 0; i < tokens.length; i += 1) {
    const range =
      englishStreet(scene, i) ??
      englishHouse(scene, i) ??
      (scene.german ? (germanStreetAt(tokens, i) ?? beforePostcode(tokens, i)) : undefined) ??
      postBox(tokens, i);
    if (range === undefined) continue;
    const last = tail(scene, range[1]);
    found.push(span(scene, range[0], last, { kind: "ADDRESS", score: 0.72, recognizer: "street" }));
    i = last;
  }
  return found;
};

/** "My address is …": up to fourteen words that hold a number, until another topic, "and", or the sentence's end. */
const behindCue = (scene: Scene, from: number): [number, number] | undefined => {
  const { tokens } = scene;
  let first = from;
  while (/^(?:is|ist|lautet|:|-|no|nr|number|at|it's|its)$/.test(tokens[first]?.lower ?? "")) first += 1;
  let last = -1;
  let numbers = 0;
  for (let i = first; i < Math.min(tokens.length, first + 14); i += 1) {
    const token = tokens[i];
    if (
      token === undefined ||
      token.kind === "placeholder" ||
      cuesBetween(scene, i, i).some((c) => c.first === i)
    )
      break;
    if (
      /^(?:and|und|but|aber|is|are|ist|\?|!|;)$/.test(token.lower) ||
      (token.lower === "." &&
        tokens[i + 1]?.spaced !== false &&
        !abbreviations.has(tokens[i - 1]?.lower ?? ""))
    )
      break;
    if (token.kind === "number" && token.lower.length > 6) break;
    if (i === first && talk.has(token.lower)) return undefined;
    if (token.kind === "number") numbers += 1;
    if (token.kind !== "mark") last = i;
  }
  return numbers > 0 && last >= first && (numbers < 2 || last > first) ? [first, last] : undefined;
};
const abbreviations = wordSet("st rd ave blvd dr ln no nr apt str fl");
const talk = wordSet(
  "for to of in on has was i you we they the a that which so please change update changed wrong correct not my your book line bar field we're before within from with can do does should would will if or when where what as",
);

const isHouse = (token: Token | undefined) => token?.kind === "number" && token.lower.length <= 6;

/** "4563 Emily Renzelli Boulevard", "12a Oak St": a number, at most five words, a word for a street. */
const englishStreet = (scene: Scene, at: number): [number, number] | undefined => {
  const { tokens } = scene;
  if (!isHouse(tokens[at])) return undefined;
  let i = at + 1;
  if (tokens[i]?.spaced === false && tokens[i]?.kind === "word" && tokens[i]?.lower.length === 1) i += 1;
  for (let words = 0; words < 6 && i < Math.min(tokens.length, at + 14); i += 1) {
    const token = tokens[i];
    if (token === undefined || (token.line && tokens[i - 1]?.lower !== ",")) return undefined;
    if (
      token.kind === "mark" &&
      (token.lower === "." || token.lower === "'" || token.lower === "," || token.lower === "-") &&
      !(token.lower === "." && tokens[i + 1]?.spaced === true && (tokens[i - 1]?.lower.length ?? 0) > 2)
    )
      continue;
    if (token.kind === "number" && words === 0) continue;
    if (token.kind !== "word" && token.kind !== "number") return undefined;
    if (token.kind === "word" && stops.has(token.lower)) return undefined;
    const dense =
      words > 0 &&
      streets.has(token.lower) &&
      !(
        ambiguous.has(token.lower) &&
        tokens[i + 1]?.kind === "word" &&
        tokens[i + 1]?.upper === 0 &&
        token.upper === 0 &&
        words > 3
      );
    if (dense) {
      const more = tokens[i + 1];
      return [at, more !== undefined && streets.has(more.lower) && more.spaced ? i + 1 : i];
    }
    words += 1;
  }
  return undefined;
};

const stops = wordSet(
  "is are was and or but for to from i you we they it the a my your minutes minute hours hour days day people person persons star stars guests nights night pounds dollars euros percent am pm at with that this there have has need want can would please in on of bed beds bath baths bedroom bedrooms",
);
const ambiguous = wordSet("place court way close row walk square hill drive");

/** "Lindenstraße 12", "Am alten Markt 5a", "Berliner Str. 7". */
const germanStreetAt = (tokens: readonly Token[], at: number): [number, number] | undefined => {
  const token = tokens[at];
  if (token?.kind !== "word" || token.lower.length < 3) return undefined;
  const whole = germanWhole.has(token.lower);
  if (!whole && !(germanStreet.test(token.lower) && token.lower.length >= 6 && !noStreets.has(token.lower)))
    return undefined;
  let i = at + 1;
  if (tokens[i]?.lower === ".") i += 1;
  if (tokens[i]?.lower === "nummer" || tokens[i]?.lower === "nr" || tokens[i]?.lower === "hausnummer") i += 1;
  const said = germanNumberWord(tokens, at, i);
  if (said < 0 && (!isHouse(tokens[i]) || (tokens[i]?.lower.length ?? 9) > 4)) return undefined;
  if (isGermanUnit(tokens[i + 1])) return undefined;
  if (tokens[i + 1]?.kind === "word" && tokens[i + 1]?.lower.length === 1) i += 1;
  let first = at;
  const before = tokens[at - 1];
  if (whole && before?.kind === "word" && !stops.has(before.lower)) first = at - 1;
  // "Auf Platz 12", "der Weg 3": no street without a name.
  if (/^(?:platz|weg|ring|damm|ufer)$/.test(token.lower) && (first === at || isPlain(before, token)))
    return undefined;
  if (tokens[at - 1]?.lower === "-" && tokens[at - 2]?.kind === "word") first = at - 2;
  return [first, i];
};

/** A German word of every day, or one in small letters before a noun with a capital. */
const isPlain = (before: Token | undefined, noun: Token): boolean =>
  before === undefined || (before.bits & GERMAN) !== 0 || (before.upper === 0 && noun.upper > 0);

const postBox = (tokens: readonly Token[], at: number): [number, number] | undefined => {
  const po =
    tokens[at]?.lower === "po" && tokens[at + 1]?.lower === "box"
      ? at + 2
      : tokens[at]?.lower === "postfach"
        ? at + 1
        : -1;
  return po >= 0 && tokens[po]?.kind === "number" ? [at, po] : undefined;
};

/** What follows a street: flat, town, state, postcode, as long as it looks like it. */
const tail = (scene: Scene, from: number): number => {
  const { tokens } = scene;
  let last = from;
  let foreign = 0;
  for (let i = from + 1; i < Math.min(tokens.length, from + 16); i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind === "placeholder") break;
    if (token.kind === "mark") {
      if (!/^[,.#/-]$/.test(token.lower)) break;
      continue;
    }
    if (token.kind === "number") {
      if (token.lower.length > 6 || money(tokens[i + 1])) break;
      last = i;
      if (token.lower.length >= 5)
        return tokens[i + 1]?.lower === "-" && tokens[i + 2]?.kind === "number" ? i + 2 : zipTown(scene, i);
      continue;
    }
    if (
      inner.has(token.lower) ||
      stateWords.has(token.lower) ||
      isTown(tokens, i) > 0 ||
      streets.has(token.lower)
    ) {
      last = Math.max(i, i + isTown(tokens, i) - 1);
      i = last;
      foreign = 0;
      continue;
    }
    // An unknown word may be a village, if something of an address follows it.
    if (stops.has(token.lower) || (foreign += 1) > 2) break;
  }
  return last;
};

const money = (token: Token | undefined) => /^(?:\$|€|£|dollars?|euros?|pounds?)$/.test(token?.lower ?? "");

/** German order: the town stands behind its postcode. */
const zipTown = (scene: Scene, zip: number): number => {
  const next = scene.tokens[zip + 1];
  const town = isTown(scene.tokens, zip + 1);
  if (town > 0) return zip + town;
  return scene.german && next?.kind === "word" && next.upper === 1 ? zip + 1 : zip;
};

/** How many tokens a city takes that begins here; 0 for none. */
export const isTown = (tokens: readonly Token[], at: number): number => {
  const token = tokens[at];
  if (token === undefined || token.kind !== "word") return 0;
  if ((token.bits & CITY_HEAD) !== 0)
    for (const rest of cityTails(token.lower))
      if (rest.every((word, i) => tokens[at + 1 + i]?.lower === word)) return rest.length + 1;
  return (token.bits & CITY) !== 0 ? 1 : 0;
};

/** "Kamen", "essen": towns only with a capital. */
const isVerb = (token: Token | undefined): boolean => token?.upper === 0 && (token.bits & GERMAN) !== 0;

const living =
  /^(?:live|lives|living|based|born|reside|moved|moving|wohne|wohnt|wohnhaft|lebe|geboren|ziehe|umgezogen)$/;
/** Towns: where somebody lives, and with their postcode. A town alone is on every map. */
export const findPlaces = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (let i = 0; i < tokens.length; i += 1) {
    const words = isTown(tokens, i);
    if (words === 0 || (words === 1 && isVerb(tokens[i]))) continue;
    const last = i + words - 1;
    const next = tokens[last + 1]?.lower === "," ? tokens[last + 2] : tokens[last + 1];
    const nextIndex = tokens[last + 1]?.lower === "," ? last + 2 : last + 1;
    const zipBehind =
      next?.kind === "number" &&
      next.lower.length >= 5 &&
      next.lower.length <= 6 &&
      !money(tokens[nextIndex + 1]);
    const zipBefore = scene.german && tokens[i - 1]?.kind === "number" && tokens[i - 1]?.lower.length === 5;
    const zipAfterState =
      stateWords.has(next?.lower ?? "") &&
      tokens[nextIndex + 1]?.kind === "number" &&
      tokens[nextIndex + 1]?.lower.length === 5;
    if (zipBehind)
      found.push(
        span(scene, nextIndex, nextIndex, { kind: "POSTCODE", score: 0.6, recognizer: "town_postcode" }),
      );
    if (zipAfterState)
      found.push(
        span(scene, nextIndex, nextIndex + 1, { kind: "POSTCODE", score: 0.6, recognizer: "town_postcode" }),
      );
    if (zipBefore)
      found.push(span(scene, i - 1, i - 1, { kind: "POSTCODE", score: 0.6, recognizer: "town_postcode" }));
    const home = [tokens[i - 1], tokens[i - 2], tokens[i - 3]].some(
      (t) => t !== undefined && living.test(t.lower),
    );
    const named =
      cuesBetween(scene, i - 3, i - 1).some((c) => c.topic === "place") ||
      /^(?:city|town|stadt)$/.test(tokens[i - 1]?.lower ?? "") ||
      (tokens[i - 1]?.lower === "is" && tokens[i - 2]?.lower === "city");
    if (home || named || zipBehind || zipBefore || zipAfterState)
      found.push(span(scene, i, last, { kind: "PLACE", score: 0.55, recognizer: "town" }));
    i = last;
  }
  return found;
};
