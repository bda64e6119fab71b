import type { Headers, LogRecord } from "../log-client.ts";

/**
 * Records as the embedded log keeps them (docs/formats/embedded-log.md). Numbers are unsigned LEB128; a text or bytes
 * is its length + 1 followed by the bytes, 0 stands for null.
 *
 *   row    = record*
 *   record = (offset - base) (timestamp - at) (length of body) body
 *   body   = key value (number of headers) (name value)*
 */
export interface RowHead {
  readonly topic: string;
  readonly partition: number;
  readonly base: number;
  readonly at: number;
}

/** One body. Copies, so that the caller may reuse its bytes. Throws on text that UTF-8 cannot carry unchanged. */
export const encodeBody = (key: string | null, value: Uint8Array | null, headers: Headers): Buffer => {
  const parts: Array<Uint8Array | null> = [bytesOf(key), value];
  for (const [name, content] of headers) parts.push(bytesOf(name), content);
  let size = 10;
  for (const part of parts) size += 5 + (part?.length ?? 0);
  const body = Buffer.allocUnsafe(size);
  let at = 0;
  parts.forEach((part, index) => {
    if (index === 2) at = putNumber(body, at, headers.length);
    at = putBytes(body, at, part);
  });
  if (headers.length === 0) at = putNumber(body, at, 0);
  return body.subarray(0, at);
};

export interface RowEntry {
  readonly offset: number;
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** One row of entries whose offsets rise. */
export const encodeRow = (entries: readonly RowEntry[], base: number, at: number): Buffer => {
  let size = 0;
  for (const entry of entries) size += 24 + entry.body.length;
  const row = Buffer.allocUnsafe(size);
  let end = 0;
  for (const entry of entries) {
    end = putNumber(row, end, entry.offset - base);
    end = putNumber(row, end, entry.timestamp - at);
    end = putNumber(row, end, entry.body.length);
    row.set(entry.body, end);
    end += entry.body.length;
  }
  return row.subarray(0, end);
};

/** Entries of a row in order, without opening their bodies. Throws on a row that is cut or has something behind it. */
export function* entriesOf(row: Uint8Array, base: number, at: number): Generator<RowEntry> {
  const cursor = { bytes: row, at: 0 };
  while (cursor.at < row.length) {
    const offset = base + takeNumber(cursor);
    const timestamp = at + takeNumber(cursor);
    const length = takeNumber(cursor);
    yield { offset, timestamp, body: takeSlice(cursor, length) };
  }
}

/** A whole record from an entry; value and header values lie in one copy of its body and keep no row in memory. */
export const decodeEntry = (entry: RowEntry, head: Pick<RowHead, "topic" | "partition">): LogRecord => {
  const cursor = { bytes: new Uint8Array(entry.body), at: 0 };
  const key = takeText(cursor);
  const value = takeBytes(cursor);
  const count = takeNumber(cursor);
  const headers: Array<readonly [string, Uint8Array | null]> = [];
  for (let i = 0; i < count; i += 1) headers.push([takeText(cursor) ?? "", takeBytes(cursor)]);
  if (cursor.at !== entry.body.length) throw new Error("Cannot read a log record: bytes behind its end");
  return {
    topic: head.topic,
    partition: head.partition,
    offset: entry.offset,
    timestamp: entry.timestamp,
    key,
    value,
    headers,
  };
};

/** Key and whether it is a tombstone, for compaction: nothing else of the body is looked at. */
export const keyOfEntry = (entry: RowEntry): { readonly key: string | null; readonly tombstone: boolean } => {
  const cursor = { bytes: entry.body, at: 0 };
  return { key: takeText(cursor), tombstone: entry.body[cursor.at] === 0 };
};

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const bytesOf = (text: string | null): Buffer | null => {
  if (text === null) return null;
  if (!text.isWellFormed())
    throw new TypeError("Cannot append a record: a key or header name is not well-formed");
  return Buffer.from(text, "utf8");
};

const putNumber = (to: Uint8Array, at: number, value: number): number => {
  let rest = value;
  let end = at;
  while (rest >= 128) {
    to[end] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
    end += 1;
  }
  to[end] = rest;
  return end + 1;
};

const putBytes = (to: Uint8Array, at: number, part: Uint8Array | null): number => {
  if (part === null) return putNumber(to, at, 0);
  const start = putNumber(to, at, part.length + 1);
  to.set(part, start);
  return start + part.length;
};

const takeNumber = (cursor: Cursor): number => {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined || scale > 2 ** 49) throw new Error("Cannot read a log record: it is cut off");
    cursor.at += 1;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
};

const takeSlice = (cursor: Cursor, length: number): Uint8Array => {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new Error("Cannot read a log record: it is cut off");
  const slice = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return slice;
};

const takeBytes = (cursor: Cursor): Uint8Array | null => {
  const length = takeNumber(cursor);
  return length === 0 ? null : takeSlice(cursor, length - 1);
};

const takeText = (cursor: Cursor): string | null => {
  const length = takeNumber(cursor);
  if (length === 0) return null;
  const slice = takeSlice(cursor, length - 1);
  return Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString("utf8");
};
