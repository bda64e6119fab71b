import type { Candidate } from "./finding.ts";
import { spoken } from "./spoken.ts";
import type { Scene } from "./scene.ts";
import { wordSet } from "./scene.ts";
import type { Token } from "./tokens.ts";

const ats = wordSet("at ät klammeraffe arroba affenschwanz @");
const dots = wordSet("dot punkt period point .");
const marks: Readonly<Record<string, string>> = {
  underscore: "_",
  unterstrich: "_",
  dash: "-",
  hyphen: "-",
  minus: "-",
  bindestrich: "-",
  strich: "-",
  _: "_",
  "-": "-",
  dot: ".",
  punkt: ".",
  point: ".",
  period: ".",
  ".": ".",
  plus: "+",
  "+": "+",
};
const tops = wordSet("com org net edu gov de at ch uk co info biz eu in io us ca au fr nl it es me tv");
const providers = wordSet(
  "gmail googlemail yahoo hotmail outlook icloud aol gmx web live msn protonmail proton t-online freenet posteo mail ymail rediffmail btinternet me mac arcor comcast verizon sky virginmedia zoho",
);
// A domain that lost its dot: "gmailcom", "yahoocom".
const merged =
  /^[\p{L}]{0,40}(?:gmail|yahoo|hotmail|outlook|icloud|googlemail|gmx|mail|aol|live)(?:com|con|de|net|couk|in|org)$/u;
// Words that lead to an address and are not part of it.
const leads = wordSet(
  "is it's its email mail address the my to as adresse ist lautet e mailadresse under unter and und yes ja sure or oder me send an just so well",
);

/** Addresses of mail that were read out ("jo underscore smith at g mail dot com"), or lost their marks on the way. */
export const findSpokenEmails = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  const { tokens } = scene;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined) continue;
    const range = ats.has(token.lower)
      ? around(scene, i)
      : merged.test(token.lower)
        ? mergedAt(scene, i)
        : undefined;
    if (range === undefined) continue;
    const [first, last] = range;
    const value = tokens
      .slice(first, last + 1)
      .map((t) => canonical(t, scene))
      .join("");
    found.push({
      start: tokens[first]?.start ?? 0,
      end: tokens[last]?.end ?? 0,
      kind: "EMAIL",
      score: 0.88,
      recognizer: "spoken_email",
      value,
    });
    i = last;
  }
  return found;
};

const canonical = (token: Token, scene: Scene): string => {
  if (ats.has(token.lower)) return "@";
  const said = spoken(token.lower, scene.german, false);
  return (
    marks[token.lower] ??
    (said !== undefined && said.kind !== "joint" && said.kind !== "scale" && said.kind !== "repeat"
      ? said.value
      : token.lower)
  );
};

/** From an "at": the domain behind it must end in a known top level said with its dot, or be a known provider. */
const around = (scene: Scene, at: number): [number, number] | undefined => {
  const { tokens } = scene;
  let last = -1;
  for (let i = at + 1, words = 0; i < tokens.length && words <= 12; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind === "placeholder") break;
    if (dots.has(token.lower)) {
      const top = tokens[i + 1];
      if (token.lower === "." && top?.spaced !== false) break;
      if (top !== undefined && tops.has(top.lower)) {
        last = i + 1;
        // "dot co dot uk": go on behind a short top level.
        if (
          !dots.has(tokens[i + 2]?.lower ?? "") ||
          (tokens[i + 2]?.lower === "." && tokens[i + 3]?.spaced !== false)
        )
          break;
      }
      continue;
    }
    if (token.kind === "mark" && token.lower !== "-") break;
    if (
      merged.test(token.lower) ||
      (providers.has(token.lower) &&
        !dots.has(tokens[i + 1]?.lower ?? "") &&
        token.lower !== "mail" &&
        token.lower !== "web" &&
        token.lower !== "live" &&
        token.lower !== "me")
    ) {
      last = i;
      break;
    }
    words += 1;
  }
  if (last < 0) return undefined;
  const first = localPart(scene, at);
  return first === at ? undefined : [first, last];
};

const mergedAt = (scene: Scene, at: number): [number, number] => [localPart(scene, at), at];

/** Walks back over what can be the part before the "at". */
const localPart = (scene: Scene, at: number): number => {
  const { tokens } = scene;
  let first = at;
  let plain = 0;
  for (let i = at - 1; i >= 0 && at - i <= 40; i -= 1) {
    const token = tokens[i];
    if (token === undefined || token.kind === "placeholder") break;
    const said = spoken(token.lower, scene.german, false);
    const piece =
      marks[token.lower] !== undefined && !(token.lower === "." && tokens[i + 1]?.spaced === true);
    if (token.kind === "mark" && !piece) break;
    const code =
      token.kind === "number" || token.lower.length === 1 || (said !== undefined && said.kind !== "scale");
    if (!piece && !code) {
      if (leads.has(token.lower)) break;
      // Two plain words side by side are talk, unless one of them is no word of the language.
      plain = marks[tokens[i + 1]?.lower ?? ""] === undefined && first < at ? plain + 1 : 0;
      if (plain > 1 || (plain === 1 && (token.bits & 1) !== 0)) break;
    }
    if (token.lower === "i" && first < at && /^[a-z]{2,}$/.test(tokens[first]?.lower ?? "")) break;
    first = i;
  }
  while (first < at && marks[tokens[first]?.lower ?? ""] !== undefined) first += 1;
  return first;
};
