import { expect, test } from "vitest";

import { UnavailableError } from "@sotto/envelope";
import type { Ack, LogRecord, OutRecord, Outcome } from "@sotto/stream";

import {
  all,
  around,
  bytes,
  everything,
  type MakeLab,
  out,
  pause,
  put,
  refusal,
  text,
  until,
} from "./lab.ts";
import { committed, counting, lines, passOn, spec, start, values, workerTopics } from "./worker-lab.ts";

/** State, faults of the log, lost leases and the end of a worker. */
export const testWorkerFaults = (name: string, make: MakeLab): void => {
  testState(name, make);
  testFaults(name, make);
  testStopping(name, make);
};

const testState = (name: string, make: MakeLab): void => {
  const state = (key: string, value: string | null): OutRecord => ({
    topic: "w.state",
    key,
    value: value === null ? null : bytes(value),
    partition: 0,
  });

  test(`${name}: 25. entries come before the first record, in order, the first of a key, without the removed`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    await put(log, state("a/1", "one"), state("b/1", "two"), state("a/1", "zombie"), state("c/1", "three"));
    await put(log, state("b/1", null), state("d/1", "four"), state("c/1", null), state("c/1", "again"));
    await put(log, out("in", "a", "x"));
    const story: string[] = [];
    const unit = () => ({
      restore: ({ key, value, offset }: { key: string; value: Uint8Array; offset: number }) =>
        void story.push(`${key} ${text(value)} ${offset}`),
      resume: async (): Promise<Outcome> => {
        story.push("resume");
        return { outputs: [{ topic: "out", key: "a", value: bytes("resumed") }], tombstones: ["d/1"] };
      },
      handle: async (record: LogRecord): Promise<Outcome> => (story.push("handle"), passOn(record)),
    });
    await using _worker = await start(log, spec(passOn, { stateful: true, unit }));
    await until("committed", async () => (await committed(log)) === 1);
    expect(story).toEqual(["a/1 one 0", "d/1 four 5", "c/1 again 7", "resume", "handle"]);
    expect(await values(log, "out")).toEqual(["resumed", "x"]);
    // The first entry of a/1 was hidden from compaction by a zombie's; d/1 was no longer needed.
    const written = (await all(log, "w.state")).slice(8).map(({ key, value }) => `${key} ${text(value)}`);
    expect(written).toEqual(["a/1 one", "d/1 "]);
  });

  test(`${name}: a state partition has one writer: after a foreign entry the unit is read anew before anything is sent`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    const { lines: kept, logger } = lines();
    await using _worker = await start(log, spec(passOn, { stateful: true, unit: counting }), {}, logger);
    await put(log, out("in", "a", "1"));
    await until("first", async () => (await committed(log)) === 1);
    // Another owner decided the next record already, and wrote its entry.
    await put(log, state("a/1", "1"));
    await put(log, out("in", "a", "2"), out("in", "a", "3"));
    await until("all committed", async () => (await committed(log)) === 3);
    expect(await values(log, "out")).toEqual(["a 1 is 1", "a 2 is 2", "a 3 is 3"]);
    expect(kept.join("\n")).toContain("Another writer of w.state/0");
  });

  test(`${name}: state that cannot be restored stops its partition loudly and is not passed over`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(2));
    await put(log, state("a/1", "garbage"), out("in", "a", "1", 0), out("in", "b", "2", 1));
    const unit = () => ({
      restore: () => {
        throw new Error("cannot read an entry");
      },
      handle: passOn,
    });
    await using worker = await start(log, spec(passOn, { stateful: true, unit }));
    await until("the other partition", async () => (await values(log, "out")).length === 1);
    await until("not live", () => !worker.health().live);
    expect(worker.health().reasons.join()).toContain("cannot restore partition 0");
    expect(await values(log, "out")).toEqual(["2"]);
  });
};

const testFaults = (name: string, make: MakeLab): void => {
  const faults = ["refused", "lost answer", "throws"] as const;
  test.each(faults)(
    `${name}: 22. the nth append %s, n = 1, 2, …: the same outputs, each entry once`,
    async (fault) => {
      for (let nth = 1; nth <= 8; nth += 1) {
        await using lab = await make();
        const inner = await lab.open();
        await inner.ensureTopics(workerTopics(1));
        let calls = 0;
        const log = around(inner, async (records, go): Promise<readonly Ack[]> => {
          calls += 1;
          if (calls !== nth) return go();
          if (fault === "throws") throw new Error("connection reset");
          if (fault === "refused") return refusal(records);
          await go();
          return refusal(records, true);
        });
        const sent = ["1", "2", "3", "4", "5", "6"];
        await using _worker = await start(log, spec(passOn, { stateful: true, unit: counting }), {
          batchRecords: 2,
        });
        for (const value of sent) await put(inner, out("in", "a", value));
        await until("all committed", async () => (await committed(inner)) === 6);
        const expected = sent.map((value) => `a ${value} is ${value}`);
        expect([...new Set(await values(inner, "out"))]).toEqual(expected);
        const entries = (await all(inner, "w.state")).map(({ key }) => key);
        expect([...new Set(entries)]).toEqual(sent.map((_, offset) => `a/${offset}`));
      }
    },
  );

  test(`${name}: 24. what the log will never take stops the worker loudly, uncommitted`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    await put(log, out("in", "a", "1"));
    const handle = async (): Promise<Outcome> => ({
      outputs: [{ topic: "out", key: "a", value: new Uint8Array(2_000_000) }],
    });
    const worker = await start(log, spec(handle));
    await until("dead", () => !worker.health().live);
    expect(worker.health().reasons.join()).toContain("at most 1048576 are taken");
    await worker.stop();
    expect(await committed(log)).toBe(0);
  });

  test(`${name}: 24. a log that is away makes it not ready, not dead`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    let isDown = false;
    const log = around(
      inner,
      async (records, go) => (isDown ? refusal(records) : go()),
      (go) => (isDown ? Promise.reject(new UnavailableError("The log is away")) : go()),
    );
    await using worker = await start(log, spec(passOn));
    isDown = true;
    await put(inner, out("in", "a", "1"));
    await until("not ready", () => !worker.health().ready);
    expect(worker.health().live).toBe(true);
    isDown = false;
    await until("committed", async () => (await committed(inner)) === 1);
    await until("ready", () => worker.health().ready);
  });

  test(`${name}: 24. commits that fail for long while the log answers, and a handler that hangs, are not live`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    let isDown = true;
    const log = around(
      inner,
      (_records, go) => go(),
      (go) => (isDown ? Promise.reject(new UnavailableError("No answer")) : go()),
    );
    const hang = Promise.withResolvers<void>();
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (text(record.value) === "2") await hang.promise;
      return passOn(record);
    };
    await using worker = await start(log, spec(handle), { stallMs: 700 });
    await put(inner, out("in", "a", "1"));
    await until("cannot commit", () => worker.health().reasons.includes("partition 0 cannot commit"));
    expect(worker.health().live).toBe(false);
    isDown = false;
    await until("live again", () => worker.health().live);
    await put(inner, out("in", "a", "2"));
    await until("hangs", () => worker.health().reasons.includes("partition 0 makes no step"));
    hang.resolve();
    await until("live again", () => worker.health().live);
  });

  test(`${name}: 7. nothing is sent or committed once the last acked heartbeat is older than half the session`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    let extra = 0;
    let handled = 0;
    const log = around(
      inner,
      (_records, go) => go(),
      (go) => go(),
      (real) => real + extra,
    );
    const handle = async (record: LogRecord): Promise<Outcome> => {
      handled += 1;
      extra = 1_500;
      return passOn(record);
    };
    await using worker = await start(log, spec(handle), { sessionMs: 3_000 });
    await put(inner, out("in", "a", "1"));
    await until("handled", () => handled === 1);
    await pause(100);
    expect(await values(inner, "out")).toEqual([]);
    expect(worker.health()).toMatchObject({ live: true, ready: false });
    extra = 0;
    await until("committed", async () => (await committed(inner)) === 1);
    expect(handled).toBe(1);
  });

  test(`${name}: 7. 9. a lease lost in the middle: nothing of it is sent any more, and the next owner does it all`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics(workerTopics(2));
    await put(log, ...Array.from({ length: 10 }, (_, n) => out("in", `k${n}`, `${n}`)));
    const gate = Promise.withResolvers<void>();
    const handle =
      (who: string) =>
      async (record: LogRecord): Promise<Outcome> => {
        if (who === "a") await gate.promise;
        return { outputs: [{ topic: "out", key: record.key, value: bytes(`${who} ${record.partition}`) }] };
      };
    await using _a = await start(log, spec(handle("a")), { flushEveryMs: 5 });
    await pause(50);
    await using _b = await start(other, spec(handle("b")));
    await until("b did its partition", async () => (await values(log, "out")).length > 0);
    gate.resolve();
    await until("all committed", async () => (await committed(log)) === 10);
    const byPartition = Map.groupBy(await values(log, "out"), (value) => value.slice(-1));
    expect([...byPartition.values()].map((sent) => new Set(sent).size)).toEqual([1, 1]);
    expect(await everything(log, "out")).toHaveLength(10);
  });
};

const testStopping = (name: string, make: MakeLab): void => {
  test(`${name}: 23. stop takes nothing new, finishes and commits what is in hand, and leaves at once`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics(workerTopics(1));
    await put(log, ...Array.from({ length: 30 }, (_, n) => out("in", `k${n}`, `${n}`)));
    let handled = 0;
    const handle = async (record: LogRecord): Promise<Outcome> => {
      handled += 1;
      await pause(30);
      return passOn(record);
    };
    const worker = await start(log, spec(handle), { batchRecords: 10 });
    await until("in hand", () => handled === 10);
    const stopping = worker.stop();
    expect(worker.health().ready).toBe(false);
    await stopping;
    expect(handled).toBe(10);
    expect(await committed(log)).toBe(10);
    const started = performance.now();
    await using _next = await start(other, spec(passOn));
    await until("the rest", async () => (await committed(log)) === 30);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await everything(log, "out")).toHaveLength(30);
  });

  test(`${name}: 23. stop gives up at its deadline, and nothing unfinished is committed`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    await put(log, out("in", "a", "1"), out("in", "b", "2"));
    const handle = (record: LogRecord): Promise<Outcome> =>
      record.key === "b" ? new Promise(() => undefined) : passOn(record);
    const worker = await start(log, spec(handle), { drainMs: 100 });
    await until("the first is through", async () => (await committed(log)) === 1);
    await worker.stop();
    expect(await committed(log)).toBe(1);
    expect(await values(log, "out")).toEqual(["1"]);
  });

  test(`${name}: 30. a worker whose topics are missing does not start`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1).slice(0, 2));
    await expect(start(log, spec(passOn, { stateful: true }))).rejects.toThrow(
      "no topic w.state, audit, quarantine",
    );
  });
};
