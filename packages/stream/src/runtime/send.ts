import { UnavailableError } from "@sotto/envelope";

import { backoffMs, monotonicMs, sleep } from "../clock.ts";
import { type Ack, OffsetError, type OutRecord } from "../log-client.ts";
import { isReady, type UnitContext, UnitStop, waitFor } from "./unit-context.ts";

/** Records and bytes of one append: what comes after waits for its ack, so that order holds. */
const chunkRecords = 1_000;
const chunkBytes = 4 * 1_048_576;

const firstWaitMs = 20;
const mostWaitMs = 2_000;

/**
 * Sends until every record is acked; answers their offsets in order. Asks before each attempt whether this unit may
 * still emit. What the log will never take (too large) is fatal: leaving it out would lose it.
 */
export const send = async (
  u: UnitContext,
  records: readonly OutRecord[],
  o: { readonly whenReady: boolean },
): Promise<readonly number[]> => {
  const offsets: number[] = [];
  for (const chunk of chunks(records)) offsets.push(...(await sendChunk(u, chunk, o.whenReady)));
  return offsets;
};

/** Commits what was handled. A stale lease ends the unit; nothing was changed then. */
export const commit = async (u: UnitContext, offsets: ReadonlyMap<string, number>): Promise<void> => {
  for (let attempt = 0; ; attempt += 1) {
    await permission(u, false);
    try {
      const answer = await u.membership.commit(u.lease, offsets);
      u.status.commitFailsSince = null;
      waitFor(u, "commit", null);
      if (answer === "ok") return;
      throw new UnitStop("lost", "The lease is stale");
    } catch (error) {
      if (error instanceof UnitStop) throw error;
      u.status.commitFailsSince ??= monotonicMs();
      await pauseOrFail(u, attempt, "commit", error);
    }
  }
};

/** Waits until this unit may emit: its lease holds, the log has heard of it lately, and (for outputs) it is ready. */
export const permission = async (u: UnitContext, whenReady: boolean): Promise<void> => {
  for (;;) {
    const obstacle = obstacleTo(u, whenReady);
    waitFor(u, "permission", obstacle);
    if (u.signal.aborted) throw new UnitStop("lost", "The lease has ended");
    if (obstacle === null) return;
    await sleep(20, u.signal);
  }
};

/** Half the session is left for an attempt to land or fail: after that another member may own the partition. */
export const obstacleTo = (u: UnitContext, whenReady: boolean): string | null => {
  if (u.membership.heartbeatAgeMs() >= u.limits.sessionMs / 2) return "the log has not answered a heartbeat";
  return whenReady && !isReady(u.spec) ? "the worker is not ready" : null;
};

/** After a failed attempt: a pause if the world is down, else the end. */
export const pauseOrFail = async (
  u: UnitContext,
  attempt: number,
  what: string,
  error: unknown,
): Promise<void> => {
  if (error instanceof OffsetError || !(error instanceof UnavailableError)) {
    throw new UnitStop(
      "fatal",
      `Cannot ${what}: ${error instanceof Error ? error.message : "unknown"}`,
      error,
    );
  }
  waitFor(u, what, `cannot ${what}: ${error.message}`);
  await sleep(backoffMs(attempt, firstWaitMs, mostWaitMs), u.signal);
};

const sendChunk = async (
  u: UnitContext,
  records: readonly OutRecord[],
  whenReady: boolean,
): Promise<readonly number[]> => {
  const offsets: number[] = records.map(() => -1);
  let missing = records.map((_, index) => index);
  for (let attempt = 0; ; attempt += 1) {
    await permission(u, whenReady);
    const acks = await attemptAppend(
      u,
      missing.flatMap((index) => records[index] ?? []),
    );
    const failed: Array<{ index: number; error: Error }> = [];
    missing.forEach((index, nth) => {
      const ack = acks[nth];
      if (ack?.ok === true) offsets[index] = ack.offset;
      else if (ack?.retriable === false) throw new UnitStop("fatal", ack.error.message, ack.error);
      else failed.push({ index, error: ack?.error ?? new UnavailableError("No ack") });
    });
    const first = failed[0];
    if (!first) {
      waitFor(u, "append", null);
      return offsets;
    }
    missing = failed.map(({ index }) => index);
    await pauseOrFail(
      u,
      attempt,
      "append",
      new UnavailableError(first.error.message, { cause: first.error }),
    );
  }
};

/** A client that throws has not said what became of the records: they count as not acked. */
const attemptAppend = async (u: UnitContext, records: readonly OutRecord[]): Promise<readonly Ack[]> => {
  try {
    return await u.log.append(records);
  } catch (cause) {
    const error = new UnavailableError("The log did not answer an append", { cause });
    return records.map(() => ({ ok: false, retriable: true, unknown: true, error }));
  }
};

function* chunks(records: readonly OutRecord[]): Generator<readonly OutRecord[]> {
  let chunk: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value?.length ?? 0;
    if (chunk.length > 0 && (chunk.length >= chunkRecords || bytes + size > chunkBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
