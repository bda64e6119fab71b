import { isAscii, isUtf8 } from "node:buffer";
import { hash } from "node:crypto";

import { decodeCbor, encodeCbor } from "./cbor.ts";

/** As on the log: names repeat and keep their order, a value may be null. */
type Headers = ReadonlyArray<readonly [name: string, value: Uint8Array | null]>;

/** Names of attributes: CloudEvents 1.0 §3.1 (lower case letters and digits), at most 20 characters as it advises. */
const attributeName = /^[a-z0-9]{1,20}$/;
const prefix = "ce_";

/** Not part of what a frame is bound to: ours of receipt stands in the facts, a trace is of a try, not of an event. */
const unbound = new Set(["ce_receivedtime", "ce_traceparent"]);

/**
 * CloudEvents attributes as headers of a record: Kafka protocol binding 1.0.2 §3.2, binary content mode. Names get the
 * prefix `ce_`, but `datacontenttype` becomes `content-type` and `traceparent` stays as W3C Trace Context names it.
 * Throws on a name that is no attribute's and on a value with an unpaired surrogate.
 */
export const toHeaders = (
  attributes: Readonly<Record<string, string>>,
): Array<readonly [name: string, value: Uint8Array]> =>
  Object.entries(attributes).map(([name, value]) => {
    if (!attributeName.test(name)) throw new Error("Cannot make a header: not an attribute's name");
    if (!value.isWellFormed()) throw new Error(`Cannot make header ${name}: not well-formed text`);
    return [headerOf(name), Buffer.from(value, "utf8")] as const;
  });

/**
 * What a record's headers claim, by header name: every `ce_…`, `content-type` and `traceparent`, or of these the ones in
 * `only`. Headers of others are left out. Throws on one that comes twice, has no value or is not UTF-8, asked for or
 * not: two readers must never take different values from one record.
 */
export const fromHeaders = (headers: Headers, only?: ReadonlySet<string>): Map<string, string> => {
  const claims = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    if (!isClaim(name)) continue;
    if (seen.has(name)) throw new Error(`Cannot read headers: ${name} comes twice`);
    if (value === null) throw new Error(`Cannot read headers: ${name} has no value`);
    seen.add(name);
    if (!only || only.has(name)) claims.set(name, strictUtf8(name, value));
    else if (!isUtf8(value)) throw notUtf8(name);
  }
  return claims;
};

/**
 * What binds a frame to the headers beside it: SHA-256 of the deterministic CBOR of the array of [name, value bytes]
 * of every `ce_` header but `ce_receivedtime` and `ce_traceparent`, sorted by name. A header that is changed, added,
 * removed or doubled after sealing gives another digest, and the frame does not open.
 */
export const digestHeaders = (headers: Headers): Uint8Array => {
  const bound = headers
    .filter(([name]) => name.startsWith(prefix) && !unbound.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return hash("sha256", encodeCbor(bound), "buffer");
};

/** The value of an event record: CBOR `[facts | null, content | null]`, each a sealed frame. */
export const encodeEventValue = (facts: Uint8Array | null, content: Uint8Array | null): Uint8Array =>
  encodeCbor([facts, content]);

/** Throws unless it is exactly an array of two, each bytes or null. */
export const decodeEventValue = (
  value: Uint8Array,
): { readonly facts: Uint8Array | null; readonly content: Uint8Array | null } => {
  const pair = decodeCbor(value);
  if (!Array.isArray(pair) || pair.length !== 2) throw new Error("Cannot read an event value: not a pair");
  const [facts, content]: unknown[] = pair;
  if (!isFrame(facts) || !isFrame(content)) throw new Error("Cannot read an event value: not frames");
  return { facts, content };
};

const isFrame = (value: unknown): value is Uint8Array | null => value === null || value instanceof Uint8Array;

const headerOf = (name: string): string => {
  if (name === "datacontenttype") return "content-type";
  return name === "traceparent" ? name : prefix + name;
};

const isClaim = (header: string): boolean =>
  header === "content-type" ||
  header === "traceparent" ||
  (header.startsWith(prefix) && attributeName.test(header.slice(prefix.length)));

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const strictUtf8 = (name: string, value: Uint8Array): string => {
  // Nearly every header is ASCII, and that needs no strict decoder.
  if (isAscii(value)) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1");
  try {
    return utf8.decode(value);
  } catch (cause) {
    throw notUtf8(name, cause);
  }
};

const notUtf8 = (name: string, cause?: unknown): Error =>
  new Error(`Cannot read headers: ${name} is not UTF-8`, { cause });
