import type { Candidate } from "./finding.ts";
import { EVERYDAY } from "./lexicon.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { topics } from "./topics.ts";

const links = wordSet("is : = - ist lautet was as it's its uh um äh ähm follows folgt");
// These lead to a secret too, and as often to something said about it: it must look like one.
const softLinks = wordSet("bleibt remains stays war heißt wäre now jetzt still weiterhin nun wieder");
// What follows the word in talk about passwords rather than of one.
const talk = wordSet(
  "reset change changed changing expired forgotten forgot recovery not wrong incorrect invalid required protected for to and or that which on in of the a an my your please again field page hint manager correct locked working work works does doesn't don't did have has had can could would should will i you we they if when because so but same new old with no yes zurücksetzen vergessen falsch ändern geändert nicht für zu und oder das die der den auf in von im ein eine mein ihr ihre bitte noch wieder geht funktioniert abgelaufen gesperrt wurde wird ist hat haben kann muss ich sie wir something protected secure strong policy policies wants wanted need needs number nummer name names details id anymore at from it this here there then also just only",
);

const looseTalk = wordSet("well choose choosing enter type pick link page wählen eingeben setzen vergeben");
/** Words that say something about a password too, when no number stands behind them. */
const isTalk = (tokens: readonly Token[], at: number): boolean =>
  looseTalk.has(tokens[at]?.lower ?? "") && tokens[at + 1]?.kind !== "number";

/** Usernames and passwords by the word that names them: "pwd hcl 123", "Benutzername: m.klein". */
export const findSecrets = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (const cue of scene.cues) {
    if (cue.topic !== "password" && cue.topic !== "username" && cue.topic !== "pin" && cue.topic !== "code")
      continue;
    let first = cue.last + 1;
    let linked = false;
    let soft = false;
    for (;;) {
      const link = tokens[first]?.lower ?? "";
      if (links.has(link)) linked = true;
      else if (softLinks.has(link)) soft = true;
      else break;
      first += 1;
    }
    const token = tokens[first];
    if (
      token === undefined ||
      token.kind === "placeholder" ||
      (token.kind === "mark" && token.spaced === false)
    )
      continue;
    if (token.kind === "word" && (talk.has(token.lower) || isTalk(tokens, first))) continue;
    const last = lastOf(tokens, first);
    const secret = tokens.slice(first, last + 1);
    if (!secret.some((t) => t.kind === "word" || t.kind === "number")) continue;
    const coded = secret.some((t) => t.kind === "number" || (t.kind === "mark" && t.lower !== "."));
    const odd = coded || secret.some((t) => t.kind === "word" && (t.bits & 7) === 0);
    const word = cue.topic === "password" || cue.topic === "username";
    if (soft ? coded : odd || (linked && word))
      found.push(
        span(scene, first, last, { kind: topics[cue.topic], score: 0.78, recognizer: `cue_${cue.topic}` }),
      );
  }
  return [...found, ...findPasswords(scene)];
};

const inside = /^[!#$%^*~?&_+=-]$/;

/**
 * "it's Croissant!2019": letters, a mark that joins no words, and digits, all in one piece, are a password. A sentence
 * that lost its space ("thanks!20 minutes") begins with a word of every day or ends in fewer digits.
 */
const findPasswords = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (let i = 1; i < tokens.length - 1; i += 1) {
    if (!isKnot(tokens, i)) continue;
    const [first, last] = [edge(tokens, i, -1), edge(tokens, i, 1)];
    const piece = tokens.slice(first, last + 1);
    if (isPassword(piece) && !isAddress(tokens, first, last))
      found.push(span(scene, first, last, { kind: "PASSWORD", score: 0.8, recognizer: "password_shape" }));
    i = last;
  }
  return found;
};

/** A mark that stands in passwords and between the words of no text, glued to both its neighbours. */
const isKnot = (tokens: readonly Token[], at: number): boolean => {
  const [mark, next] = [tokens[at], tokens[at + 1]];
  if (
    mark?.kind !== "mark" ||
    mark.spaced ||
    next === undefined ||
    next.spaced ||
    next.kind === "placeholder"
  )
    return false;
  return /^[!^*~]$/.test(mark.lower) || (mark.lower === "$" && next.kind === "word");
};

/** The last token in one direction that no space parts and that a password may hold. */
const edge = (tokens: readonly Token[], from: number, step: 1 | -1): number => {
  let at = from;
  for (let n = 0; n < 16; n += 1) {
    const next = tokens[at + step];
    const glued = step > 0 ? next?.spaced === false : tokens[at]?.spaced === false;
    if (next === undefined || !glued || next.kind === "placeholder") break;
    if (next.kind === "mark" && !inside.test(next.lower)) break;
    at += step;
  }
  return at;
};

const isPassword = (piece: readonly Token[]): boolean => {
  const length = piece.reduce((n, t) => n + t.lower.length, 0);
  const digits = piece.reduce((n, t) => n + (t.kind === "number" ? t.lower.length : 0), 0);
  const word = piece.find((t) => t.kind === "word" && t.lower.length >= 3);
  if (length < 8 || digits < 2 || word === undefined) return false;
  return digits >= 4 || (word.bits & EVERYDAY) === 0;
};

/** Part of an address of mail or web. */
const isAddress = (tokens: readonly Token[], first: number, last: number): boolean =>
  (tokens[first]?.spaced === false && /^[/:@.]$/.test(tokens[first - 1]?.lower ?? "")) ||
  (tokens[last + 1]?.spaced === false && /^[/:@]$/.test(tokens[last + 1]?.lower ?? ""));

/** A secret goes on while no space stands, and over one space from a word to its number. */
const lastOf = (tokens: readonly Token[], first: number): number => {
  let last = first;
  for (let i = first + 1; i < tokens.length && i < first + 24; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind === "placeholder") break;
    const sentenceEnd =
      token.kind === "mark" &&
      /^[.,;!?]$/.test(token.lower) &&
      (tokens[i + 1] === undefined || tokens[i + 1]?.spaced === true);
    if (sentenceEnd) break;
    if (!token.spaced || (token.kind === "number" && i === last + 1)) last = i;
    else break;
  }
  return last;
};
