import type { DatabaseSync } from "node:sqlite";

import { sleep } from "../clock.ts";
import type { PartitionRef } from "./catalogue.ts";
import { whenFree } from "./database.ts";
import type { LogParts } from "./membership.ts";
import { entriesOf, keyOfEntry, type RowEntry } from "./record-codec.ts";
import { rowBytes, rowRecords, type Row } from "./rows.ts";

const day = 86_400_000;
/** Younger records stay as they are: who has just read them still finds them where they were. */
const minLagMs = 60_000;
/** A partition with anything new is compacted this often, however little it is. */
const maxLagMs = day;
/** Tombstones stay this long, so that a reader who was away still meets them. */
const tombstoneMs = 2 * day;
/** Keys of one round; what is left is for the next. */
const maxKeys = 100_000;
const minDirty = 1_000;

interface State {
  readonly next: number;
  readonly cleaned: number;
  readonly cleanedAt: number;
  readonly kept: number;
}

/** True when half of the first `until` offsets may be superseded, or when the last round was a day ago. */
const isDue = (state: State, until: number, nowMs: number): boolean => {
  const dirty = until - state.cleaned;
  if (dirty <= 0) return false;
  return dirty >= Math.max(minDirty, state.kept) || nowMs - state.cleanedAt >= maxLagMs;
};

/**
 * One round, if it is due: of each key the last record stays, at its offset, and tombstones go after two days. First
 * the last offset of every key in the part not yet cleaned is learned, then all rows up to there are written anew
 * without what those supersede. Small rows are joined on the way.
 */
export const compact = async (
  db: DatabaseSync,
  parts: LogParts,
  partition: PartitionRef,
  o: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  const state = await whenFree("read the partition", () => stateOf(db, partition));
  if (!isDue(state, state.next, o.nowMs)) return;
  const { latest, limit } = await learn(parts, partition, state.cleaned, o);
  if (!isDue(state, limit, o.nowMs)) return;
  let kept = 0;
  let cursor = 0;
  while (cursor < limit) {
    if (o.signal.aborted) return;
    const step = { cursor, limit, latest, nowMs: o.nowMs };
    const done = await parts.writer.run(() => rewrite(parts, partition, step));
    kept += done.kept;
    cursor = done.cursor;
    await sleep(1, o.signal);
  }
  const done = db.prepare(
    "UPDATE partitions SET cleaned = max(cleaned, ?), cleaned_at = ?, kept = ? WHERE id = ?",
  );
  await parts.writer.run(() => void done.run(limit, o.nowMs, kept, partition.id));
};

const stateOf = (db: DatabaseSync, partition: PartitionRef): State => {
  const row = db
    .prepare("SELECT next, cleaned, cleaned_at, kept FROM partitions WHERE id = ?")
    .get(partition.id);
  return {
    next: Number(row?.["next"]),
    cleaned: Number(row?.["cleaned"]),
    cleanedAt: Number(row?.["cleaned_at"]),
    kept: Number(row?.["kept"]),
  };
};

/** Last offset of each key from `from` on, and where the part ends that this round may touch. */
const learn = async (
  parts: LogParts,
  partition: PartitionRef,
  from: number,
  o: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<{ readonly latest: ReadonlyMap<string, number>; readonly limit: number }> => {
  const latest = new Map<string, number>();
  let limit = from;
  for (let more = true; more && !o.signal.aborted;) {
    more = await whenFree("read rows to compact", () => {
      const rows = take(parts, partition, limit, Infinity);
      for (const row of rows) {
        const entries = [...entriesOf(row.records, row.base, row.at)];
        if (latest.size >= maxKeys || entries.some((entry) => entry.timestamp > o.nowMs - minLagMs))
          return false;
        for (const entry of entries) latest.set(keyOf(entry), entry.offset);
        limit = row.last + 1;
      }
      return rows.length > 0;
    });
    await sleep(1, o.signal);
  }
  return { latest, limit };
};

interface Step {
  readonly cursor: number;
  readonly limit: number;
  readonly latest: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** Inside a transaction: the rows from the cursor on, as many as make one row, without what is superseded. */
const rewrite = (
  parts: LogParts,
  partition: PartitionRef,
  step: Step,
): { readonly kept: number; readonly cursor: number } => {
  const rows = take(parts, partition, step.cursor, step.limit);
  const last = rows.at(-1);
  if (!last) return { kept: 0, cursor: step.limit };
  const all = rows.flatMap((row) => [...entriesOf(row.records, row.base, row.at)]);
  const kept = all.filter((entry) => isLive(entry, step));
  if (kept.length < all.length || rows.length > 1) parts.rows.replace(partition, rows, kept);
  return { kept: kept.length, cursor: last.last + 1 };
};

const isLive = (entry: RowEntry, step: Step): boolean => {
  const { key, tombstone } = keyOfEntry(entry);
  if ((step.latest.get(key ?? "") ?? -1) > entry.offset) return false;
  return !tombstone || entry.timestamp > step.nowMs - tombstoneMs;
};

/** Rows below `limit` that together are no larger than one row may be; one at least. */
const take = (parts: LogParts, partition: PartitionRef, from: number, limit: number): Row[] => {
  const rows: Row[] = [];
  let bytes = 0;
  let records = 0;
  for (const row of parts.rows.from(partition, from)) {
    bytes += row.records.length;
    records += row.last - row.base + 1;
    if (row.last >= limit) break;
    if (rows.length > 0 && (bytes > rowBytes || records > rowRecords)) break;
    rows.push(row);
  }
  return rows;
};

const keyOf = (entry: RowEntry): string => keyOfEntry(entry).key ?? "";
