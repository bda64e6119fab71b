import type { Candidate } from "./finding.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";

const forms = wordSet("gmbh ag kg ohg ug mbh ltd limited inc llc llp plc corp corporation gbr eg se sarl bv");
const bankCode = /^[a-z]{6}[a-z0-9]{0,5}$/;

/** Firms by their legal form ("Meyer & Söhne GmbH"), and BICs behind their cue (ISO 9362). */
export const findOrganisations = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (let i = 1; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token?.kind !== "word" || token.upper === 0 || !forms.has(token.lower)) continue;
    let first = i;
    for (let at = i - 1; at >= Math.max(0, i - 5); at -= 1) {
      const before = tokens[at];
      const joins = before?.kind === "mark" && /^[&.-]$/.test(before.lower);
      if (!joins && (before?.kind !== "word" || before.upper === 0)) break;
      if (!joins) first = at;
    }
    if (first < i)
      found.push(span(scene, first, i, { kind: "ORGANISATION", score: 0.68, recognizer: "legal_form" }));
  }
  for (const cue of scene.cues) {
    if (cue.topic !== "bic") continue;
    const [first, last] = codeBehind(scene, cue.last);
    if (last >= first) found.push(span(scene, first, last, { kind: "BIC", score: 0.85, recognizer: "bic" }));
  }
  return found;
};

/** Tokens of eight or eleven symbols behind a cue, "is" and a colon between allowed; last before first when there are none. */
const codeBehind = (scene: Scene, cue: number): [number, number] => {
  const { tokens } = scene;
  let first = cue + 1;
  while (/^(?:is|ist|lautet|:|=|-)$/.test(tokens[first]?.lower ?? "")) first += 1;
  let symbols = "";
  for (let last = first; last < Math.min(tokens.length, first + 4); last += 1) {
    const token = tokens[last];
    if (token === undefined || (token.kind !== "word" && token.kind !== "number")) break;
    symbols += token.lower;
    if (
      (symbols.length === 8 || symbols.length === 11) &&
      bankCode.test(symbols) &&
      tokens[last + 1]?.spaced !== false
    )
      return [first, last];
  }
  return [first, first - 1];
};
