import { createHash } from "node:crypto";

import {
  decodeCbor,
  deriveId,
  encodeCbor,
  topics,
  version,
  type AuditEvent,
  type Section,
} from "@sotto/contracts";
import { dayOf, EnvelopeError, KeyGoneError, open, seal, type DataKey, type Keys } from "@sotto/envelope";
import type { Memory } from "@sotto/redaction";
import { sealEntry, type Kept, type OutRecord, type StateEntry } from "@sotto/stream";

import type { Gathered } from "./conversation.ts";
import { entryName, type EntryInfo, type MemoryInfo } from "./entries.ts";

export const worker = "redactor";

/** What handling one record asks for, gathered in order. */
export interface Effects {
  readonly partition: number;
  /** Append time of the record being handled. */
  readonly now: number;
  readonly entries: StateEntry[];
  readonly audit: AuditEvent[];
  readonly outputs: OutRecord[];
  readonly tombstones: string[];
}

export const noEffects = (partition: number, now: number): Effects => ({
  partition,
  now,
  entries: [],
  audit: [],
  outputs: [],
  tombstones: [],
});

/** The key that seals state entries of now. */
export const stateKey = async (keys: Keys, tenant: string, now: number): Promise<{ key: DataKey; day: number }> => {
  const day = dayOf(now);
  return { day, key: await keys.toSeal({ slot: "facts", tenant, conversation: null, generation: day }) };
};

export const remember = (
  fx: Effects,
  hand: { readonly key: DataKey; readonly day: number },
  c: Gathered,
  info: EntryInfo,
  kept: Kept | null = null,
): void => {
  const at = { ...hand, worker, tenant: c.tenant, conversation: c.id, entry: entryName(info) };
  fx.entries.push(sealEntry(at, info, kept));
};

/** Values of the memory live and die with the words: sealed under the newest raw window of the section's turns. */
export const sealMemory = async (
  keys: Keys,
  c: Gathered,
  n: number,
  memory: Memory,
  window: number,
): Promise<MemoryInfo["memory"]> => {
  const address = { slot: "raw", tenant: c.tenant, conversation: c.id, generation: window } as const;
  try {
    const key = await keys.toOpen(address);
    return { window, frame: seal(encodeCbor(memory), key, { ...address, kind: "memory", name: `${c.id}/${n}`, headers: null }) };
  } catch (error) {
    if (error instanceof KeyGoneError) return null;
    throw error;
  }
};

/** Opens what sealMemory sealed; when its window has died, only the highest numbers are left to go on from. */
export const openMemory = async (keys: Keys, c: Gathered, info: MemoryInfo | undefined): Promise<Memory | undefined> => {
  if (!info) return undefined;
  const numbersOnly: Memory = { counters: info.highest, values: [], slots: [] };
  if (!info.memory) return numbersOnly;
  const { window, frame } = info.memory;
  const address = { slot: "raw", tenant: c.tenant, conversation: c.id, generation: window } as const;
  try {
    const key = await keys.toOpen(address);
    const place = { ...address, kind: "memory", name: `${c.id}/${info.n}`, headers: null } as const;
    return decodeCbor(open(frame, key, place)) as Memory;
  } catch (error) {
    if (error instanceof KeyGoneError || error instanceof EnvelopeError) return numbersOnly;
    throw error;
  }
};

/** Seals a section for the archiver and tells the audit log what was redacted: kinds and counts. */
export const sendSection = (fx: Effects, section: Section, archive: { key: DataKey; generation: number }): void => {
  const { conversation, tenant } = section;
  const name = `${conversation}/${section.section}`;
  const { key, generation } = archive;
  const place = { tenant, conversation, slot: "archive", generation, kind: "section", name, headers: null } as const;
  const value = seal(encodeCbor(section), key, place);
  fx.outputs.push({
    topic: topics.redacted.name,
    partition: fx.partition,
    key: conversation,
    value,
    headers: [
      ["type", text("section")],
      ["tenant", text(tenant)],
      ["section", text(String(section.section))],
      ["generation", text(String(generation))],
    ],
  });
  const { line, ends, closedAt: at } = section;
  if (ends.length > 0) sayEnds(fx, { conversation, tenant, line, section: section.section, at, ends });
  fx.audit.push({
    id: deriveId("a", conversation, "redacted", section.section),
    ...{ at, service: worker, version, tenant, line, conversation },
    type: "sotto.audit.section.redacted.v1",
    section: section.section,
    kinds: section.receipt.kinds,
    engine: section.receipt.engine,
    languages: section.receipt.languages,
    input: Buffer.from(section.inputDigest).toString("base64url"),
    output: createHash("sha256").update(value).digest("base64url"),
    turns: section.turns.length,
    withheld: section.receipt.withheld,
  });
};

/** Tells the audit log of ordinals that no document will hold. */
export const sayEnds = (
  fx: Effects,
  o: Pick<Section, "conversation" | "tenant" | "line" | "section" | "ends"> & { readonly at: number },
): void => {
  const { conversation, tenant, line, section, ends, at } = o;
  fx.audit.push({
    id: deriveId("a", conversation, "ends", section),
    ...{ at, service: worker, version, tenant, line, conversation },
    type: "sotto.audit.turns.ended.v1",
    ends,
  });
};

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
