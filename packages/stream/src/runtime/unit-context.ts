import { monotonicMs } from "../clock.ts";
import type { Lease, LogClient, Membership } from "../log-client.ts";
import type { WorkerSpec } from "../worker.ts";

/** What of a logger the runtime uses. */
export interface LoggerLike {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the runtime counts. No ids. */
export interface WorkerMetrics {
  /** Seconds between the newest handled record and now while there is more to handle, else 0; the worst partition. */
  lag(service: string, seconds: number): void;
  quarantined(reason: string): void;
}

export interface WorkerLimits {
  /** One batch of a unit; as much again may wait behind it. */
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** Keys handled at the same time, a unit. */
  readonly concurrency: number;
  readonly sessionMs: number;
  /** How long a stop waits for the batch in hand. */
  readonly drainMs: number;
  /** How long handlers in flight are waited for once nothing of them can count any more. */
  readonly windUpMs: number;
  /** Not live when a unit made no step for so long. */
  readonly stallMs: number;
  /** What is done of a slow batch is flushed this often. */
  readonly flushEveryMs: number;
}

export const defaultLimits: WorkerLimits = {
  batchRecords: 500,
  batchBytes: 4 * 1_048_576,
  concurrency: 32,
  sessionMs: 6_000,
  drainMs: 25_000,
  windUpMs: 2_000,
  stallMs: 120_000,
  flushEveryMs: 250,
};

/** What an operator can be told of a unit. */
export interface UnitStatus {
  phase: "restoring" | "running";
  /** Monotonic time of the last step. */
  turnedAt: number;
  /** What is waited for while the world is down, by who waits. Not ready, but alive. */
  readonly troubles: Map<string, string>;
  /** Cannot go on by itself. Not live. */
  broken: string | null;
  /** Monotonic time since which commits have failed. */
  commitFailsSince: number | null;
  lagSeconds: number;
}

/** All that a unit's parts need of each other. */
export interface UnitContext {
  readonly spec: WorkerSpec;
  readonly log: LogClient;
  readonly logger: LoggerLike;
  readonly clock: { now(): number };
  readonly metrics: WorkerMetrics | undefined;
  readonly limits: WorkerLimits;
  readonly membership: Membership;
  readonly lease: Lease;
  /** Nothing is emitted or committed any more: the lease has ended, or the worker gave up. */
  readonly signal: AbortSignal;
  /** No new batch. */
  readonly draining: AbortSignal;
  readonly status: UnitStatus;
  /** Next offset to handle, by input. */
  readonly handled: Map<string, number>;
}

/**
 * Why a unit cannot go on with what it was doing. "lost": drop it. "rebuild": memory is not to be trusted, take the
 * entries again. "fatal": going on would lose something; the worker stops loudly.
 */
export class UnitStop extends Error {
  readonly kind: "lost" | "rebuild" | "fatal";
  constructor(kind: "lost" | "rebuild" | "fatal", message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Told at every step, so that health can see that the loop turns. */
export const turn = (u: UnitContext): void => {
  u.status.turnedAt = monotonicMs();
};

/** Notes what somebody waits for, or (null) that the wait is over. */
export const waitFor = (u: UnitContext, who: string, what: string | null): void => {
  turn(u);
  if (what === null) u.status.troubles.delete(who);
  else u.status.troubles.set(who, what);
};

/** A `ready` that throws has not said yes. */
export const isReady = (spec: WorkerSpec): boolean => {
  try {
    return spec.ready?.() ?? true;
  } catch {
    return false;
  }
};

/** Where an unexpected error came from, without its message: that of a parser quotes what it was given. */
export const describeError = (error: unknown): { readonly error: string; readonly at: readonly string[] } => {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { error: error.constructor.name, at: frames.slice(0, 5).map((line) => line.trim()) };
};
