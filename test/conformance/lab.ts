import type {
  Ack,
  JoinOptions,
  Lease,
  LogClient,
  LogRecord,
  Membership,
  OutRecord,
  TopicSpec,
} from "@sotto/stream";

/** A log to prove things on; every client it opens sees the same one. */
export interface LogLab {
  open(): Promise<LogClient>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type MakeLab = () => Promise<LogLab>;

export const topicSpec = (name: string, partitions: number, more: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  partitions,
  cleanup: "delete",
  maxRecordBytes: 1_048_576,
  ...more,
});

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const text = (value: Uint8Array | null): string => Buffer.from(value ?? new Uint8Array()).toString();

export const out = (topic: string, key: string | null, value: string, partition?: number): OutRecord => ({
  topic,
  key,
  value: bytes(value),
  ...(partition === undefined ? {} : { partition }),
});

/** Every record of one partition. */
export const all = async (log: LogClient, topic: string, partition = 0): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const some of log.read(topic, partition, 0)) records.push(...some);
  return records;
};

export const everything = async (log: LogClient, topic: string): Promise<LogRecord[]> => {
  const partitions = (await log.ends(topic)).keys();
  return (await Promise.all([...partitions].map((partition) => all(log, topic, partition)))).flat();
};

/** Appends and insists on every ack. */
export const put = async (log: LogClient, ...records: OutRecord[]): Promise<Array<Ack & { ok: true }>> => {
  const acks = await log.append(records);
  return acks.map((ack) => {
    if (!ack.ok) throw ack.error;
    return ack;
  });
};

/** Waits for something to become true; throws after a while. */
export const until = async (
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 8_000,
): Promise<void> => {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await pause(5);
  }
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A member that remembers what it was told. */
export interface Seat {
  readonly membership: Membership;
  readonly leases: Map<number, Lease>;
  /** "assigned 3", "revoked 3 (aborted)" in order, by all seats that share the list. */
  readonly story: string[];
}

export const takeSeat = async (
  log: LogClient,
  o: Partial<JoinOptions> & { readonly who?: string; readonly story?: string[] } = {},
): Promise<Seat> => {
  const leases = new Map<number, Lease>();
  const story = o.story ?? [];
  const who = o.who ?? "a";
  const membership = await log.join({
    group: "g",
    topics: ["in"],
    sessionMs: 2_000,
    ...o,
    assigned: (lease) => {
      leases.set(lease.partition, lease);
      story.push(`${who} assigned ${lease.partition}`);
    },
    revoked: async (lease) => {
      if (leases.get(lease.partition) === lease) leases.delete(lease.partition);
      story.push(`${who} revoked ${lease.partition} ${lease.signal.aborted ? "aborted" : "still valid"}`);
    },
  });
  return { membership, leases, story };
};

/** A log whose appends pass through a function that may fail, delay or note them. */
export const around = (
  log: LogClient,
  append: (records: readonly OutRecord[], go: () => Promise<readonly Ack[]>) => Promise<readonly Ack[]>,
  commit: (go: () => Promise<"ok" | "fenced">) => Promise<"ok" | "fenced"> = (go) => go(),
  age: (real: number) => number = (real) => real,
): LogClient => ({
  append: (records) => append(records, () => log.append(records)),
  join: async (options) => {
    const inner = await log.join(options);
    return {
      fetch: (...args) => inner.fetch(...args),
      committed: (...args) => inner.committed(...args),
      commit: (lease, offsets) => commit(() => inner.commit(lease, offsets)),
      heartbeatAgeMs: () => age(inner.heartbeatAgeMs()),
      leave: () => inner.leave(),
    };
  },
  read: (...args) => log.read(...args),
  follow: (...args) => log.follow(...args),
  ends: (topic) => log.ends(topic),
  committedOffsets: (group) => log.committedOffsets(group),
  topics: () => log.topics(),
  ensureTopics: (specs) => log.ensureTopics(specs),
  [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
});

export const refusal = (records: readonly OutRecord[], unknown = false): readonly Ack[] =>
  records.map(() => ({ ok: false, retriable: true, unknown, error: new Error("Refused by the test") }));
