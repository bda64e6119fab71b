import { z } from "zod";

import { admission, bytes, ended, grant, id, ms } from "@sotto/contracts";

const numbers = z.record(z.string(), z.int().min(0));

/** The sealed part of the redactor's state entries (kept beside it: the record as it came from `admitted`). */
export const entryInfo = z.discriminatedUnion("k", [
  z.strictObject({ k: z.literal("grant"), offset: z.int().min(0), grant }),
  /** What the conversation said of itself; not a turn. */
  z.strictObject({ k: z.literal("context"), offset: z.int().min(0), admission }),
  /** A turn that no section holds yet. `replaces`: the turn of an earlier section whose place it takes. */
  z.strictObject({ k: z.literal("open"), offset: z.int().min(0), admission, replaces: id.optional() }),
  /** A recording that the transcriber owes turns for. */
  z.strictObject({ k: z.literal("owed"), offset: z.int().min(0), ordinal: z.int().min(1) }),
  /**
   * Section `n` is to be sent: written just before the section itself, tombstoned first of all once it is sent and
   * committed. While it lives, all that the section names lives too.
   */
  z.strictObject({ k: z.literal("due"), n: z.int().min(1) }),
  /**
   * The cut: which turns section `n` holds, written before anything is opened. What it names is done or pending,
   * never open again, so a repeat of an admitted turn lands nowhere twice. It stays, and with it the turns' ids: what
   * is replaced or removed later is known by them.
   */
  z.strictObject({
    k: z.literal("section"),
    n: z.int().min(1),
    turns: z.array(z.tuple([z.int().min(1), z.int().min(0), id])),
    ends: z.array(ended),
    removes: z.array(id),
    at: ms,
    cause: z.enum(["ended", "gap", "age", "size", "line"]),
    line: id,
  }),
  /** What later sections go on from: numbers in the clear of this seal, values only under the raw key of `window`. */
  z.strictObject({
    k: z.literal("memory"),
    n: z.int().min(1),
    highest: numbers,
    memory: z.strictObject({ window: z.int(), frame: bytes }).nullable(),
  }),
]);
export type EntryInfo = z.infer<typeof entryInfo>;
export type OpenInfo = Extract<EntryInfo, { k: "open" }>;
export type SectionInfo = Extract<EntryInfo, { k: "section" }>;
export type MemoryInfo = Extract<EntryInfo, { k: "memory" }>;

/** The entry's name after `conversation/`. */
export const entryName = (info: EntryInfo): string => {
  switch (info.k) {
    case "grant":
      return `grant/${info.grant.id}`;
    case "context":
      return `context/${info.offset}`;
    case "open":
      return `open/${info.admission.ordinal}.${info.admission.part}`;
    case "owed":
      return `owed/${info.ordinal}`;
    case "due":
      return `due/${info.n}`;
    case "section":
      return `section/${info.n}`;
    case "memory":
      return `memory/${info.n}`;
  }
};
