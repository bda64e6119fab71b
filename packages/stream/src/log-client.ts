/** Names repeat and keep their order; a value may be empty or null, as on Kafka. */
export type Headers = ReadonlyArray<readonly [name: string, value: Uint8Array | null]>;

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Append time by the log's clock, epoch ms; never goes back within a partition. */
  readonly timestamp: number;
  readonly key: string | null;
  /** null: a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

export interface OutRecord {
  readonly topic: string;
  /** Default: by key, murmur2 as Java's client does. Required when there is no key. */
  readonly partition?: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers?: Headers;
}

export type Ack =
  | {
      readonly ok: true;
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      readonly timestamp: number;
    }
  | { readonly ok: false; readonly retriable: boolean; readonly unknown: boolean; readonly error: Error };

/** A member's right to partition `n` of all inputs of its group; `signal` aborts when it is lost or revoked. */
export interface Lease {
  readonly group: string;
  readonly partition: number;
  readonly epoch: number;
  readonly signal: AbortSignal;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: "delete" | "compact";
  /** For delete. */
  readonly retentionMs?: number;
  readonly maxRecordBytes: number;
}

export interface Membership {
  /**
   * Next records of one input partition from `from` on, at most `maxRecords`/`maxBytes` but at least one; waits up to
   * `waitMs`, then []. [] at once when the lease has ended. Throws OffsetError when retention has passed `from`.
   */
  fetch(
    lease: Lease,
    topic: string,
    from: number,
    limit: { readonly maxRecords: number; readonly maxBytes: number; readonly waitMs: number },
  ): Promise<readonly LogRecord[]>;
  /** The group's next offset to read of that partition; 0 or the oldest kept when it never committed. */
  committed(lease: Lease, topic: string): Promise<number>;
  /** "fenced": the lease is stale; nothing was changed. Never goes back. RangeError beyond the end. */
  commit(lease: Lease, offsets: ReadonlyMap<string, number>): Promise<"ok" | "fenced">;
  /** Milliseconds (monotonic) since the log last confirmed this member. */
  heartbeatAgeMs(): number;
  /** Gives the leases back. */
  leave(): Promise<void>;
}

export interface JoinOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionMs: number;
  /** A lease was given: partition n of every input that has one. Must not throw. */
  readonly assigned: (lease: Lease) => void;
  /** A lease ended (its signal has aborted); resolves when the work in hand is done or given up. */
  readonly revoked: (lease: Lease) => Promise<void>;
}

/** What was asked for is not in the log any more (retention), or not yet: never passed over in silence. */
export class OffsetError extends Error {
  override readonly name = "OffsetError";
  constructor(
    at: { readonly topic: string; readonly number: number },
    offset: number,
    ends: { readonly low: number; readonly high: number },
  ) {
    super(`Cannot read ${at.topic}/${at.number} from ${offset}: it holds ${ends.low} to ${ends.high}`);
  }
}

/**
 * The log as every room sees it (embedded SQLite, Kafka). Below this line: leases, epochs, heartbeats, ack checking.
 * Never retries a failed append by itself; reads never skip silently.
 */
export interface LogClient {
  /**
   * Exactly one Ack a record, in order. Acked means durable and readable at that offset, unchanged. Records of one call
   * and one partition are acked or fail together, but for those refused on their own account (too large, no such topic):
   * these fail alone, not retriable. So whoever sends the retriable ones again keeps the order of each partition.
   */
  append(records: readonly OutRecord[]): Promise<readonly Ack[]>;
  join(options: JoinOptions): Promise<Membership>;
  /** Without a group: records of [from, to) in order; ends at `to` (default: the end when called). */
  read(topic: string, partition: number, from: number, to?: number): AsyncIterable<readonly LogRecord[]>;
  /** Without a group: from `from` on, until the signal aborts. */
  follow(
    topic: string,
    partition: number,
    from: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly LogRecord[]>;
  /** By partition number: oldest offset kept and next offset to be written. */
  ends(topic: string): Promise<readonly { readonly low: number; readonly high: number }[]>;
  /** Committed offsets of a group by topic and partition, for operators. */
  committedOffsets(group: string): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>>;
  topics(): Promise<readonly TopicSpec[]>;
  /** Makes what is missing; throws if a topic is there with other partitions or cleanup. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
