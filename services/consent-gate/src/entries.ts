import { z } from "zod";

import { grant, id, ms } from "@sotto/contracts";

const window = z.int().nullable();
const event = { offset: z.int().min(0), at: ms, event: id, digest: z.string() };

/**
 * The sealed part of the gate's state entries. `cause` is the input offset that an entry follows from: a record whose
 * offset an entry names is a replay, and what the entry says is said again.
 */
export const entryInfo = z.discriminatedUnion("k", [
  /** A facts event of the conversation, kept as it came. `grant`: what it was forwarded under at once, if anything. */
  z.strictObject({ k: z.literal("context"), ...event, grant: id.nullable(), window }),
  /** A turn that waits, kept as it came. */
  z.strictObject({
    k: z.literal("held"),
    ...event,
    ordinal: z.int().min(1),
    window,
    until: ms,
    lingerUntil: ms,
    reason: z.string(),
  }),
  /** A turn that was decided: let through under a grant, or ended here. */
  z.strictObject({
    k: z.literal("turn"),
    ...event,
    ordinal: z.int().min(1),
    window,
    cause: z.int().min(0),
    cut: ms,
    grant: id.nullable(),
    end: z.strictObject({ end: z.enum(["discarded", "quarantined", "replaced", "removed"]), reason: z.string() }).nullable(),
  }),
  z.strictObject({ k: z.literal("grant"), cause: z.int().min(0), first: z.boolean(), grant }),
  /** Ends that other workers told of. */
  /** A raw window's slot is gone: nobody can open the words that were sealed under it. */
  z.strictObject({
    k: z.literal("shredded"),
    cause: z.int().min(0),
    window: z.int(),
    fingerprint: z.string().nullable(),
  }),
  z.strictObject({ k: z.literal("ended"), offset: z.int().min(0), ordinals: z.array(z.int().min(1)) }),
]);
export type EntryInfo = z.infer<typeof entryInfo>;
export type HeldInfo = Extract<EntryInfo, { k: "held" }>;
export type TurnInfo = Extract<EntryInfo, { k: "turn" }>;
export type ContextInfo = Extract<EntryInfo, { k: "context" }>;
export type ShreddedInfo = Extract<EntryInfo, { k: "shredded" }>;
export type GrantInfo = Extract<EntryInfo, { k: "grant" }>;

/** The entry's name after `conversation/`: what it is can be counted by who holds no key, what it says cannot be read. */
export const entryName = (info: EntryInfo): string => {
  switch (info.k) {
    case "context":
      return `context/${info.offset}`;
    case "held":
      return `held/${info.ordinal}`;
    case "turn":
      return `turn/${info.ordinal}`;
    case "grant":
      return `grant/${info.grant.id}`;
    case "shredded":
      return `shredded/${info.window}`;
    case "ended":
      return `ended/${info.offset}`;
  }
};
