import { setTimeout as pause } from "node:timers/promises";

import { AuditLogError, type AuditLog } from "@sotto/audit";
import { topics } from "@sotto/contracts";
import { UnavailableError } from "@sotto/envelope";
import type { Lease, LogClient, Membership } from "@sotto/stream";

import { entryOf } from "./entry.ts";

/** How far signing may stay behind. Real time, never driven by a test's clock. */
export interface Pace {
  /** Unsigned entries after which a checkpoint is signed at once. */
  readonly entries: number;
  /** Milliseconds after which the oldest unsigned entry is signed. */
  readonly ms: number;
  /** Milliseconds that a stop may spend on what is still in the topic. */
  readonly drainMs: number;
}

/** How it goes with one partition, for health and metrics. */
export interface Progress {
  size: number;
  signed: number;
  /** When the oldest entry that is not signed was read first, by the monotonic clock. */
  unsignedSince: number | null;
  unavailable: boolean;
  /** Why it ended for good: the log does not hold, or entries are lost. */
  fault: string | null;
}

/** The wish to stop, and until when (monotonic) what is left may be read and signed. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly by: number;
}

export interface Following {
  readonly lease: Lease;
  readonly membership: Membership;
  readonly log: Pick<LogClient, "ends">;
  readonly open: () => Promise<AuditLog>;
  readonly pace: Pace;
  readonly stop: Stop;
  readonly progress: Progress;
  readonly tell: (what: "unavailable" | "superseded" | "failed", error: unknown) => void;
}

const topic = topics.audit.name;
/** Entries before the checkpoint that are compared with the topic again: a topic that was made anew shows at once. */
const overlap = 256;
const idleMs = 200;
const retryMs = 50;
const mostRetryMs = 5_000;
const batch = { maxRecords: 2048, maxBytes: 8 * 1_048_576 };

/**
 * Keeps the log of one partition until the lease ends or the auditor stops. A store, signer or topic that cannot answer
 * is asked again; when another auditor signed, the log is opened again. What does not hold ends it: an auditor that went
 * on would sign over the evidence.
 */
export async function follow(o: Following): Promise<void> {
  try {
    while (!(await keep(o))) await pause(retryMs);
  } catch (error) {
    // Told already; the next owner goes on from the checkpoint.
    if (error instanceof UnavailableError && isOver(o)) return;
    o.progress.fault = error instanceof AuditLogError ? error.fault : "failed";
    o.tell("failed", error);
  }
}

/** True when it is over, false when the log must be opened again. */
async function keep(o: Following): Promise<boolean> {
  const { lease, progress, stop } = o;
  const log = await patiently(o, o.open);
  const { low, high } = await patiently(o, () => endsOf(o));
  if (log.size > high) {
    throw new AuditLogError("forked", `Topic ends at ${high}, but the log has ${log.size} entries`);
  }
  Object.assign(progress, { size: log.size, signed: log.size });
  let at = Math.max(low, log.size - overlap);
  let end: number | null = null;
  try {
    // The empty tree is signed too: from the first minute there is something to verify.
    if (log.signed === null) await sign(o, log);
    // What a crash after the last checkpoint left undone.
    else await commit(o, log.size);
    while (!lease.signal.aborted) {
      if (stop.signal.aborted) end ??= (await patiently(o, () => endsOf(o))).high;
      const isDone = end !== null && (at >= end || performance.now() >= stop.by);
      if (!isDone) at = await take(o, log, at);
      if (log.size > progress.signed && (isDone || isDue(o))) await sign(o, log);
      if (isDone) break;
    }
    return true;
  } catch (error) {
    if (!(error instanceof AuditLogError) || error.fault !== "superseded") throw error;
    o.tell("superseded", error);
    return isOver(o);
  }
}

/** Nothing more to be done: the lease is another's, or the time for stopping is up. */
const isOver = ({ lease, stop }: Following): boolean =>
  lease.signal.aborted || (stop.signal.aborted && performance.now() >= stop.by);

/** Does it again while the world is down. An audit log may be made again from any failed call, so nothing is lost. */
async function patiently<T>(o: Following, work: () => Promise<T>): Promise<T> {
  for (let waitMs = retryMs; ; waitMs = Math.min(2 * waitMs, mostRetryMs)) {
    try {
      const result = await work();
      o.progress.unavailable = false;
      return result;
    } catch (error) {
      if (!(error instanceof UnavailableError) || isOver(o)) throw error;
      o.progress.unavailable = true;
      o.tell("unavailable", error);
      await pause(o.stop.signal.aborted ? retryMs : waitMs, undefined, { signal: o.lease.signal }).catch(
        () => undefined,
      );
    }
  }
}

/** Reads on from `at`, appends what is there and answers where to read next. */
async function take(o: Following, log: AuditLog, at: number): Promise<number> {
  const { progress, pace } = o;
  const dueMs =
    progress.unsignedSince === null ? idleMs : progress.unsignedSince + pace.ms - performance.now();
  const waitMs = Math.max(0, Math.min(idleMs, dueMs));
  const records = await patiently(o, () => o.membership.fetch(o.lease, topic, at, { ...batch, waitMs }));
  const [first] = records;
  if (first === undefined) {
    // After another auditor signed what this one had read.
    if (log.size === progress.signed) progress.unsignedSince = null;
    return at;
  }
  const jump = records.findIndex((record, i) => record.offset !== at + i);
  if (jump >= 0) {
    const found = records[jump]?.offset;
    throw new AuditLogError("gap", `Topic goes on at ${found}, not at ${at + jump}`, at + jump);
  }
  const entries = records.map(entryOf);
  await patiently(o, () => log.append(entries, at));
  progress.size = log.size;
  if (log.size > progress.signed) progress.unsignedSince ??= performance.now();
  return at + records.length;
}

const isDue = ({ pace, progress }: Following): boolean =>
  progress.size - progress.signed >= pace.entries ||
  (progress.unsignedSince !== null && performance.now() - progress.unsignedSince >= pace.ms);

/** Tiles, then checkpoint, then commit: what is committed is signed and durable. */
async function sign(o: Following, log: AuditLog): Promise<void> {
  const { size } = await patiently(o, () => log.checkpoint());
  Object.assign(o.progress, { signed: size, unsignedSince: null });
  await commit(o, size);
}

/** "fenced" needs no answer of its own: the lease's signal tells. Two auditors can at worst write the same tiles. */
const commit = (o: Following, size: number): Promise<"ok" | "fenced"> =>
  patiently(o, () => o.membership.commit(o.lease, new Map([[topic, size]])));

const endsOf = async ({ log, lease }: Following): Promise<{ readonly low: number; readonly high: number }> =>
  (await log.ends(topic))[lease.partition] ?? { low: 0, high: 0 };
