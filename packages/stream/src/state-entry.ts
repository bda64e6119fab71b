import { hash } from "node:crypto";

import { decodeCbor, encodeCbor } from "@sotto/contracts";
import { EnvelopeError, open, peek, seal, type DataKey, type Place } from "@sotto/envelope";

import type { Headers } from "./log-client.ts";
import type { StateEntry } from "./worker.ts";

/** A record as it came, kept beside an entry: still sealed under the keys it came with. */
export interface Kept {
  readonly headers: Headers;
  readonly value: Uint8Array;
}

interface EntryAt {
  /** The facts key of `day`. */
  readonly key: DataKey;
  readonly worker: string;
  readonly tenant: string;
  readonly conversation: string;
}

/** An entry as the state topic holds it; `info` is still sealed. */
export interface SealedEntry {
  readonly tenant: string;
  readonly day: number;
  readonly info: Uint8Array;
  readonly kept: Kept | null;
}

/**
 * Makes the state entry `conversation/entry`: CBOR [tenant, sealed info, kept headers, kept value]. The seal also
 * covers a digest of what is kept beside it, so that nobody who can write to the broker can pair it with another.
 */
export const sealEntry = (
  at: EntryAt & { readonly day: number; readonly entry: string },
  info: unknown,
  kept: Kept | null = null,
): StateEntry => {
  const key = `${at.conversation}/${at.entry}`;
  const beside = kept && encodeKept(kept);
  const frame = seal(encodeCbor(info), at.key, place(at, key, at.day, beside));
  if (beside === null) return { key, value: encodeCbor([at.tenant, frame, null, null]) };
  // The last two of the four items are what was digested, without its head: a kept record is encoded once.
  const parts = [fourItems, encodeCbor(at.tenant), encodeCbor(frame), beside.subarray(1)];
  return { key, value: Buffer.concat(parts) };
};

/** Reads an entry's shape, without opening it. Throws EnvelopeError when it is malformed. */
export const readEntry = (value: Uint8Array): SealedEntry => {
  const item = decodeEntry(value);
  if (!Array.isArray(item) || item.length !== 4)
    throw new EnvelopeError("Cannot read a state entry: not four items");
  const [tenant, info, headers, kept] = item as unknown[];
  if (typeof tenant !== "string" || !(info instanceof Uint8Array)) {
    throw new EnvelopeError("Cannot read a state entry: malformed");
  }
  return {
    tenant,
    day: peek(info).generation,
    info,
    kept:
      kept instanceof Uint8Array && Array.isArray(headers)
        ? { headers: headers as Headers, value: kept }
        : null,
  };
};

/** Opens the sealed part of the entry with that key; the caller checks its shape. Throws EnvelopeError. */
export const openEntry = (at: EntryAt, key: string, entry: SealedEntry): unknown =>
  decodeCbor(open(entry.info, at.key, place(at, key, entry.day, entry.kept && encodeKept(entry.kept))));

const fourItems = Uint8Array.of(0x84);

/** CBOR [headers, value]: a head of one byte, then both. */
const encodeKept = ({ headers, value }: Kept): Uint8Array => encodeCbor([headers, value]);

const decodeEntry = (value: Uint8Array): unknown => {
  try {
    return decodeCbor(value);
  } catch (cause) {
    throw new EnvelopeError("Cannot read a state entry: not CBOR", { cause });
  }
};

const place = (at: EntryAt, key: string, day: number, beside: Uint8Array | null): Place => ({
  tenant: at.tenant,
  conversation: at.conversation,
  slot: "facts",
  generation: day,
  kind: "state",
  name: `${at.worker}/${key}`,
  headers: beside && hash("sha256", beside, "buffer"),
});
