import { z } from "zod";

import { auditEvent, grant, id, ms } from "@sotto/contracts";

const offset = z.int().min(0);
const ordinal = z.int().min(1);
const window = z.int().nullable();
/** Of the event that an entry is about. */
const event = { line: id, offset, at: ms, event: id, digest: z.string(), window };

/**
 * The sealed part of the gate's state entries. `cause` is the input offset that an entry follows from (for the event's own
 * entry that is `offset`): a record whose offset an entry names was handled before, and what the entry says is said again.
 * Of one record, decisions come first, then the grant, then what was done on it: whatever a crash cuts off at the end is
 * missing as a whole, and is done again.
 */
export const entryInfo = z.discriminatedUnion("k", [
  /** A facts event of the conversation, kept as it came. `grant`: what it was let through under at once, if anything. */
  z.strictObject({ k: z.literal("context"), ...event, grant: id.nullable() }),
  /** A turn that waits, kept as it came. */
  z.strictObject({ k: z.literal("held"), ...event, ordinal, until: ms, lingerUntil: ms, reason: z.string() }),
  /** A turn that was decided: let through under a grant, or ended here. `expired`: the deadline that it outlasted. */
  z.strictObject({
    k: z.literal("turn"),
    ...event,
    ordinal,
    cause: offset,
    cut: ms,
    grant: id.nullable(),
    end: z
      .strictObject({
        end: z.enum(["discarded", "quarantined", "replaced", "removed", "erased"]),
        reason: z.string(),
      })
      .nullable(),
    expired: ms.nullable(),
  }),
  /** What audit was told of decisions that changed, word for word; it holds from `ordinal` on. */
  z.strictObject({ k: z.literal("decision"), cause: offset, ordinal, told: z.array(auditEvent).min(1) }),
  z.strictObject({ k: z.literal("grant"), cause: offset, first: z.boolean(), grant }),
  /** Ends that other workers told of; `offset` is that of the record on `landed`. */
  z.strictObject({ k: z.literal("ended"), offset, ordinals: z.array(ordinal) }),
  /** Ordinals whose words had to go at the horizon, whoever still waited for them. */
  z.strictObject({ k: z.literal("overdue"), cause: offset, window: z.int(), ordinals: z.array(ordinal) }),
  /** Ordinals that an erasure ended, wherever they were. */
  z.strictObject({ k: z.literal("erased"), cause: offset, ordinals: z.array(ordinal) }),
  /** A raw window that seals nothing but what was put aside or came twice. */
  z.strictObject({ k: z.literal("window"), line: id, offset, window: z.int() }),
  /** A raw window's slot is gone: nobody can open the words that were sealed under it. */
  z.strictObject({
    k: z.literal("shredded"),
    cause: offset,
    window: z.int(),
    fingerprint: z.string().nullable(),
  }),
]);
export type EntryInfo = z.infer<typeof entryInfo>;
type Entry<K extends EntryInfo["k"]> = Extract<EntryInfo, { k: K }>;
export type HeldInfo = Entry<"held">;
export type TurnInfo = Entry<"turn">;
export type ContextInfo = Entry<"context">;
export type DecisionInfo = Entry<"decision">;
/** How a turn ends at the gate. */
export type End = NonNullable<TurnInfo["end"]>;

/** The entry's name after `conversation/`: what it is can be counted by who holds no key, what it says cannot be read. */
export const entryName = (info: EntryInfo): string => {
  switch (info.k) {
    case "context":
      return `context/${info.offset}`;
    case "held":
      return `held/${info.ordinal}`;
    case "turn":
      return `turn/${info.ordinal}`;
    case "decision":
      return `decision/${info.told[0]?.id}`;
    case "grant":
      return `grant/${info.grant.id}`;
    case "ended":
      return `ended/${info.offset}`;
    case "overdue":
      return `overdue/${info.cause}.${info.window}`;
    case "erased":
      return `erased/${info.cause}`;
    case "window":
      return `window/${info.window}`;
    case "shredded":
      return `shredded/${info.cause}.${info.window}`;
  }
};

/** The offset on `conversations` that an entry follows from; null for what `landed` told. */
export const causeOf = (info: EntryInfo): number | null => {
  if (info.k === "ended") return null;
  return "cause" in info ? info.cause : info.offset;
};
