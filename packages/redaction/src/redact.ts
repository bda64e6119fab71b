import { afterAgent, afterCustomer, askedOf } from "./asks.ts";
import type { OpenAsk } from "./asks.ts";
import { asFinding, candidatesOf, decide, isCovered, sceneOf } from "./detect.ts";
import type { Expectation, Profile } from "./detect.ts";
import { kinds } from "./finding.ts";
import type { Candidate, Finding, Kind } from "./finding.ts";
import { firstWhere } from "./first-where.ts";
import { openRegister, told } from "./known.ts";
import type { Register } from "./known.ts";
import { openNumbering } from "./memory.ts";
import type { Memory, Numbering } from "./memory.ts";
import { normalize } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { tokenize } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export type Role = "customer" | "agent" | "bot" | "supervisor" | "third_party";

/** A turn as it was said. `words` never come back: a timed word is as clear as the text. */
export interface Turn {
  readonly id: string;
  readonly role: Role;
  readonly text: string;
  readonly language?: string;
  readonly words?: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[];
  /** What the source says it has redacted itself: masked whole, never searched. */
  readonly sourceSpans?: readonly { readonly start: number; readonly end: number; readonly kind: string }[];
}

export interface Placeholder {
  readonly kind: Kind;
  readonly placeholder: string;
  readonly start: number;
  readonly length: number;
  readonly score: number;
  readonly recognizer: string;
}

/** `text` is null when withheld: then nothing of the turn may be kept. */
export interface RedactedTurn {
  readonly id: string;
  readonly role: Role;
  readonly text: string | null;
  readonly withheld?: "LANGUAGE_NOT_COVERED" | "REDACTION_FAILED";
  /** Positions in the original. */
  readonly findings: readonly Finding[];
  /** Positions in the output. */
  readonly placeholders: readonly Placeholder[];
}

/** Kinds and counts, never values. */
export interface Receipt {
  readonly engine: string;
  readonly kinds: Record<string, number>;
  readonly languages: string[];
  readonly withheld: number;
}

export interface RedactOptions {
  readonly language: string;
  readonly profile?: Profile;
  readonly memory?: Memory;
  readonly known?: readonly { readonly kind: Kind; readonly value: string }[];
}

const engine = "@sotto/redaction@0.1.0";

/** A turn between the two passes: cut, searched, not yet masked; null when withheld. */
interface Draft {
  readonly turn: Turn;
  readonly expectation: Expectation;
  readonly scene: Scene;
  readonly candidates: readonly Candidate[];
}

/**
 * Redacts a section as a whole, in order, with the conversation's memory. What one turn gives away is masked in all of
 * them, before and after. A turn in a language not covered, or on which a recognizer throws, comes back without text.
 */
export const redact = (
  turns: readonly Turn[],
  o: RedactOptions,
): { turns: RedactedTurn[]; receipt: Receipt; memory: Memory } => {
  const profile = o.profile ?? "speech";
  const numbering = openNumbering(o.memory);
  const register = openRegister();
  for (const { kind, value } of o.known ?? []) register.add(kind, value, "known_party");
  for (const [kind, value] of o.memory?.values ?? []) remember(register, kind, value);
  const { drafts, slots } = search(turns, o, profile, register, numbering);
  const out = turns.map((turn, i) => {
    const draft = drafts[i];
    if (draft === undefined) return withhold(turn, "LANGUAGE_NOT_COVERED");
    if (draft === null) return withhold(turn, "REDACTION_FAILED");
    try {
      const known = register.find(draft.scene).filter((c) => !isFound(c, draft));
      const all = [...draft.candidates, ...known];
      return mask(turn, refine(draft, decide(draft.scene, all, profile), profile), numbering);
    } catch {
      return withhold(turn, "REDACTION_FAILED");
    }
  });
  return {
    turns: out,
    receipt: receiptOf(turns, out, o.language),
    memory: { counters: numbering.counters(), values: numbering.values(), slots },
  };
};

/** First pass: what each turn shows by itself and as an answer. undefined: language not covered; null: failed. */
const search = (
  turns: readonly Turn[],
  o: RedactOptions,
  profile: Profile,
  register: Register,
  numbering: Numbering,
) => {
  let slots: readonly OpenAsk[] = o.memory?.slots ?? [];
  let heardAgent = false;
  const drafts = turns.map((turn): Draft | null | undefined => {
    const language = turn.language ?? o.language;
    const covered = isCovered(language);
    const speaks = turn.role === "customer" || turn.role === "third_party";
    if (!speaks) heardAgent = true;
    try {
      const tokens = covered ? tokenize(turn.text) : [];
      if (covered) reserve(turn.text, numbering);
      const asked = speaks ? askedOf(slots, tokens) : new Set<never>();
      const bare = speaks && profile === "speech" && (!heardAgent || asked.size > 0);
      const alone = speaks && profile === "speech";
      const draft = covered ? draftOf(turn, tokens, { language, asked, bare, alone }, profile) : undefined;
      slots = speaks
        ? afterCustomer(slots, heard(tokens, draft?.candidates ?? []))
        : covered
          ? afterAgent(slots, tokens)
          : [];
      for (const c of draft?.candidates ?? []) learn(register, turn, c);
      return draft;
    } catch {
      slots = [];
      return covered ? null : undefined;
    }
  });
  return { drafts, slots };
};

/** Is a value that another turn gave away found in this one by itself? Then it need not be settled with itself. */
const isFound = (c: Candidate, { candidates, turn }: Draft): boolean => {
  if (c.recognizer !== told || turn.sourceSpans !== undefined) return false;
  const own = candidates[firstWhere(candidates, (x) => x.end >= c.end)];
  return own !== undefined && own.start <= c.start && own.score >= c.score;
};

/** Kinds a turn gave away: found now, or masked already when it came. */
const heard = (tokens: readonly Token[], candidates: readonly Candidate[]): Set<string> =>
  new Set([
    ...candidates.map((c) => c.kind),
    ...tokens.filter((t) => t.kind === "placeholder").map((t) => t.lower.replace(/^\[|(?:_\d+)?\]$/g, "")),
  ]);

/**
 * Looks again at what is left once the findings are masked, until nothing new shows: a cue reaches further when what
 * stood between is gone. So that redacting twice is redacting once.
 */
const refine = (draft: Draft, first: readonly Candidate[], profile: Profile): readonly Candidate[] => {
  let found = first;
  for (let round = 0; round < 4 && found.length > 0; round += 1) {
    const { text, origin, left } = maskedAs(draft.turn.text, found);
    if (!left) break;
    const scene = sceneOf(text, tokenize(text), draft.expectation);
    const more = decide(scene, candidatesOf(scene), profile).map((c) => ({
      ...c,
      start: origin(c.start),
      end: origin(c.end - 1) + 1,
    }));
    if (more.length === 0) break;
    found = [...found, ...more].toSorted((a, b) => a.start - b.start);
  }
  return found;
};

const hasContent = /[\p{L}\p{N}]/u;

/** The text with its findings replaced, the way back for a position outside them, and whether it says anything still. */
const maskedAs = (original: string, found: readonly Candidate[]) => {
  let text = "";
  let from = 0;
  let left = hasContent.test(original.slice(found.at(-1)?.end));
  const shifts: { readonly at: number; readonly shift: number }[] = [{ at: 0, shift: 0 }];
  for (const c of found) {
    const before = original.slice(from, c.start);
    left ||= hasContent.test(before);
    text += `${before}[${c.kind}_1]`;
    from = c.end;
    shifts.push({ at: text.length, shift: from - text.length });
  }
  const origin = (position: number) =>
    position + (shifts[firstWhere(shifts, (s) => s.at > position) - 1]?.shift ?? 0);
  return { text: text + original.slice(from), origin, left };
};

const draftOf = (turn: Turn, tokens: readonly Token[], e: Expectation, profile: Profile): Draft => {
  const scene = sceneOf(turn.text, tokens, e);
  const source = (turn.sourceSpans ?? []).map((s): Candidate => ({
    start: Math.max(0, s.start),
    end: Math.min(turn.text.length, s.end),
    kind: kinds.find((k) => k === s.kind) ?? sourceKinds[s.kind.toUpperCase()] ?? "NUMBER",
    score: 1,
    recognizer: "source",
  }));
  return {
    turn,
    expectation: e,
    scene,
    candidates: [...decide(scene, candidatesOf(scene), profile), ...source],
  };
};

/** Vendors' names for our kinds (Amazon Comprehend, Azure, Twilio, Genesys). */
const sourceKinds: Readonly<Record<string, Kind>> = {
  NAME: "PERSON",
  LOCATION: "PLACE",
  ORGANIZATION: "ORGANISATION",
  PHONE_NUMBER: "PHONE",
  PHONENUMBER: "PHONE",
  EMAIL_ADDRESS: "EMAIL",
  CREDIT_DEBIT_NUMBER: "PAYMENT_CARD",
  CREDIT_CARD: "PAYMENT_CARD",
  CREDITCARDNUMBER: "PAYMENT_CARD",
  CREDIT_DEBIT_CVV: "CARD_SECURITY_CODE",
  CREDIT_DEBIT_EXPIRY: "CARD_EXPIRY",
  BANK_ACCOUNT_NUMBER: "BANK_ACCOUNT",
  BANK_ROUTING: "ROUTING_NUMBER",
  SSN: "GOVERNMENT_ID",
  DATE_TIME: "DATE",
  IP_ADDRESS: "IP",
};

const teaching = new Set<Kind>([
  "PERSON",
  "PHONE",
  "EMAIL",
  "PAYMENT_CARD",
  "IBAN",
  "BANK_ACCOUNT",
  "ACCOUNT_ID",
  "ORDER_ID",
  "GOVERNMENT_ID",
  "TAX_ID",
  "HEALTH_ID",
  "PASSPORT",
  "DRIVING_LICENCE",
  "LICENCE_PLATE",
  "POSTCODE",
  "USERNAME",
  "PASSWORD",
  "PIN",
  "ONE_TIME_CODE",
  "NUMBER",
]);

/** Takes what was found with some confidence into the register, so that a read-back or an earlier mention is masked too. */
const learn = (register: Register, turn: Turn, c: Candidate) => {
  if (c.score < 0.5 || c.recognizer === "source" || !teaching.has(c.kind)) return;
  const raw = turn.text.slice(c.start, c.end);
  if (c.kind === "PERSON") {
    if (raw.length <= 60 && c.score >= 0.6) register.add(c.kind, raw, told);
  } else if (/\d.*\d.*\d|@/s.test(c.value ?? raw)) register.add(c.kind, c.value ?? raw, told);
};

const remember = (register: Register, kind: Kind, value: string) => {
  if (teaching.has(kind)) register.add(kind, value, told);
};

const own = /\[([A-Z]{2,}(?:_[A-Z]+)*)_(\d{1,9})\]/g;

/** A placeholder that came with the text keeps its number to itself. */
const reserve = (text: string, numbering: Numbering) => {
  if (text.includes("["))
    for (const [, kind = "", number = "0"] of text.matchAll(own)) numbering.reserve(kind, Number(number));
};

const withhold = (turn: Turn, withheld: NonNullable<RedactedTurn["withheld"]>): RedactedTurn => ({
  id: turn.id,
  role: turn.role,
  text: null,
  withheld,
  findings: [],
  placeholders: [],
});

const mask = (turn: Turn, candidates: readonly Candidate[], numbering: Numbering): RedactedTurn => {
  let text = "";
  let from = 0;
  const placeholders: Placeholder[] = [];
  for (const c of candidates) {
    text += turn.text.slice(from, c.start);
    const value = normalize(c.value ?? turn.text.slice(c.start, c.end));
    const placeholder =
      c.recognizer === "source" || value === "" ? numbering.fresh(c.kind) : numbering.place(c.kind, value);
    const { kind, score, recognizer } = c;
    placeholders.push({
      kind,
      placeholder,
      start: text.length,
      length: placeholder.length,
      score,
      recognizer,
    });
    text += placeholder;
    from = c.end;
  }
  return {
    id: turn.id,
    role: turn.role,
    text: text + turn.text.slice(from),
    findings: candidates.map(asFinding),
    placeholders,
  };
};

const receiptOf = (turns: readonly Turn[], out: readonly RedactedTurn[], language: string): Receipt => {
  const counts: Record<string, number> = {};
  for (const turn of out) for (const f of turn.findings) counts[f.kind] = (counts[f.kind] ?? 0) + 1;
  return {
    engine,
    kinds: counts,
    languages: [...new Set(turns.map((t) => t.language ?? language))].toSorted(),
    withheld: out.filter((t) => t.text === null).length,
  };
};
