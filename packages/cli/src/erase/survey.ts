import { createHash } from "node:crypto";

import { parseDocumentName } from "@sotto/archive";
import { topics } from "@sotto/contracts";
import type { Platform } from "@sotto/service";
import { headerText, partitionFor, type LogClient } from "@sotto/stream";

import type { FoundConversation } from "../find-conversation.ts";
import { lastEnds, type LastEnd } from "../last-ends.ts";
import { readTopic } from "../register.ts";

/** What lies where of a conversation, from outside: names, numbers and digests, nothing opened. */
export interface Survey {
  /** Documents by name, with the SHA-256 of their sealed bytes: what landed, whether or not it is still there. */
  readonly documents: ReadonlyMap<string, string>;
  readonly turns: Turns;
  /** Records put aside. */
  readonly quarantined: number;
}

/** Ordinals, by what became of them. */
export interface Turns {
  readonly all: ReadonlySet<number>;
  readonly ended: ReadonlyMap<number, LastEnd>;
  /** Waiting at the gate for a consent. */
  readonly held: readonly number[];
  /** In a section that has not closed. */
  readonly open: readonly number[];
}

type SurveyPlatform = Pick<Platform, "log" | "archive">;

export const survey = async (platform: SurveyPlatform, found: FoundConversation): Promise<Survey> => {
  const documents = landedNames(found);
  for (const name of await presentNames(platform, found)) {
    if (documents.has(name)) continue;
    const digest = await digestOf(platform, name);
    if (digest !== null) documents.set(name, digest);
  }
  return {
    documents,
    turns: await readTurns(platform.log, found),
    quarantined: await countAside(platform.log, found.conversation),
  };
};

type Of = Pick<FoundConversation, "tenant" | "conversation">;

/** Documents that the audit log saw land, with the digest it was told. What names another conversation's is passed over. */
export const landedNames = ({ trail, ...of }: Of & Pick<FoundConversation, "trail">): Map<string, string> => {
  const names = new Map<string, string>();
  for (const { event } of trail.entries) {
    if (event.type !== "sotto.audit.document.landed.v1" || !isOf(of, event.object)) continue;
    names.set(event.object, event.sha256);
  }
  return names;
};

const isOf = ({ tenant, conversation }: Of, name: string): boolean => {
  const place = parseDocumentName(name);
  return place?.tenant === tenant && place.conversation === conversation;
};

/** What the store holds of it, by whatever section and generation. */
export const presentNames = async ({ archive }: Pick<Platform, "archive">, of: Of): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name } of archive.list(`conversations/tenant=${of.tenant}/`)) {
    if (isOf(of, name)) names.push(name);
  }
  return names;
};

/** Of the sealed bytes, hexadecimal; null: it is not there. */
export const digestOf = async (
  { archive }: Pick<Platform, "archive">,
  name: string,
): Promise<string | null> => {
  const stored = await archive.get(name);
  return stored && createHash("sha256").update(stored.bytes).digest("hex");
};

/** Every ordinal that the audit log or the name of a worker's state entry tells of. */
export const readTurns = async (
  log: LogClient,
  { conversation, trail }: Pick<FoundConversation, "conversation" | "trail">,
): Promise<Turns> => {
  const ended = lastEnds(trail.entries);
  const numbered = await readNumbered(log, conversation);
  const waiting = (what: string): number[] =>
    [...numbered].flatMap(([ordinal, live]) => (live.has(what) && !ended.has(ordinal) ? [ordinal] : []));
  const open = waiting("open");
  return {
    all: new Set([...ended.keys(), ...numbered.keys()]),
    ended,
    held: waiting("held").filter((ordinal) => !open.includes(ordinal)),
    open,
  };
};

/** By ordinal, which kinds of entries are live: names of state entries say what they are (docs/formats/records.md). */
const readNumbered = async (log: LogClient, conversation: string): Promise<Map<number, Set<string>>> => {
  const numbered = new Map<number, Set<string>>();
  const entry = /^(held|turn|open|owed)\/([1-9]\d{0,8})(\.\d+)?$/;
  for (const { name } of [topics.gateState, topics.redactorState]) {
    const ends = await log.ends(name);
    const partition = partitionFor(conversation, ends.length);
    for await (const batch of log.read(name, partition, ends[partition]?.low ?? 0)) {
      for (const { key, value } of batch) {
        if (!key?.startsWith(`${conversation}/`)) continue;
        const [, what, digits] = entry.exec(key.slice(conversation.length + 1)) ?? [];
        if (what === undefined) continue;
        const ordinal = Number(digits);
        const live = numbered.get(ordinal) ?? new Set();
        numbered.set(ordinal, live);
        if (value === null) live.delete(what);
        else live.add(what);
      }
    }
  }
  return numbered;
};

/** Records put aside, each once however often it was. */
export const countAside = async (log: LogClient, conversation: string): Promise<number> => {
  const origins = new Set<string>();
  for await (const { key, headers } of readTopic(log, topics.quarantine.name)) {
    if (key === conversation) origins.add(headerText(headers, "origin") ?? "");
  }
  return origins.size;
};
