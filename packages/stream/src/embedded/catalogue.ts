import type { DatabaseSync } from "node:sqlite";

import type { TopicSpec } from "../log-client.ts";

export interface PartitionRef {
  /** Row id in table `partitions`. */
  readonly id: number;
  readonly topic: string;
  readonly number: number;
}

export interface TopicRef {
  readonly spec: TopicSpec;
  readonly partitions: readonly PartitionRef[];
}

export interface Catalogue {
  /** Null when there is no such topic. */
  find(name: string): TopicRef | null;
  /** Throws RangeError when topic or partition are not there. */
  partition(topic: string, number: number): PartitionRef;
  all(): readonly TopicRef[];
  /** Inside a transaction. Makes what is missing; throws, before it writes, on other partitions or cleanup. */
  ensure(specs: readonly TopicSpec[]): void;
}

/** Topics by name. Topics are never deleted and never change, so what was once read stays true. */
export const openCatalogue = (db: DatabaseSync): Catalogue => {
  const selectTopics = db.prepare("SELECT * FROM topics ORDER BY id");
  const selectPartitions = db.prepare("SELECT topic, id, number FROM partitions ORDER BY topic, number");
  const insertTopic = db.prepare(
    "INSERT INTO topics (name, partitions, cleanup, retention_ms, max_record_bytes) VALUES (?, ?, ?, ?, ?)",
  );
  const insertPartition = db.prepare("INSERT INTO partitions (topic, number) VALUES (?, ?)");
  let known = new Map<string, TopicRef>();

  const load = (): void => {
    const partitions = Map.groupBy(selectPartitions.all(), (row) => Number(row["topic"]));
    known = new Map();
    for (const row of selectTopics.all()) {
      const spec = specOf(row);
      const refs = (partitions.get(Number(row["id"])) ?? []).map((p) => ({
        id: Number(p["id"]),
        topic: spec.name,
        number: Number(p["number"]),
      }));
      known.set(spec.name, { spec, partitions: refs });
    }
  };

  const find = (name: string): TopicRef | null => {
    if (!known.has(name)) load();
    return known.get(name) ?? null;
  };

  return {
    find,
    partition: (topic, number) => {
      const ref = find(topic)?.partitions[number];
      if (!ref) throw new RangeError(`Cannot use partition ${number} of topic ${topic}: there is none`);
      return ref;
    },
    all: () => {
      load();
      return [...known.values()];
    },
    ensure: (specs) => {
      load();
      for (const spec of specs) checkSpec(spec, known.get(spec.name)?.spec);
      for (const spec of specs) {
        if (known.has(spec.name)) continue;
        const { name, partitions, cleanup, retentionMs, maxRecordBytes } = spec;
        const made = insertTopic.run(name, partitions, cleanup, retentionMs ?? null, maxRecordBytes);
        for (let i = 0; i < partitions; i += 1) insertPartition.run(made.lastInsertRowid, i);
      }
      // Not remembered yet: the transaction may still fail.
      known = new Map();
    },
  };
};

const checkSpec = (spec: TopicSpec, there: TopicSpec | undefined): void => {
  if (!Number.isSafeInteger(spec.partitions) || spec.partitions < 1) {
    throw new RangeError(`Cannot make topic ${spec.name}: ${spec.partitions} partitions`);
  }
  if (!there) return;
  if (there.partitions === spec.partitions && there.cleanup === spec.cleanup) return;
  throw new Error(
    `Cannot use topic ${spec.name}: it is there with ${there.partitions} partitions and cleanup ${there.cleanup}, ` +
      `not ${spec.partitions} and ${spec.cleanup}`,
  );
};

const specOf = (row: Record<string, unknown>): TopicSpec => ({
  name: String(row["name"]),
  partitions: Number(row["partitions"]),
  cleanup: row["cleanup"] === "compact" ? "compact" : "delete",
  ...(row["retention_ms"] === null ? {} : { retentionMs: Number(row["retention_ms"]) }),
  maxRecordBytes: Number(row["max_record_bytes"]),
});
