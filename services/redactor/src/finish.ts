import { createHash } from "node:crypto";

import { fenceVerdict, gatePurpose, stopped, type Policy } from "@sotto/consent";
import { encodeCbor, type Content, type Ended, type Section, type SectionTurn } from "@sotto/contracts";
import { KeyGoneError, readAdmission, UnavailableError, type Clear, type Keys } from "@sotto/envelope";
import { redact, type Memory } from "@sotto/redaction";
import { openContent, QuarantineError, readEvent, type FenceTable } from "@sotto/stream";

import type { Gathered, OpenTurn } from "./conversation.ts";
import { describe } from "./describe.ts";
import type { SectionInfo } from "./entries.ts";
import { knownOf, turnFactsOf, wordsOf } from "./words.ts";

export interface Tools {
  readonly keys: Keys;
  readonly policy: Policy;
  readonly fences: FenceTable;
}

interface Opened {
  readonly turn: OpenTurn;
  readonly text: Clear;
  readonly content: Content;
}

/** A section, redacted, with the memory that the next one goes on from. */
export interface Finished {
  readonly section: Section;
  readonly memory: Memory | null;
}

/**
 * Redacts a cut section as a whole. Nothing of a turn is opened when a fence has stopped its grant since; a turn whose
 * key is gone ends as erased or expired; a language that is not covered is withheld. Throws UnavailableError when a key
 * cannot be had now; every other failure is the caller's to put in quarantine.
 */
export const finish = async (
  tools: Tools,
  c: Gathered,
  cut: { readonly info: SectionInfo; readonly turns: readonly OpenTurn[] },
  before: { readonly memory: Memory | undefined },
): Promise<Finished> => {
  const about = describe(c.context.map((entry) => entry.facts));
  if (!about) throw new Error(`Conversation ${c.id} has a section but never started`);
  const ends: Ended[] = [...cut.info.ends];
  const opened: Opened[] = [];
  for (const turn of cut.turns.toSorted(inTime)) {
    const result = await openTurn(tools, c, turn);
    if ("end" in result) ends.push(result.end);
    else opened.push(result);
  }
  const known = opened.length > 0 ? knownOf(await openContext(tools, c)) : [];
  const line = tools.policy.lines[c.line];
  const fallback = line?.locale ?? "und";
  const languages = new Map(about.parties.map((party) => [party.id, party.language]));
  const turns = opened.map(({ turn, text, content }) => {
    const facts = turnFactsOf(turn.facts);
    const role = about.parties.find((party) => party.id === facts.party)?.role ?? "third_party";
    const language = facts.language ?? languages.get(facts.party) ?? fallback;
    return {
      id: turnId(turn),
      role,
      text: text.reveal(),
      language,
      ...(content.words ? { words: content.words } : {}),
      ...(facts.redactedBySource ? { sourceSpans: facts.redactedBySource } : {}),
    };
  });
  const redacted = redact(turns, {
    language: fallback,
    profile: about.channel === "voice" ? "speech" : "written",
    known,
    ...(before.memory ? { memory: before.memory } : {}),
  });
  const byId = new Map(redacted.turns.map((turn) => [turn.id, turn]));
  const landing = opened.map(({ turn }): SectionTurn => {
    const out = byId.get(turnId(turn));
    if (!out) throw new Error(`Turn ${turn.id} came back without a result`);
    return sectionTurn(turn, out, turns.find((t) => t.id === turnId(turn))?.language);
  });
  const section: Section = {
    v: 1,
    conversation: c.id,
    tenant: c.tenant,
    line: cut.info.line,
    section: cut.info.n,
    ...about,
    parties: about.parties.map(({ id, role, language, tokens }) => ({ id, role, tokens, ...(language ? { language } : {}) })),
    turns: landing,
    ends,
    removes: cut.info.removes,
    grants: grantsOf(c, landing),
    receipt: redacted.receipt,
    inputDigest: inputDigest(cut.turns),
    closedAt: cut.info.at,
    cause: cut.info.cause,
  };
  return { section, memory: opened.length > 0 ? redacted.memory : null };
};

const turnId = (turn: OpenTurn): string => `${turn.id}/${turn.info.admission.ordinal}.${turn.info.admission.part}`;

/** Writing order (contract.md §1): startAt, then sequence, then event id. */
export const inTime = (a: OpenTurn, b: OpenTurn): number => {
  const [x, y] = [turnFactsOf(a.facts), turnFactsOf(b.facts)];
  const sequence = (turn: OpenTurn) => turn.facts.sequence ?? 0;
  return x.startAt - y.startAt || sequence(a) - sequence(b) || (a.facts.id < b.facts.id ? -1 : 1);
};

const openTurn = async (tools: Tools, c: Gathered, turn: OpenTurn): Promise<Opened | { readonly end: Ended }> => {
  const { admission } = turn.info;
  const ended = (end: Ended["end"], reason: string) => ({
    end: { ordinal: admission.ordinal, part: admission.part, end, reason },
  });
  const held = c.grants.get(admission.grant ?? "");
  if (!held) return ended("quarantined", "NO_ADMISSION");
  const fence = stopped(held.grant, tools.fences.index).get(gatePurpose);
  if (fence) {
    const verdict = fenceVerdict(fence);
    if ("held" in verdict) throw new UnavailableError(`A fence holds conversation ${c.id}: ${verdict.held}`);
    return ended(verdict.end, verdict.reason);
  }
  try {
    const content = await openContent(tools.keys, readEvent({ key: c.id, ...turn.kept }));
    if (!content) return ended("erased", "CONTENT_DROPPED");
    return { turn, content, text: wordsOf(turnFactsOf(turn.facts), content) };
  } catch (error) {
    if (!(error instanceof QuarantineError)) throw error;
    const gone = error.cause instanceof KeyGoneError ? error.cause.state : null;
    if (gone === "erased") return ended("erased", "ERASED");
    return gone === null ? ended("quarantined", error.reason) : ended("expired", "RAW_EXPIRED");
  }
};

/** Content of context events: names and identifiers. One whose key has died tells nothing any more. */
const openContext = async (tools: Tools, c: Gathered): Promise<Content[]> => {
  const all: Content[] = [];
  for (const { kept } of c.context) {
    try {
      const content = await openContent(tools.keys, readEvent({ key: c.id, ...kept }));
      if (content) all.push(content);
    } catch (error) {
      if (!(error instanceof QuarantineError) || !(error.cause instanceof KeyGoneError)) throw error;
    }
  }
  return all;
};

const sectionTurn = (
  turn: OpenTurn,
  out: ReturnType<typeof redact>["turns"][number],
  language: string | undefined,
): SectionTurn => {
  const facts = turnFactsOf(turn.facts);
  const event = readEvent({ key: turn.facts.conversation, ...turn.kept });
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
    ...(language === undefined ? {} : { language }),
    text: out.text,
    ...(out.withheld ? { withheld: out.withheld } : {}),
    findings: out.placeholders.map((p) => ({ ...p, origin: "sotto" as const })),
    redactedBySource: (facts.redactedBySource?.length ?? 0) > 0,
    ...(turn.info.replaces ? { replaces: turn.info.replaces } : {}),
    admission,
    mac,
    frames: { facts: sha256(event.factsFrame), content: sha256(event.contentFrame) },
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
  const items = turns.toSorted(inTime).map((turn) => {
    const event = readEvent({ key: turn.facts.conversation, ...turn.kept });
    return [event.event, sha256(event.factsFrame), sha256(event.contentFrame)];
  });
  return sha256(encodeCbor(items));
};

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
