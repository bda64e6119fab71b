import type { AuditEvent } from "@sotto/contracts";

import type { LogRecord, OutRecord } from "./log-client.ts";

/** An immutable entry of `<worker>.state`; `key` is `conversation/entry`. Of two with one key the first counts. */
export interface StateEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What handling one record asks for. The runtime does it in this order, each acked before the next. */
export interface Outcome {
  readonly entries?: readonly StateEntry[];
  readonly audit?: readonly AuditEvent[];
  readonly outputs?: readonly OutRecord[];
  /**
   * Keys of own entries that are no longer needed, tombstoned after the commit. A crash between the two leaves them: a
   * unit that meets such entries at `restore` asks for their tombstones in `resume`.
   */
  readonly tombstones?: readonly string[];
}

/** Thrown by a handler: the record cannot be handled, now or ever. It goes to quarantine with this reason. */
export class QuarantineError extends Error {
  override readonly name = "QuarantineError";
  readonly reason: string;
  /** The turn it was, when known, for the account. */
  readonly ordinal: number | undefined;
  constructor(
    reason: string,
    message: string,
    o: { readonly ordinal?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: o.cause });
    this.reason = reason;
    this.ordinal = o.ordinal;
  }
}

/** What a worker makes of one partition (n of every input). Lives from assignment to revocation. */
export interface Unit {
  /** Every live entry of the state partition, in offset order, before the first `handle`. */
  restore(entry: { readonly key: string; readonly value: Uint8Array; readonly offset: number }): void;
  /** After the last `restore`: effects that a crash left unfinished (a section entry without its output). */
  resume?(): Promise<Outcome>;
  /**
   * One input record, in log order; records of different keys may overlap, a record without key (a tick) never does.
   * Throws QuarantineError (never to be handled) or UnavailableError (the world is down; called again later, so
   * nothing may have been changed in memory before the throw). Any other throw is a bug: quarantine HANDLER_FAILED.
   */
  handle(record: LogRecord): Promise<Outcome>;
}

export interface WorkerSpec {
  /** Group name, and `${name}.state` when stateful. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly stateful: boolean;
  unit(partition: number): Unit;
  /** Nothing is handled and nothing emitted while it answers false (fences not fresh, keys not ready). */
  readonly ready?: () => boolean;
  /** The owner of a partition appends a tick to this input every so often (design §7). */
  readonly tick?: { readonly topic: string; readonly everyMs: number };
  /** Turns a quarantined record into the audit event that tells of it. */
  readonly quarantined: (record: LogRecord, reason: string, ordinal: number | undefined) => AuditEvent;
}
