import { hash } from "node:crypto";

import type { Policy } from "@sotto/consent";
import { encodeCbor, type Ended, type Section, type SectionTurn } from "@sotto/contracts";
import { readAdmission } from "@sotto/envelope";
import type { Memory, redact, RedactedTurn, Turn } from "@sotto/redaction";
import type { EventRecord } from "@sotto/stream";

import type { Gathered, OpenTurn, Pending } from "./conversation.ts";
import { describe } from "./describe.ts";
import { openContext, openTurns, type Opened, type Opener } from "./open-words.ts";
import { knownOf, turnFactsOf, wordsOf } from "./words.ts";

export interface Tools extends Opener {
  readonly policy: Policy;
  readonly redact: typeof redact;
}

/** A section, redacted. */
export interface Finished {
  readonly section: Section;
  /** What the next section goes on from, and the newest raw window of what it was made of; null when nothing was opened. */
  readonly memory: { readonly memory: Memory; readonly window: number } | null;
  /** Turns that did not open as themselves. */
  readonly aside: { readonly turn: OpenTurn; readonly reason: string }[];
}

/**
 * Redacts a cut section as a whole. Nothing of a turn is opened when a fence has stopped its grant since; a turn whose
 * key is gone ends as erased or expired; a language that is not covered is withheld. Throws UnavailableError when a key
 * cannot be had now or a fence holds it; every other failure is the caller's to put in quarantine.
 */
export const finish = async (
  tools: Tools,
  c: Gathered,
  cut: Pending,
  memory: Memory | undefined,
): Promise<Finished> => {
  const { info } = cut;
  const about = describe(cut.context.map((entry) => entry.facts));
  if (!about) throw new Error(`Conversation ${c.id} has a section but never started`);
  const { opened, ends } = await openTurns(tools, c, cut.turns.toSorted(inTime));
  const known = opened.length > 0 ? knownOf(await openContext(tools, c)) : [];
  const fallback = tools.policy.lines[info.line]?.locale ?? "und";
  const said = opened.map((one) => ({ turn: one.turn, said: saidBy(one, about.parties, fallback) }));
  const redacted = tools.redact(
    said.map((one) => one.said),
    {
      language: fallback,
      known,
      ...(memory ? { memory } : {}),
    },
  );
  const byId = new Map(redacted.turns.map((turn) => [turn.id, turn]));
  const turns = said.map((one): SectionTurn => {
    const out = byId.get(one.said.id);
    if (!out) throw new Error(`Turn ${one.turn.id} came back without a result`);
    return sectionTurn(one.turn, out, one.said.language);
  });
  const section: Section = {
    v: 1,
    conversation: c.id,
    tenant: c.tenant,
    line: info.line,
    section: info.n,
    ...about,
    parties: about.parties.map(({ id, role, language, tokens }) => ({
      id,
      role,
      tokens,
      ...(language ? { language } : {}),
    })),
    turns,
    ends: [...info.ends, ...ends],
    removes: info.removes,
    grants: grantsOf(c, turns),
    receipt: redacted.receipt,
    inputDigest: inputDigest(cut.turns),
    closedAt: info.at,
    cause: info.cause,
  };
  const windows = opened.map(({ turn }) => turn.facts.window ?? 0);
  return {
    section,
    memory: opened.length > 0 ? { memory: redacted.memory, window: Math.max(...windows) } : null,
    aside: asideOf(cut.turns, ends),
  };
};

/** What the redaction is given of a turn. Its language: its own, its party's, its line's. */
const saidBy = (
  { turn, content }: Opened,
  parties: NonNullable<ReturnType<typeof describe>>["parties"],
  fallback: string,
): Turn & { readonly language: string } => {
  const facts = turnFactsOf(turn.facts);
  const party = parties.find(({ id }) => id === facts.party);
  return {
    id: `${turn.id}/${turn.info.admission.ordinal}.${turn.info.admission.part}`,
    role: party?.role ?? "third_party",
    text: wordsOf(facts, content).reveal(),
    language: facts.language ?? party?.language ?? fallback,
    ...(content.words ? { words: content.words } : {}),
    ...(facts.redactedBySource ? { sourceSpans: facts.redactedBySource } : {}),
  };
};

/** Writing order (contract.md §1): startAt, then sequence, then event id. */
export const inTime = (a: OpenTurn, b: OpenTurn): number => {
  const [x, y] = [turnFactsOf(a.facts), turnFactsOf(b.facts)];
  const sequence = (turn: OpenTurn) => turn.facts.sequence ?? 0;
  return x.startAt - y.startAt || sequence(a) - sequence(b) || (a.facts.id < b.facts.id ? -1 : 1);
};

const asideOf = (turns: readonly OpenTurn[], ends: readonly Ended[]): Finished["aside"] =>
  ends.flatMap(({ ordinal, part, end, reason }) => {
    const turn = turns.find(({ info: { admission: a } }) => a.ordinal === ordinal && a.part === part);
    return end === "quarantined" && turn ? [{ turn, reason }] : [];
  });

const sectionTurn = (turn: OpenTurn, out: RedactedTurn, language: string): SectionTurn => {
  const facts = turnFactsOf(turn.facts);
  const { event } = turn;
  const header = turn.kept.headers.find(([name]) => name === "admission")?.[1];
  if (!header) throw new Error(`Turn ${turn.id} is kept without its admission`);
  const { admission, mac } = readAdmission(header);
  return {
    ordinal: admission.ordinal,
    part: admission.part,
    id: turn.id,
    event: turn.facts.id,
    party: facts.party,
    ...(facts.leg === undefined ? {} : { leg: facts.leg }),
    startAt: facts.startAt,
    ...(facts.endAt === undefined ? {} : { endAt: facts.endAt }),
    ...(turn.facts.sequence === undefined ? {} : { sequence: turn.facts.sequence }),
    timeFrom: facts.timeFrom,
    origin: facts.origin,
    ...(facts.engine ? { engine: facts.engine } : {}),
    language,
    text: out.text,
    ...(out.withheld ? { withheld: out.withheld } : {}),
    findings: out.placeholders.map((p) => ({ ...p, origin: "sotto" as const })),
    redactedBySource: (facts.redactedBySource?.length ?? 0) > 0,
    ...(turn.info.replaces ? { replaces: turn.info.replaces } : {}),
    admission,
    mac,
    frames: framesOf(event),
  };
};

const grantsOf = (c: Gathered, turns: readonly SectionTurn[]): Section["grants"] => {
  const used = new Set(turns.map((turn) => turn.admission.grant));
  return [...c.grants.values()]
    .filter(({ grant }) => used.has(grant.id))
    .map(({ grant, frame }) => ({ id: grant.id, day: grant.day, frame }));
};

/** Over event ids and digests of sealed frames, in writing order: what tells the same section from another. */
export const inputDigest = (turns: readonly OpenTurn[]): Uint8Array => {
  const items = turns.toSorted(inTime).map(({ event }) => {
    const { facts, content } = framesOf(event);
    return [event.event, facts, content];
  });
  return sha256(encodeCbor(items));
};

const framesOf = ({ factsFrame, contentFrame }: EventRecord): SectionTurn["frames"] => ({
  facts: sha256(factsFrame),
  content: sha256(contentFrame),
});

const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");
