import type { Candidate } from "./finding.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { Token } from "./tokens.ts";
import { topics } from "./topics.ts";

const links = wordSet("is : = - ist lautet was as it's its uh um äh ähm");
// What follows the word in talk about passwords rather than of one.
const talk = wordSet(
  "reset change changed changing expired forgotten forgot recovery not wrong incorrect invalid required protected for to and or that which on in of the a an my your please again field page hint manager correct locked working work works does doesn't don't did have has had can could would should will i you we they if when because so but same new old with no yes zurücksetzen vergessen falsch ändern geändert nicht für zu und oder das die der den auf in von im ein eine mein ihr ihre bitte noch wieder geht funktioniert abgelaufen gesperrt wurde wird ist hat haben kann muss ich sie wir something protected secure strong policy policies wants wanted need needs number nummer name names details id anymore at from it this here there then also just only now",
);

/** Usernames and passwords by the word that names them: "pwd hcl 123", "Benutzername: m.klein". */
export const findSecrets = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (const cue of scene.cues) {
    if (cue.topic !== "password" && cue.topic !== "username" && cue.topic !== "pin" && cue.topic !== "code")
      continue;
    let first = cue.last + 1;
    let linked = false;
    while (links.has(tokens[first]?.lower ?? "")) {
      linked = true;
      first += 1;
    }
    const token = tokens[first];
    if (
      token === undefined ||
      token.kind === "placeholder" ||
      (token.kind === "mark" && token.spaced === false)
    )
      continue;
    if (token.kind === "word" && talk.has(token.lower)) continue;
    const last = lastOf(tokens, first);
    const secret = tokens.slice(first, last + 1);
    if (!secret.some((t) => t.kind === "word" || t.kind === "number")) continue;
    const odd = secret.some(
      (t) =>
        t.kind === "number" ||
        (t.kind === "word" && (t.bits & 7) === 0) ||
        (t.kind === "mark" && t.lower !== "."),
    );
    const word = cue.topic === "password" || cue.topic === "username";
    if (odd || (linked && word))
      found.push(
        span(scene, first, last, { kind: topics[cue.topic], score: 0.78, recognizer: `cue_${cue.topic}` }),
      );
  }
  return found;
};

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
