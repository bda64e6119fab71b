import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { deriveId, topics } from "@sotto/contracts";

import { openEmbeddedLog } from "../src/embedded-log.ts";
import type { LogClient, OutRecord } from "../src/log-client.ts";
import { runWorker } from "../src/run-worker.ts";
import { quarantineEvent } from "../src/quarantine-event.ts";

export interface Measure {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ratio: number;
}

const count = 40_000;
const batch = 500;
const partitions = 8;
const value = new Uint8Array(1024).fill(7);

/** Records a second through the embedded log, against bare inserts and selects of the same rows in the same run. */
export const benchLog = async (): Promise<Measure[]> => {
  const dir = mkdtempSync(join(tmpdir(), "sotto-bench-"));
  try {
    const bare = bareSqlite(join(dir, "bare.sqlite"));
    const log = await openEmbeddedLog({ file: join(dir, "log.sqlite"), now: Date.now });
    const appended = await append(log);
    const read = await readAll(log, "in");
    const worked = await passThrough(log);
    await log[Symbol.asyncDispose]();
    return [
      measure("log append, 1 KiB records in batches of 500", appended, bare.inserted),
      measure("log read", read, bare.selected),
      measure("pass-through worker (fetch, handle, append, commit)", worked, bare.inserted),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const measure = (name: string, ours: number, baseline: number): Measure => ({
  name,
  ours: Math.round(ours),
  baseline: Math.round(baseline),
  unit: "records/s",
  ratio: Math.round((ours / baseline) * 100) / 100,
});

const perSecond = async (work: () => void | Promise<void>): Promise<number> => {
  const started = performance.now();
  await work();
  return count / ((performance.now() - started) / 1_000);
};

const batches = (): OutRecord[][] =>
  Array.from({ length: count / batch }, (_, n) =>
    Array.from({ length: batch }, (__, i) => ({
      topic: "in",
      key: deriveId("c", (n * batch + i) % 997),
      value,
    })),
  );

/** One row a record, one transaction a batch: what a plain table in the same engine does. */
const bareSqlite = (file: string): { inserted: number; selected: number } => {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(
    "CREATE TABLE log (partition INTEGER, offset INTEGER, key TEXT, value BLOB, PRIMARY KEY (partition, offset))",
  );
  const insert = db.prepare("INSERT INTO log VALUES (?, ?, ?, ?)");
  const all = batches();
  const clock = (work: () => void): number => {
    const started = performance.now();
    work();
    return count / ((performance.now() - started) / 1_000);
  };
  const inserted = clock(() => {
    for (const [n, records] of all.entries()) {
      db.exec("BEGIN IMMEDIATE");
      for (const [i, record] of records.entries())
        insert.run(i % partitions, n * batch + i, record.key, value);
      db.exec("COMMIT");
    }
  });
  const select = db.prepare("SELECT * FROM log WHERE partition = ? ORDER BY offset");
  const selected = clock(() => {
    for (let partition = 0; partition < partitions; partition += 1) select.all(partition);
  });
  db.close();
  return { inserted, selected };
};

const append = async (log: LogClient): Promise<number> => {
  const spec = { partitions, cleanup: "delete", maxRecordBytes: 1_048_576 } as const;
  const names = ["in", "out", topics.audit.name, topics.quarantine.name];
  await log.ensureTopics(names.map((name) => ({ name, ...spec })));
  const all = batches();
  return perSecond(async () => {
    for (const records of all) await log.append(records);
  });
};

const readAll = (log: LogClient, topic: string): Promise<number> =>
  perSecond(async () => {
    for (let partition = 0; partition < partitions; partition += 1) {
      for await (const records of log.read(topic, partition, 0)) void records;
    }
  });

const passThrough = (log: LogClient): Promise<number> =>
  perSecond(async () => {
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const worker = await runWorker(
      {
        name: "bench",
        inputs: ["in"],
        stateful: false,
        unit: () => ({
          restore: () => undefined,
          handle: async ({ key, value: bytes, headers }) => ({
            outputs: [{ topic: "out", key, value: bytes, headers }],
          }),
        }),
        quarantined: quarantineEvent("bench"),
      },
      { log, logger: quiet, clock: { now: Date.now } },
    );
    while ((await log.ends("out")).reduce((sum, { high }) => sum + high, 0) < count) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await worker.stop();
  });
