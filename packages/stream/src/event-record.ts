import {
  content as contentSchema,
  decodeCbor,
  decodeEventValue,
  digestHeaders,
  facts as factsSchema,
  fromHeaders,
  id as idSchema,
  tickHeader,
  type Content,
  type Facts,
} from "@sotto/contracts";
import {
  dayOf,
  EnvelopeError,
  KeyGoneError,
  open,
  peek,
  type DataKey,
  type KeyAddress,
  type Keys,
} from "@sotto/envelope";

import type { Headers, LogRecord } from "./log-client.ts";
import { QuarantineError } from "./worker.ts";

const empty = new Uint8Array();

/** The claims that are compared with what is sealed. */
const claims = new Set(["ce_subject", "ce_id", "ce_tenant", "ce_line"]);

/** An event record as it lies on the log: claims of its headers, frames still sealed. */
export interface EventRecord {
  readonly event: string;
  readonly conversation: string;
  readonly tenant: string;
  readonly line: string;
  readonly factsFrame: Uint8Array;
  /** Empty when the event has no content. */
  readonly contentFrame: Uint8Array;
  readonly headersDigest: Uint8Array;
}

/** The text of a header, or undefined. */
export const headerText = (headers: Headers, name: string): string | undefined => {
  const value = headers.find(([key]) => key === name)?.[1];
  return value ? Buffer.from(value).toString("utf8") : undefined;
};

export const isTick = (record: LogRecord): boolean =>
  record.key === null && record.value === null && headerText(record.headers, "type") === tickHeader;

/** Reads the claims of an event record. Throws QuarantineError MALFORMED; nothing is opened. */
export const readEvent = (record: {
  key: string | null;
  value: Uint8Array | null;
  headers: Headers;
}): EventRecord => {
  try {
    const names = fromHeaders(record.headers, claims);
    const { facts, content } = decodeEventValue(record.value ?? empty);
    const conversation = idSchema.parse(record.key);
    if (facts === null || names.get("ce_subject") !== conversation)
      throw new Error("no facts, or another subject");
    return {
      event: idSchema.parse(names.get("ce_id")),
      conversation,
      tenant: idSchema.parse(names.get("ce_tenant")),
      line: idSchema.parse(names.get("ce_line")),
      factsFrame: facts,
      contentFrame: content ?? empty,
      headersDigest: digestHeaders(record.headers),
    };
  } catch (cause) {
    throw new QuarantineError("MALFORMED", "Cannot read an event record", { cause });
  }
};

/**
 * The key that a record claims to be sealed under. A stranger's claim may name no key that there could be (a day that is
 * none, a tenant that is no id): that is EnvelopeError, a record to refuse, and not the TypeError of a fault of ours.
 */
export const claimedKey = async (keys: Keys, address: KeyAddress): Promise<DataKey> => {
  try {
    return await keys.toOpen(address);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new EnvelopeError("A record names a key that cannot be", { cause });
  }
};

/**
 * Opens the facts of an event in its place. Throws QuarantineError: FRAME_REFUSED (changed, moved, or not what its
 * headers claim; content left out or sealed under another window than the facts say), KEY_GONE (its day's key was
 * shredded).
 */
export const openFacts = async (keys: Keys, event: EventRecord): Promise<Facts> => {
  const clear = await openFrame(keys, event, "facts");
  const parsed = factsSchema.safeParse(clear);
  if (!parsed.success)
    throw new QuarantineError("MALFORMED", `Facts of ${event.event} do not fit their schema`);
  const { id, conversation, tenant, line, receivedAt, window } = parsed.data;
  const claimed =
    id === event.event &&
    conversation === event.conversation &&
    tenant === event.tenant &&
    line === event.line;
  const inPlace = dayOf(receivedAt) === peek(event.factsFrame).generation && windowOf(event) === window;
  if (!claimed || !inPlace) {
    throw new QuarantineError("FRAME_REFUSED", `Facts of ${event.event} are not what their headers claim`);
  }
  return parsed.data;
};

/** The window that seals the content, as its frame says; null without content, NaN when it is no frame of that kind. */
const windowOf = ({ contentFrame }: EventRecord): number | null => {
  if (contentFrame.length === 0) return null;
  try {
    const { slot, generation } = peek(contentFrame);
    return slot === "raw" ? generation : Number.NaN;
  } catch (error) {
    if (error instanceof EnvelopeError) return Number.NaN;
    throw error;
  }
};

/** Opens the content of an event (only behind a valid admission). Throws QuarantineError as openFacts does. */
export const openContent = async (keys: Keys, event: EventRecord): Promise<Content | null> => {
  if (event.contentFrame.length === 0) return null;
  const parsed = contentSchema.safeParse(await openFrame(keys, event, "content"));
  if (!parsed.success)
    throw new QuarantineError("MALFORMED", `Content of ${event.event} does not fit its schema`);
  return parsed.data;
};

const openFrame = async (keys: Keys, event: EventRecord, kind: "facts" | "content"): Promise<unknown> => {
  const frame = kind === "facts" ? event.factsFrame : event.contentFrame;
  const slot = kind === "facts" ? "facts" : "raw";
  const { tenant, conversation } = event;
  try {
    const { generation } = peek(frame);
    const owner = kind === "facts" ? null : conversation;
    const key = await claimedKey(keys, { slot, tenant, conversation: owner, generation });
    return decodeCbor(
      open(frame, key, {
        tenant,
        conversation,
        slot,
        generation,
        kind,
        name: event.event,
        headers: event.headersDigest,
      }),
    );
  } catch (cause) {
    if (cause instanceof EnvelopeError) {
      throw new QuarantineError("FRAME_REFUSED", `The ${kind} of ${event.event} do not open in their place`, {
        cause,
      });
    }
    if (cause instanceof KeyGoneError) {
      throw new QuarantineError("KEY_GONE", `The key of the ${kind} of ${event.event} is ${cause.state}`, {
        cause,
      });
    }
    throw cause;
  }
};
