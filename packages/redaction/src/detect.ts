import { findAddresses, findPlaces } from "./addresses.ts";
import { findAnswers } from "./answers.ts";
import { findCodes } from "./codes.ts";
import { findDates } from "./dates.ts";
import { settle } from "./finding.ts";
import type { Candidate, Finding } from "./finding.ts";
import { firstWhere } from "./first-where.ts";
import { findNames } from "./names.ts";
import { findNumbers } from "./numbers.ts";
import { findOrganisations } from "./organisations.ts";
import { findPatterns } from "./patterns.ts";
import { runsOf } from "./runs.ts";
import type { Scene } from "./scene.ts";
import { findSecrets } from "./secrets.ts";
import { findSpokenEmails } from "./spoken-email.ts";
import { tokenize } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { cuesOf } from "./topics.ts";
import type { Topic } from "./topics.ts";

/** `speech`, the default, takes every long number; `written` wants a check digit, a cue or a question for it. */
export type Profile = "speech" | "written";

export interface Expectation {
  readonly language: string;
  readonly asked: ReadonlySet<Topic>;
  readonly bare: boolean;
  readonly alone: boolean;
}

const thresholds: Readonly<Record<Profile, number>> = { speech: 0.3, written: 0.5 };
const nothing: ReadonlySet<Topic> = new Set();

/** Is the language one that the recognizers were made for? Any other is withheld by `redact`. */
export const isCovered = (language: string): boolean => /^(?:en|de)(?:[-_]|$)/i.test(language);

/** Cuts a turn once for all recognizers. */
export const sceneOf = (text: string, tokens: readonly Token[], e: Expectation): Scene => {
  const german = /^de/i.test(e.language);
  const bare = e.bare && tokens.length <= 12 && isCovered(e.language);
  const runs = runsOf(tokens, { german, asked: e.asked.size > 0, groups: bare || e.asked.size > 0 });
  const budget = { phones: 24, stretches: 2000 };
  return {
    text,
    tokens,
    cues: cuesOf(tokens),
    runs,
    language: e.language,
    german,
    asked: e.asked,
    bare,
    alone: e.alone && isCovered(e.language),
    budget,
  };
};

/** All candidates of a turn, unsettled. Recognizers for words run only in a language they know. */
export const candidatesOf = (scene: Scene): Candidate[] => {
  const neutral = [...findPatterns(scene), ...findNumbers(scene), ...findCodes(scene)];
  if (!isCovered(scene.language)) return neutral;
  const names = findNames(scene);
  return [
    ...neutral,
    ...findDates(scene),
    ...findSpokenEmails(scene),
    ...findSecrets(scene),
    ...findAddresses(scene),
    ...findPlaces(scene),
    ...findOrganisations(scene),
    ...names,
    ...findAnswers(scene, names),
  ];
};

/** Drops what is too unsure for the profile and what touches a placeholder, and settles overlaps. */
export const decide = (scene: Scene, candidates: readonly Candidate[], profile: Profile): Candidate[] => {
  const least = thresholds[profile];
  const shielded = scene.tokens.filter((t) => t.kind === "placeholder");
  const sure = candidates.filter((c) => c.score >= least);
  return settle(
    shielded.length === 0
      ? sure
      : sure.flatMap((c) => (c.recognizer === "source" ? [c] : unshielded(c, shielded, scene.text))),
    scene.text,
  );
};

/** What of a candidate lies outside placeholders that came with the text. */
const unshielded = (c: Candidate, shielded: readonly Token[], text: string): Candidate[] => {
  const first = firstWhere(shielded, (t) => t.end > c.start);
  if ((shielded[first]?.start ?? c.end) >= c.end) return [c];
  const parts: Candidate[] = [];
  let start = c.start;
  for (let i = first; start < c.end; i += 1) {
    const end = Math.min(c.end, shielded[i]?.start ?? c.end);
    const { kind, score, recognizer } = c;
    if (end > start && /[\p{L}\p{N}]/u.test(text.slice(start, end)))
      parts.push({ start, end, kind, score, recognizer });
    start = shielded[i]?.end ?? c.end;
  }
  return parts;
};

/**
 * Finds what is personal in one text, without a conversation around it. Sorted, never overlapping, UTF-16 offsets.
 * In a language other than English and German only what has a form of its own is found: do not pass such a text on.
 */
export const detect = (
  text: string,
  o: { readonly language: string; readonly profile?: Profile },
): Finding[] => {
  const profile = o.profile ?? "speech";
  const scene = sceneOf(text, tokenize(text), {
    language: o.language,
    asked: nothing,
    bare: profile === "speech",
    alone: profile === "speech",
  });
  return decide(scene, candidatesOf(scene), profile).map(asFinding);
};

export const asFinding = ({ start, end, kind, score, recognizer }: Candidate): Finding => ({
  start,
  end,
  kind,
  score,
  recognizer,
});
