import { UnavailableError } from "@sotto/envelope";

import { openCatalogue, type PartitionRef } from "./embedded/catalogue.ts";
import { openDatabase, whenFree } from "./embedded/database.ts";
import { openGroups } from "./embedded/groups.ts";
import { openHub } from "./embedded/hub.ts";
import { joinGroup, type LogParts, takeNext } from "./embedded/membership.ts";
import { encodeBody } from "./embedded/record-codec.ts";
import { openRows } from "./embedded/rows.ts";
import { openUpkeep } from "./embedded/upkeep.ts";
import { openWriter, WriteError } from "./embedded/writer.ts";
import type { Ack, LogClient, LogRecord, Membership, OutRecord } from "./log-client.ts";
import { partitionFor } from "./murmur2.ts";

export interface EmbeddedLogOptions {
  /** Made with its directory if absent. On a local disk: WAL does not work over a network file system. */
  readonly file: string;
  /** The log's clock: append times, retention, compaction. */
  readonly now: () => number;
  /** How often the appends of other processes are looked for. Default 50. */
  readonly pollMs?: number;
  /** How often retention and compaction look for work. Default 5,000. */
  readonly upkeepMs?: number;
}

/** What a reader without a group takes at once. */
const readLimit = { maxRecords: 1_000, maxBytes: 4 * 1_048_576 };

/**
 * The log in one SQLite file (docs/formats/embedded-log.md), shared by all processes of a machine that open it.
 * Refuses a file that is not a log of this format. Closing leaves the groups that were joined through it.
 */
export const openEmbeddedLog = async (o: EmbeddedLogOptions): Promise<LogClient> => {
  const db = await openDatabase(o.file);
  const catalogue = openCatalogue(db);
  const rows = openRows(db, o.now);
  const hub = openHub(db, o.pollMs ?? 50);
  let grown: readonly number[] = [];
  const writer = openWriter(db, {
    beforeCommit: () => (grown = rows.flush()),
    committed: () => hub.wakePartitions(grown),
    rolledBack: () => rows.reset(),
  });
  const parts: LogParts = { catalogue, rows, groups: openGroups(db), writer, hub };
  const upkeep = openUpkeep(db, parts, { now: o.now, everyMs: o.upkeepMs ?? 5_000 });
  const memberships = new Set<Membership>();
  const closing = new AbortController();

  const follow = async function* (topic: string, partition: number, from: number, signal: AbortSignal) {
    const either = AbortSignal.any([signal, closing.signal]);
    let next = from;
    while (!either.aborted) {
      const range = { from: next, to: Infinity, ...readLimit };
      const records = await takeNext(parts, topic, partition, range, { waitMs: 60_000, signal: either });
      if (records.length === 0) continue;
      yield records;
      next = (records.at(-1)?.offset ?? next) + 1;
    }
  };

  const endsOf = (topic: string): Promise<Array<{ low: number; high: number }>> =>
    whenFree(`read the ends of ${topic}`, () => {
      const ref = catalogue.find(topic);
      if (!ref) throw new RangeError(`Cannot read topic ${topic}: there is none`);
      return ref.partitions.map((one) => rows.ends(one));
    });

  return {
    append: (records) => append(parts, records),
    join: async (options) => {
      const membership = await joinGroup(parts, options);
      memberships.add(membership);
      return membership;
    },
    read: (topic, partition, from, to) => {
      const end =
        to === undefined ? endsOf(topic).then((ends) => ends[partition]?.high ?? 0) : Promise.resolve(to);
      // Whoever iterates meets the failure; nobody else need hear of it.
      end.catch(() => undefined);
      return readTo(parts, topic, partition, from, end);
    },
    follow,
    ends: endsOf,
    committedOffsets: (group) => whenFree("read committed offsets", () => parts.groups.offsets(group)),
    topics: () => whenFree("read topics", () => catalogue.all().map((topic) => topic.spec)),
    ensureTopics: (specs) => writer.run(() => catalogue.ensure(specs)),
    [Symbol.asyncDispose]: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all([...memberships].map((membership) => membership.leave().catch(() => undefined)));
      await upkeep.close();
      await writer.close();
      hub.close();
      db.close();
    },
  };
};

async function* readTo(
  parts: LogParts,
  topic: string,
  partition: number,
  from: number,
  end: Promise<number>,
): AsyncGenerator<readonly LogRecord[]> {
  const to = await end;
  const never = new AbortController().signal;
  for (let next = from; next < to;) {
    const range = { from: next, to, ...readLimit };
    const records = await takeNext(parts, topic, partition, range, { waitMs: 0, signal: never });
    // A compacted partition may hold nothing more below its end.
    if (records.length === 0) return;
    yield records;
    next = (records.at(-1)?.offset ?? next) + 1;
  }
}

type Target = { readonly partition: PartitionRef; readonly body: Buffer };

const append = async (parts: LogParts, records: readonly OutRecord[]): Promise<readonly Ack[]> => {
  const targets = await targetsOf(parts, records);
  const good = targets.filter((target): target is Target => !(target instanceof Error));
  const bytes = good.reduce((sum, target) => sum + target.body.length, 0);
  const written = good.length === 0 ? [] : await write(parts, good, bytes);
  let next = 0;
  return targets.map((target) => {
    if (target instanceof Error) return refused(target);
    if (written instanceof WriteError) {
      return { ok: false, retriable: written.retriable, unknown: written.unknown, error: written };
    }
    const position = written[next];
    next += 1;
    if (!position) throw new Error("Cannot answer an append: fewer positions than records");
    const { topic, number } = target.partition;
    return { ok: true, topic, partition: number, ...position };
  });
};

const targetsOf = async (parts: LogParts, records: readonly OutRecord[]): Promise<Array<Target | Error>> => {
  try {
    return await whenFree("find the topics", () => records.map((record) => targetOf(parts, record)));
  } catch (error) {
    if (error instanceof UnavailableError) return records.map(() => error);
    throw error;
  }
};

const write = (
  parts: LogParts,
  targets: readonly Target[],
  bytes: number,
): Promise<Array<{ offset: number; timestamp: number }> | WriteError> =>
  parts.writer
    .run(() => targets.map(({ partition, body }) => parts.rows.put(partition, body)), bytes)
    .catch((error: unknown) => {
      if (error instanceof WriteError) return error;
      throw error;
    });

/** Where a record goes and its bytes, or why it can never go there. */
const targetOf = (parts: LogParts, record: OutRecord): Target | Error => {
  const topic = parts.catalogue.find(record.topic);
  if (!topic) return new RangeError(`Cannot append to topic ${record.topic}: there is none`);
  const { spec } = topic;
  if (record.key === null && spec.cleanup === "compact") {
    return new TypeError(`Cannot append to ${spec.name}: a compacted topic takes no record without key`);
  }
  if (record.key === null && record.partition === undefined) {
    return new TypeError(`Cannot append to ${spec.name}: a record without key needs a partition`);
  }
  const number = record.partition ?? partitionFor(record.key ?? "", spec.partitions);
  const partition = topic.partitions[number];
  if (!partition)
    return new RangeError(`Cannot append to ${spec.name}/${number}: there is no such partition`);
  try {
    const body = encodeBody(record.key, record.value, record.headers ?? []);
    if (body.length <= spec.maxRecordBytes) return { partition, body };
    return new RangeError(
      `Cannot append to ${spec.name}: ${body.length} bytes, at most ${spec.maxRecordBytes} are taken`,
    );
  } catch (error) {
    return error instanceof Error ? error : new TypeError("Cannot append a record: it cannot be encoded");
  }
};

/** Busy while the topics were read: the world's fault, may go better. Anything else is the record's. */
const refused = (error: Error): Ack => ({
  ok: false,
  retriable: error instanceof UnavailableError,
  unknown: false,
  error,
});
