import { expect, test } from "vitest";

import { UnavailableError } from "@sotto/envelope";
import { QuarantineError, type LogRecord, type OutRecord, type Outcome } from "@sotto/stream";

import { all, around, bytes, type MakeLab, out, pause, put, text, until } from "./lab.ts";
import { testWorkerFaults } from "./worker-faults.ts";
import { committed, counting, passOn, spec, start, values, workerTopics } from "./worker-lab.ts";
import { testPoison } from "./worker-poison.ts";

/** What `runWorker` promises on any LogClient. */
export const testWorker = (name: string, make: MakeLab): void => {
  testGuide(name, make);
  testOrder(name, make);
  testPoison(name, make);
  testWaiting(name, make);
  testWorkerFaults(name, make);
};

/** Three short chapters: pass on, keep state, set aside. */
const testGuide = (name: string, make: MakeLab): void => {
  test(`${name}: guide 1. a worker is a function from a record to what should be sent on`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics());
    await put(log, out("in", "a", "1"), out("in", "b", "2"), out("in", "a", "3"));
    await using worker = await start(log, spec(passOn));
    await until("all committed", async () => (await committed(log)) === 3);
    expect((await values(log, "out")).toSorted()).toEqual(["1", "2", "3"]);
    expect(worker.health()).toEqual({ live: true, ready: true, reasons: [] });
  });

  test(`${name}: guide 2. what it must remember it keeps as entries, and finds again after a restart`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics());
    const counts = spec(passOn, { stateful: true, unit: counting });
    for (const value of ["x", "y", "z"]) {
      await using _worker = await start(log, counts);
      await put(log, out("in", "a", value));
      await until("committed", async () => (await values(log, "out")).at(-1)?.includes(value) === true);
    }
    expect(await values(log, "out")).toEqual(["a x is 1", "a y is 2", "a z is 3"]);
  });

  test(`${name}: guide 3. what it can never handle it sets aside with a reason; what waits for the world comes again`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics());
    await put(log, out("in", "a", "bad"), out("in", "a", "slow"), out("in", "a", "good"));
    let tries = 0;
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (text(record.value) === "bad")
        throw new QuarantineError("BAD_TEXT", "Cannot read a turn", { ordinal: 7 });
      if (text(record.value) === "slow" && (tries += 1) < 3)
        throw new UnavailableError("Key service is away");
      return passOn(record);
    };
    await using _worker = await start(log, spec(handle));
    await until("all committed", async () => (await committed(log)) === 3);
    expect(await values(log, "out")).toEqual(["slow", "good"]);
    expect(await values(log, "quarantine")).toEqual(["bad"]);
    expect(JSON.parse((await values(log, "audit"))[0] ?? "")).toMatchObject({
      reason: "BAD_TEXT",
      ordinal: 7,
    });
  });
};

const testOrder = (name: string, make: MakeLab): void => {
  test(`${name}: 12. one key in order, others beside it, a record without key alone`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    const sent = Array.from({ length: 60 }, (_, n) =>
      out("in", n % 20 === 19 ? null : `k${n % 3}`, `${n}`, 0),
    );
    await put(log, ...sent);
    const running = new Set<string | null>();
    const ended: number[] = [];
    let together = 0;
    const handle = async (record: LogRecord): Promise<Outcome> => {
      expect(running.has(record.key)).toBe(false);
      expect(running.has(null)).toBe(false);
      if (record.key === null) expect(running.size).toBe(0);
      running.add(record.key);
      together = Math.max(together, running.size);
      await pause((record.offset * 7) % 5);
      running.delete(record.key);
      ended.push(record.offset);
      return passOn({ ...record, key: record.key ?? "-" });
    };
    await using worker = await start(log, spec(handle));
    await until("all committed", async () => (await committed(log)) === 60);
    expect(together).toBe(3);
    expect(await values(log, "quarantine")).toEqual([]);
    expect(await values(log, "out")).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`));
    expect(ended).not.toEqual(ended.toSorted((a, b) => a - b));
    expect(worker.health().live).toBe(true);
  });

  test(`${name}: 20. 21. entries, audit, outputs, commit, tombstones: each acked before the next is sent`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    const story: string[] = [];
    const noted = async <T>(what: string, go: () => Promise<T>): Promise<T> => {
      story.push(`${what} sent`);
      await pause(5);
      const answer = await go();
      story.push(`${what} acked`);
      return answer;
    };
    const what = ([first]: readonly OutRecord[]): string =>
      first?.topic === "w.state"
        ? first.value === null
          ? "tombstones"
          : "entries"
        : (first?.topic ?? "nothing");
    const log = around(
      inner,
      (records, go) => noted(what(records), go),
      (go) => noted("commit", go),
    );
    await put(inner, out("in", "a", "1"), out("in", "b", "2"), out("in", "c", "bad"));
    const event = {
      type: "sotto.audit.log.checkpointed.v1",
      id: "a_1",
      at: 1,
      service: "w",
      version: "1",
      tenant: null,
      line: null,
      key: "k",
      size: 1,
      root: "r",
    } as const;
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (record.key === "c") throw new QuarantineError("BAD_TEXT", "Cannot read a turn");
      const entry = { key: `${record.key}/1`, value: bytes("entry") };
      return { ...(await passOn(record)), entries: [entry], audit: [event], tombstones: [entry.key] };
    };
    const unit = () => ({ restore: () => undefined, handle });
    await using _worker = await start(log, spec(handle, { stateful: true, unit }));
    await until("tombstones", () => story.includes("tombstones acked"));
    expect(story).toEqual(
      ["entries", "audit", "out", "commit", "tombstones"].flatMap((step) => [
        `${step} sent`,
        `${step} acked`,
      ]),
    );
    expect(await values(inner, "quarantine")).toEqual(["bad"]);
    expect(await values(inner, "audit")).toHaveLength(3);
    expect((await all(inner, "w.state")).map(({ key, value }) => `${key} ${text(value)}`)).toEqual([
      "a/1 entry",
      "b/1 entry",
      "a/1 ",
      "b/1 ",
    ]);
  });

  test(`${name}: inputs are merged by append time, each in order, and none is crowded out by another`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([...workerTopics(1), { ...workerTopics(1)[0]!, name: "in2" }]);
    for (let n = 0; n < 5; n += 1) {
      await put(log, out("in", "k", `in ${n}`));
      await pause(2);
      await put(log, out("in2", "k", `in2 ${n}`));
      await pause(2);
    }
    await put(log, ...Array.from({ length: 50 }, (_, n) => out("in", "k", `late ${n}`)));
    await put(log, out("in2", "k", "in2 last"));
    await using _worker = await start(log, spec(passOn, { inputs: ["in", "in2"] }), { batchRecords: 10 });
    await until("all sent on", async () => (await values(log, "out")).length === 61);
    const sent = await values(log, "out");
    expect(sent.slice(0, 10)).toEqual(Array.from({ length: 5 }, (_, n) => [`in ${n}`, `in2 ${n}`]).flat());
    expect(sent.indexOf("in2 last")).toBeLessThan(20);
    expect(sent.filter((value) => value.startsWith("late"))).toEqual(
      Array.from({ length: 50 }, (_, n) => `late ${n}`),
    );
  });

  test(`${name}: 14. no more than two batches a partition are held while a handler is blocked`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    await put(inner, ...Array.from({ length: 500 }, (_, n) => out("in", `k${n}`, `${n}`)));
    let fetched = 0;
    const log = around(inner, (_records, go) => go());
    const join = log.join.bind(log);
    const counted = {
      ...log,
      join: async (options: Parameters<typeof join>[0]) => {
        const membership = await join(options);
        const fetch: typeof membership.fetch = async (...args) => {
          const records = await membership.fetch(...args);
          fetched += records.length;
          return records;
        };
        return { ...membership, fetch };
      },
    };
    const blocked = Promise.withResolvers<void>();
    const handle = async (record: LogRecord): Promise<Outcome> => (await blocked.promise, passOn(record));
    await using worker = await start(counted, spec(handle), { batchRecords: 20 });
    await pause(400);
    expect(fetched).toBe(40);
    expect(worker.health().live).toBe(true);
    blocked.resolve();
    await until("all committed", async () => (await committed(inner)) === 500);
  });
};

const testWaiting = (name: string, make: MakeLab): void => {
  test(`${name}: a record the world is down for holds its key and the commit, not other keys, and health says so`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    await put(log, out("in", "b", "0"), out("in", "a", "1"), out("in", "a", "2"), out("in", "b", "3"));
    let isDown = true;
    const handled: string[] = [];
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (isDown && text(record.value) === "1") throw new UnavailableError("Key service is away");
      handled.push(text(record.value));
      return passOn(record);
    };
    await using worker = await start(log, spec(handle));
    await until("what came before is committed", async () => (await committed(log)) === 1);
    await until("the other key went on", () => handled.includes("3"));
    await pause(100);
    expect(handled.toSorted()).toEqual(["0", "3"]);
    expect(await committed(log)).toBe(1);
    expect(worker.health()).toMatchObject({ live: true, ready: false });
    expect(worker.health().reasons.join()).toContain("Key service is away");
    isDown = false;
    await until("all committed", async () => (await committed(log)) === 4);
    expect(await values(log, "out")).toEqual(["0", "1", "2", "3"]);
  });

  test(`${name}: 25. while it is not ready nothing is handled and nothing sent; then all of it is`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics());
    let isFresh = false;
    let handled = 0;
    const handle = async (record: LogRecord): Promise<Outcome> => ((handled += 1), passOn(record));
    await put(log, ...Array.from({ length: 20 }, (_, n) => out("in", `k${n}`, `${n}`)));
    await using worker = await start(log, spec(handle, { ready: () => isFresh }));
    await pause(200);
    expect(handled).toBe(0);
    expect(worker.health()).toMatchObject({ live: true, ready: false });
    isFresh = true;
    await until("all committed", async () => (await committed(log)) === 20);
    expect(worker.health().ready).toBe(true);
  });

  test(`${name}: 25. outputs wait when it stops being ready between the handling and the sending`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    let isFresh = true;
    const handle = async (record: LogRecord): Promise<Outcome> => ((isFresh = false), passOn(record));
    await put(log, out("in", "a", "1"));
    await using _worker = await start(log, spec(handle, { ready: () => isFresh }));
    await until("handled", () => !isFresh);
    await pause(100);
    expect(await values(log, "out")).toEqual([]);
    expect(await committed(log)).toBe(0);
    isFresh = true;
    await until("committed", async () => (await committed(log)) === 1);
  });

  test(`${name}: the owner of a partition writes ticks into its input while it is ready`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(2));
    const ticks: LogRecord[] = [];
    const handle = async (record: LogRecord): Promise<Outcome> => (ticks.push(record), {});
    let isFresh = false;
    const ticking = spec(handle, { tick: { topic: "in", everyMs: 20 }, ready: () => isFresh });
    await using _worker = await start(log, ticking);
    await pause(150);
    expect(await values(log, "in")).toEqual([]);
    isFresh = true;
    await until("ticks on both", () =>
      [0, 1].every((n) => ticks.filter((one) => one.partition === n).length >= 3),
    );
    expect(ticks[0]).toMatchObject({ key: null, value: null, headers: [["type", bytes("tick")]] });
  });
};
