import type { Candidate } from "./finding.ts";
import { isQuantity } from "./numbers.ts";
import type { Run } from "./runs.ts";
import { span, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { isCueHead } from "./topics.ts";

const numberWords = wordSet("number numbers no nr num nummer nummern #");
// "Flight number BA2490", "Zimmer Nr. 412": numbers of things that everybody may know.
const publicThings = wordSet(
  "model flight train bus tram room gate platform part version article item track line lane route channel page chapter section form episode season size floor level seat table winner our hotline customer-service modell zug flug zimmer raum gleis linie artikel teil typ seite kapitel tor sitz platz tisch etage halle stand ausgang kanal",
);
const bridges = wordSet("is was : . ist lautet it's");

/** References by their shape or by the mere word "number": "number DN-77120-B", "[SAR-1187]", "CP-0801-77". */
export const findCodes = (scene: Scene): Candidate[] =>
  scene.runs.flatMap((run): Candidate[] => {
    if (run.digits < 2 || run.symbols.length < 4 || run.read > 0 || isQuantity(scene, run)) return [];
    const value = run.symbols.toLowerCase();
    const score = scoreOf(scene, run);
    return score === 0
      ? []
      : [
          span(scene, run.first, run.last, {
            kind: run.digits < run.symbols.length ? "ORDER_ID" : "NUMBER",
            score,
            recognizer: "reference",
            value,
          }),
        ];
  });

const scoreOf = (scene: Scene, run: Run): number => {
  const mixed = run.digits < run.symbols.length;
  if (mixed && isBracketed(scene, run) && run.digits >= 3) return 0.6;
  if (isNumbered(scene, run)) {
    if (mixed && run.symbols.length >= 5 && isOnePiece(scene, run)) return 0.6;
    if (
      run.elements.some((e) => e.symbols.length >= 4) &&
      !/^(?:19[5-9]\d|20[0-4]\d|[1-9]0+)$/.test(run.symbols)
    )
      return 0.5;
  }
  // Five digits in a row beside letters are no model's name ("WH-1000XM4", "RTX 4090").
  return mixed && run.symbols.length >= 7 && /\d{5}/.test(run.symbols) && isOnePiece(scene, run) ? 0.45 : 0;
};

/** No space, and no point or comma, which amounts and versions have. */
const isOnePiece = ({ tokens }: Scene, run: Run): boolean => {
  for (let i = run.first + 1; i <= run.last; i += 1)
    if (tokens[i]?.spaced !== false || /^[.,]$/.test(tokens[i]?.lower ?? "")) return false;
  return true;
};

/** "[SAR-1187]", as ticket systems put it into a subject. */
const isBracketed = ({ tokens }: Scene, run: Run): boolean =>
  tokens[run.first - 1]?.lower === "[" && tokens[run.last + 1]?.lower === "]";

const isNumbered = ({ tokens }: Scene, run: Run): boolean => {
  let at = run.first - 1;
  for (let n = 0; n < 3 && bridges.has(tokens[at]?.lower ?? ""); n += 1) at -= 1;
  if (!numberWords.has(tokens[at]?.lower ?? "")) return false;
  const thing = tokens[at - 1]?.lower ?? "";
  return !publicThings.has(thing) && !isCueHead(thing);
};
