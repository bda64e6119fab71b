import { EVERYDAY, GERMAN, GIVEN } from "./lexicon.ts";
import type { Scene } from "./scene.ts";
import { wordSet } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { isCueHead } from "./topics.ts";

/** How letters and mails end; the line behind is who wrote them. */
const closings: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  Object.entries(
    Object.groupBy(
      "mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß|mit freundlichem gruss|mit besten grüßen|mit herzlichen grüßen|mit lieben grüßen|freundliche grüße|freundliche grüsse|freundlicher gruß|viele grüße|viele grüsse|beste grüße|beste grüsse|liebe grüße|liebe grüsse|herzliche grüße|herzliche grüsse|schöne grüße|sonnige grüße|grüße|grüsse|gruß|gruss|herzlichst|hochachtungsvoll|mfg|lg|vlg|glg|vg|bg|kind regards|best regards|warm regards|many regards|with regards|regards|best wishes|warm wishes|all the best|yours sincerely|yours faithfully|yours truly|yours|sincerely|sincerely yours|many thanks|with thanks|thanks|thank you|thanks in advance|best|cheers|danke|vielen dank|besten dank|i a|im auftrag"
        .split("|")
        .map((phrase) => phrase.split(" ")),
      (words) => words[0] ?? "",
    ),
  ).map(([head, phrases = []]) => [head, phrases.toSorted((a, b) => b.length - a.length)]),
);
export const closingHeads: readonly string[] = [...closings.keys()];

const nobody = wordSet(
  "team support service kundenservice serviceteam kundendienst department dept office desk abteilung buchhaltung redaktion ihr ihre dein euer das die der the your our sent gesendet von from my mobile phone tel telefon fon ps customer care sales billing accounts group company gmbh ltd aus in for und and",
);
const honorifics = wordSet("dr prof professor doktor dipl ing med mag mr mrs ms miss herr frau");

/** First and last token of the name under a letter whose closing formula begins here; undefined when nobody signed. */
export const signedAt = (scene: Scene, at: number): [first: number, last: number] | undefined => {
  const { tokens } = scene;
  const head = tokens[at];
  const phrases = closings.get(head?.lower ?? "");
  if (head === undefined || phrases === undefined || !(head.line || tokens[at - 1]?.kind === "mark"))
    return undefined;
  const phrase = phrases.find((words) => words.every((word, i) => tokens[at + i]?.lower === word));
  if (phrase === undefined) return undefined;
  let first = at + phrase.length;
  const comma = /^[,.!]$/.test(tokens[first]?.lower ?? "");
  if (comma) first += 1;
  if (tokens[first]?.line !== true && !(comma && head.line)) return undefined;
  while (honorifics.has(tokens[first]?.lower ?? "") || (first > at && tokens[first]?.lower === "."))
    first += 1;
  const last = lineEnd(tokens, first);
  if (last < first || last - first > 5 || !isName(scene, first, last)) return undefined;
  // In the same line only what ends it: "Regards, Jo", and no "Thanks, now …".
  const next = tokens[last + 1]?.lower === "." ? tokens[last + 2] : tokens[last + 1];
  return tokens[first]?.line === true || next === undefined || next.line ? [first, last] : undefined;
};

/** Last token of a line before a comma, a bracket or a bar; before `first` when the line holds something else than words. */
const lineEnd = (tokens: readonly Token[], first: number): number => {
  let at = first;
  for (; at < tokens.length && at < first + 8; at += 1) {
    const token = tokens[at];
    if (token === undefined || (at > first && token.line)) break;
    if (token.kind === "word") continue;
    if (token.kind === "mark" && /^[.-]$/.test(token.lower) && at > first) continue;
    return token.kind === "mark" && /^[,(|/]$/.test(token.lower) ? at - 1 : first - 1;
  }
  return tokens[at - 1]?.kind === "mark" ? at - 2 : at - 1;
};

const nounEnding =
  /(?:ung|ungen|heit|heiten|keit|schaft|tion|tionen|tät|chen|lein|nis|ismus|nummer|straße|strasse|karte|vertrag|rechnung|konto|termin|platz|weg|stadt|land|tag|zeit|geld|haus|buch|stück|spiel|preis|cup|liga|partei|straßen)$/;

/** Is it, by its ending or as a word that names a topic, a noun rather than a name? */
export const isNoun = (token: Token | undefined): boolean =>
  token !== undefined && (nounEnding.test(token.lower) || isCueHead(token.lower));

/** Capitals throughout, but for "von" and the like; in small letters one or two words that are none of every day. */
const isName = (scene: Scene, first: number, last: number): boolean => {
  const words = scene.tokens.slice(first, last + 1).filter((t) => t.kind === "word");
  if (words.length > 4 || words.some((t) => nobody.has(t.lower))) return false;
  if (words.every((t) => t.upper > 0 || /^(?:van|von|de[rn]?|zu|al|bin|la)$/.test(t.lower)))
    return (
      (words.length > 1 || !isNoun(words[0])) &&
      words.some(
        (t) => t.lower.length > 1 && ((t.bits & (EVERYDAY | GERMAN)) === 0 || (t.bits & GIVEN) !== 0),
      )
    );
  const common = scene.german ? GERMAN : EVERYDAY;
  return (
    words.length <= 2 && words.every((t) => (t.bits & common) === 0) && ((words[0]?.bits ?? 0) & GIVEN) !== 0
  );
};
