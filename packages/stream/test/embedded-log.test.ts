import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, test } from "vitest";

import { OffsetError } from "../src/log-client.ts";
import { aLab, day, minute, pause, put, readAll, text, topic, until } from "./lab.ts";

test("only its owner can read the file and enter its directory", async () => {
  await using lab = await aLab();
  await using log = await lab.open();
  await log.ensureTopics([topic("in")]);
  expect(statSync(dirname(lab.file)).mode & 0o777).toBe(0o700);
  for (const suffix of ["", "-wal", "-shm"]) expect(statSync(lab.file + suffix).mode & 0o777).toBe(0o600);
});

test("what was acked is there after the file is opened again", async () => {
  await using lab = await aLab();
  const first = await lab.open();
  await first.ensureTopics([topic("in")]);
  await put(first, "in", ["k", "1"], ["k", "2"]);
  await first[Symbol.asyncDispose]();
  await using again = await lab.open();
  expect((await readAll(again, "in")).map(({ value }) => text(value))).toEqual(["1", "2"]);
  await put(again, "in", ["k", "3"]);
  expect((await readAll(again, "in")).map(({ offset }) => offset)).toEqual([0, 1, 2]);
});

test("a closed log refuses, and closing twice is closing once", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const last = log.append([{ topic: "in", key: "k", value: Buffer.from("in flight") }]);
  await log[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  expect((await last)[0]?.ok).toBe(true);
});

test("a file with another format version is refused by name and left as it is", async () => {
  await using lab = await aLab();
  await (await lab.open())[Symbol.asyncDispose]();
  const db = new DatabaseSync(lab.file);
  db.exec("PRAGMA user_version = 2");
  db.close();
  await expect(lab.open()).rejects.toThrow("it has format 2, this program reads format 1");
});

test("a database of somebody else is refused", async () => {
  await using lab = await aLab();
  mkdirSync(dirname(lab.file));
  const db = new DatabaseSync(lab.file);
  db.exec("CREATE TABLE theirs (a)");
  db.close();
  await expect(lab.open()).rejects.toThrow("it is not a Sotto log");
});

test("a file that is no database is refused", async () => {
  await using lab = await aLab();
  mkdirSync(dirname(lab.file));
  writeFileSync(lab.file, "x".repeat(4_096));
  await expect(lab.open()).rejects.toThrow();
});

test("a row that was changed in the file is an error, never another record", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  await put(log, "in", ["k", "one"], ["k", "two"]);
  const db = new DatabaseSync(lab.file);
  const { records } = db.prepare("SELECT records FROM batches").get() as { records: Uint8Array };
  records[records.length - 2]! ^= 1;
  db.prepare("UPDATE batches SET records = ?").run(records);
  db.close();
  await expect(readAll(log, "in")).rejects.toThrow("its row is damaged");
});

test("append time never goes back within a partition, whatever the clock does", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const start = lab.now;
  for (const ms of [start, start + 500, start + 100, start + 600]) {
    lab.now = ms;
    await put(log, "in", ["k", "x"]);
  }
  const times = (await readAll(log, "in")).map(({ timestamp }) => timestamp - start);
  expect(times).toEqual([0, 500, 500, 600]);
});

test("while another process holds the file an append waits without blocking the loop, then goes through", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const other = new DatabaseSync(lab.file);
  other.exec("BEGIN IMMEDIATE");
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 5);
  const appended = log.append([{ topic: "in", key: "k", value: null }]);
  await pause(200);
  other.exec("ROLLBACK");
  expect((await appended)[0]?.ok).toBe(true);
  clearInterval(ticking);
  other.close();
  expect(turns).toBeGreaterThan(15);
});

test("a file that is held for long makes an append fail: retriable, and known not to be written", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const other = new DatabaseSync(lab.file);
  other.exec("BEGIN IMMEDIATE");
  const [ack] = await log.append([{ topic: "in", key: "k", value: null }]);
  other.exec("ROLLBACK");
  other.close();
  expect(ack).toMatchObject({ ok: false, retriable: true, unknown: false });
  expect(await readAll(log, "in")).toEqual([]);
});

test("appends of one moment share a transaction and rows, and keep their order", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  await Promise.all(Array.from({ length: 200 }, (_, n) => put(log, "in", ["k", `${n}`])));
  expect((await readAll(log, "in")).map(({ value }) => text(value))).toEqual(
    [...Array(200).keys()].map(String),
  );
  const db = new DatabaseSync(lab.file);
  expect(db.prepare("SELECT count(*) AS n FROM batches").get()).toEqual({ n: 1 });
  db.close();
});

test("retention drops what is old, keeps offsets, and who asks for what is gone is told", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in", { retentionMs: 8 * day }), topic("forever")]);
  await put(log, "in", ["k", "old"]);
  await put(log, "forever", ["k", "old"]);
  lab.now += 5 * day;
  await put(log, "in", ["k", "young"]);
  lab.now += 4 * day;
  await until("dropped", async () => (await log.ends("in"))[0]?.low === 1);
  expect(await log.ends("in")).toEqual([{ low: 1, high: 2 }]);
  expect((await readAll(log, "in", 1)).map(({ value }) => text(value))).toEqual(["young"]);
  await expect(readAll(log, "in", 0)).rejects.toThrow(OffsetError);
  lab.now += 9 * day;
  await until("all dropped", async () => (await log.ends("in"))[0]?.low === 2);
  await put(log, "in", ["k", "next"]);
  expect((await readAll(log, "in", 2))[0]).toMatchObject({ offset: 2 });
  expect(await readAll(log, "forever")).toHaveLength(1);
});

test("16. a group that never committed begins at the oldest kept; one that fell behind retention is told", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in", { retentionMs: day })]);
  await put(log, "in", ["k", "1"], ["k", "2"]);
  const leases: Array<Parameters<typeof early.fetch>[0]> = [];
  const join = (group: string) =>
    log.join({
      group,
      topics: ["in"],
      sessionMs: 5_000,
      assigned: (lease) => leases.push(lease),
      revoked: async () => undefined,
    });
  const early = await join("early");
  await early.commit(leases[0]!, new Map([["in", 1]]));
  lab.now += 2 * day;
  await until("dropped", async () => (await log.ends("in"))[0]?.low === 2);
  const late = await join("late");
  expect(await late.committed(leases[1]!, "in")).toBe(2);
  const limit = { maxRecords: 10, maxBytes: 1_000, waitMs: 0 };
  await expect(early.fetch(leases[0]!, "in", 1, limit)).rejects.toThrow(OffsetError);
});

test("compaction keeps the last record of a key at its offset, and tombstones for two days", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("kept", { cleanup: "compact" })]);
  for (let n = 0; n < 60; n += 1) {
    await put(log, "kept", ...Array.from({ length: 20 }, (_, k) => [`k${k}`, `${k} at ${n}`] as const));
  }
  await put(log, "kept", ["k3", null], ["k4", null]);
  lab.now += 2 * minute;
  await put(log, "kept", ["young", "1"], ["young", "2"]);
  await until("compacted", async () => (await readAll(log, "kept")).length <= 22);
  const left = await readAll(log, "kept");
  expect(left.map(({ key, value }) => `${key} ${text(value)}`)).toEqual([
    ...Array.from({ length: 20 }, (_, k) => `k${k} ${k} at 59`).filter((line) => !/^k[34] /.test(line)),
    "k3 ",
    "k4 ",
    "young 1",
    "young 2",
  ]);
  expect(left[0]?.offset).toBe(1_180);
  expect(await log.ends("kept")).toEqual([{ low: 0, high: 1_204 }]);
  expect((await readAll(log, "kept", 700))[0]?.offset).toBe(1_180);
  lab.now += 3 * day;
  await put(log, "kept", ["k0", "again"]);
  lab.now += 2 * minute;
  await until("tombstones are gone", async () =>
    (await readAll(log, "kept")).every(({ value }) => value !== null),
  );
  const keys = (await readAll(log, "kept")).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toHaveLength(19);
});
