import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";

import { type LogRecord, OffsetError } from "../log-client.ts";
import type { PartitionRef } from "./catalogue.ts";
import { decodeEntry, encodeRow, entriesOf, type RowEntry } from "./record-codec.ts";

/** A row is closed at this size, so that a reader who wants a few records does not load many. */
export const rowBytes = 256 * 1024;
export const rowRecords = 1_000;

export interface Row {
  readonly base: number;
  readonly last: number;
  readonly at: number;
  readonly records: Uint8Array;
}

export interface Position {
  readonly offset: number;
  readonly timestamp: number;
}

export interface Rows {
  /** Inside a transaction: gives the record its offset and append time; the row is written by `flush`. */
  put(partition: PartitionRef, body: Uint8Array): Position;
  /** Writes the open rows. Answers the ids of the partitions that grew. */
  flush(): readonly number[];
  /** Forgets what a failed transaction had given. */
  reset(): void;
  /** Inside a transaction, for compaction: rows in order from an offset on; a row in place of others. */
  from(partition: PartitionRef, offset: number): IterableIterator<Row>;
  replace(partition: PartitionRef, old: readonly Row[], entries: readonly RowEntry[]): void;
  /** Records of [from, to), at least one if there is one. OffsetError where the log has lost what was asked for. */
  take(partition: PartitionRef, range: Range): LogRecord[];
  ends(partition: PartitionRef): { readonly low: number; readonly high: number };
}

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** A compacted partition has holes; in others a hole is a loss. */
  readonly holes: boolean;
}

interface OpenPartition {
  readonly partition: PartitionRef;
  next: number;
  lastAt: number;
  entries: RowEntry[];
  bytes: number;
}

/** Table `batches` and the ends in `partitions`: the only code that knows how records lie in the file. */
export const openRows = (db: DatabaseSync, now: () => number): Rows => {
  const statements = prepareAll(db);
  return { ...writing(statements, now), ...reading(statements) };
};

type Statements = Readonly<Record<"ends" | "moveEnd" | "insert" | "remove" | "select", StatementSync>>;

const writing = (sql: Statements, now: () => number): Pick<Rows, "put" | "flush" | "reset" | "replace"> => {
  const open = new Map<number, OpenPartition>();

  const opened = (partition: PartitionRef): OpenPartition => {
    const there = open.get(partition.id);
    if (there) return there;
    const row = sql.ends.get(partition.id);
    const ends = { next: Number(row?.["next"]), lastAt: Number(row?.["last_at"]) };
    const fresh: OpenPartition = { partition, ...ends, entries: [], bytes: 0 };
    open.set(partition.id, fresh);
    return fresh;
  };

  const insert = (partition: PartitionRef, entries: readonly RowEntry[]): void => {
    const first = entries[0];
    const last = entries.at(-1);
    if (!first || !last) return;
    const records = encodeRow(entries, first.offset, first.timestamp);
    const span = [last.offset, first.offset, entries.length, first.timestamp, last.timestamp];
    sql.insert.run(partition.id, ...span, crc32(records), records);
  };

  const writeRow = (o: OpenPartition): void => {
    insert(o.partition, o.entries);
    o.entries = [];
    o.bytes = 0;
  };

  return {
    put: (partition, body) => {
      const o = opened(partition);
      o.lastAt = Math.max(o.lastAt, Math.trunc(now()));
      const position = { offset: o.next, timestamp: o.lastAt };
      o.entries.push({ ...position, body });
      o.next += 1;
      o.bytes += body.length;
      if (o.bytes >= rowBytes || o.entries.length >= rowRecords) writeRow(o);
      return position;
    },
    flush: () => {
      for (const o of open.values()) {
        writeRow(o);
        sql.moveEnd.run(o.next, o.lastAt, o.partition.id);
      }
      const grown = [...open.keys()];
      open.clear();
      return grown;
    },
    reset: () => open.clear(),
    replace: (partition, old, entries) => {
      for (const row of old) sql.remove.run(partition.id, row.last);
      insert(partition, entries);
    },
  };
};

const reading = (sql: Statements): Pick<Rows, "from" | "take" | "ends"> => {
  const ends = (partition: PartitionRef): { low: number; high: number } => {
    const row = sql.ends.get(partition.id);
    return { low: Number(row?.["low"]), high: Number(row?.["next"]) };
  };
  return {
    *from(partition, offset) {
      for (const row of sql.select.iterate(partition.id, offset)) yield checked(row, partition);
    },
    take: (partition, range) => {
      const whole = (records: readonly LogRecord[]): boolean =>
        range.holes ? records.length > 0 : records[0]?.offset === range.from;
      const taken = takeFrom(sql.select.iterate(partition.id, range.from), partition, range);
      if (whole(taken)) return taken;
      const there = ends(partition);
      if (range.from < there.low || range.from > there.high) {
        throw new OffsetError(partition, range.from, there);
      }
      if (range.holes || range.from >= Math.min(range.to, there.high)) return taken;
      // Another process may have written between the two looks; this one is later than the end just seen.
      const again = takeFrom(sql.select.iterate(partition.id, range.from), partition, range);
      if (!whole(again)) throw new OffsetError(partition, range.from, there);
      return again;
    },
    ends,
  };
};

const prepareAll = (db: DatabaseSync): Statements => ({
  ends: db.prepare("SELECT low, next, last_at FROM partitions WHERE id = ?"),
  moveEnd: db.prepare("UPDATE partitions SET next = ?, last_at = ? WHERE id = ?"),
  insert: db.prepare(
    "INSERT INTO batches (partition, last, base, count, at, until, crc, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  ),
  remove: db.prepare("DELETE FROM batches WHERE partition = ? AND last = ?"),
  select: db.prepare(
    "SELECT base, last, at, crc, records FROM batches WHERE partition = ? AND last >= ? ORDER BY last",
  ),
});

const takeFrom = (
  rows: Iterable<Record<string, unknown>>,
  partition: PartitionRef,
  range: Range,
): LogRecord[] => {
  const taken: LogRecord[] = [];
  let bytes = 0;
  for (const found of rows) {
    const row = checked(found, partition);
    for (const entry of entriesOf(row.records, row.base, row.at)) {
      if (entry.offset < range.from) continue;
      if (entry.offset >= range.to || taken.length >= range.maxRecords) return taken;
      if (taken.length > 0 && bytes + entry.body.length > range.maxBytes) return taken;
      taken.push(decodeEntry(entry, { topic: partition.topic, partition: partition.number }));
      bytes += entry.body.length;
    }
  }
  return taken;
};

/** A row as it was written, or an error: a damaged file must not pass for a short or another record. */
const checked = (row: Record<string, unknown>, partition: PartitionRef): Row => {
  const { base, last, at, crc, records } = row;
  if (!(records instanceof Uint8Array) || crc32(records) !== crc) {
    throw new Error(
      `Cannot read ${partition.topic}/${partition.number} at ${String(base)}: its row is damaged`,
    );
  }
  return { base: Number(base), last: Number(last), at: Number(at), records };
};
