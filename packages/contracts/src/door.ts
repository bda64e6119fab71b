import { z } from "zod";

import { doorData } from "./door-data.ts";
import { instant, sourceName, vendorId } from "./door-values.ts";
import { channels, eventKinds, id, type EventKind } from "./facts.ts";

/** What the door takes at most; a test sends one more of each. */
export const doorLimits = {
  /** One event as JSON. */
  eventBytes: 256 * 1024,
  /** One text, in UTF-16 units. */
  textUnits: 64 * 1024,
  parties: 64,
  /** Objects and arrays inside each other, the event itself counted. */
  depth: 8,
  batchEvents: 1000,
  batchBytes: 4 * 1024 * 1024,
  /** How far ahead of our clock an event may say it happened. */
  futureMs: 5 * 60_000,
} as const;

/** `sotto.turn.added.v1` and so on: the only types there are. */
export type EventType = { [K in EventKind]: `sotto.${K}.v1` }[EventKind];
export const eventType = <K extends EventKind>(kind: K): `sotto.${K}.v1` => `sotto.${kind}.v1`;

export const eventTypes: readonly EventType[] = eventKinds.map((kind) => eventType(kind));

const kindsByType = new Map<string, EventKind>(eventKinds.map((kind) => [eventType(kind), kind]));
/** undefined: no type of ours. */
export const kindOf = (type: unknown): EventKind | undefined =>
  typeof type === "string" ? kindsByType.get(type) : undefined;

/**
 * CloudEvents attributes at the door (CloudEvents 1.0.2 §3; extensions of ours in lower case). `tenant` and `line` are
 * claims: the credential decides. `leg` stands in where the data names none; `party` and `dataschema` are not kept.
 */
export const doorAttributes = {
  specversion: z.literal("1.0"),
  id: z.string().min(1).max(128),
  source: sourceName,
  time: instant,
  subject: vendorId.optional(),
  tenant: id.optional(),
  line: id.optional(),
  channel: z.enum(channels),
  leg: vendorId.optional(),
  party: vendorId.optional(),
  sequence: z
    .string()
    .regex(/^\d{1,12}$/)
    .optional(),
  datacontenttype: z
    .string()
    .max(100)
    .regex(/^application\/([a-z0-9.+-]+\+)?json(\s*;.*)?$/i)
    .optional(),
  dataschema: z.string().max(500).optional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
};

const variant = <K extends EventKind>(kind: K) =>
  z.object({ ...doorAttributes, type: z.literal(eventType(kind)), data: doorData[kind] });

/**
 * An event as it comes in, JSON parsed: attributes and data. Times come out as epoch ms. Fields that no schema names are
 * stripped (the door counts them); everything else that does not fit is refused. Depth and well-formed text are asked
 * before this, over the whole event.
 */
export const doorEvent = z
  .discriminatedUnion("type", [
    variant("conversation.started"),
    variant("conversation.updated"),
    variant("leg.started"),
    variant("leg.ended"),
    variant("party.joined"),
    variant("party.left"),
    variant("capture.changed"),
    variant("notice.delivered"),
    variant("consent.recorded"),
    variant("turn.added"),
    variant("turn.replaced"),
    variant("turn.removed"),
    variant("recording.available"),
    variant("conversation.ended"),
  ])
  .superRefine((event, context) => {
    const belongsToNone = event.type === "sotto.consent.recorded.v1" && event.data.scope === "standing";
    if (event.subject === undefined && !belongsToNone)
      context.addIssue({ code: "custom", path: ["subject"], message: "required" });
    if (event.type === "sotto.conversation.started.v1" && event.data.channel !== event.channel)
      context.addIssue({ code: "custom", path: ["channel"], message: "differs from the data" });
  });
export type DoorEvent = z.infer<typeof doorEvent>;
export type DoorEventOf<K extends EventKind> = Extract<DoorEvent, { type: `sotto.${K}.v1` }>;
