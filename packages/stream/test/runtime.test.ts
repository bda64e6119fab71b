import { UnavailableError } from "@sotto/envelope";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { LogClient, LogRecord } from "../src/log-client.ts";
import { quarantineEvent } from "../src/quarantine-event.ts";
import { runWorker } from "../src/run-worker.ts";
import { QuarantineError, type Outcome } from "../src/worker.ts";
import { aLab, pause, readAll, text, topic, until } from "./lab.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What becomes of a record in a run: fine at once or later, down twice, put aside, or a bug. */
const fate = fc.constantFrom("fine", "slow", "down", "aside", "bug");
const script = fc.record({
  records: fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", null), fate }), {
    minLength: 1,
    maxLength: 25,
  }),
  batchRecords: fc.integer({ min: 1, max: 8 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  flushEveryMs: fc.integer({ min: 1, max: 20 }),
});

/** Whatever is committed has all its effects on the log: commits are checked when they are made. */
const watched = (log: LogClient, done: (next: number) => Promise<void>): LogClient => ({
  ...log,
  join: async (options) => {
    const inner = await log.join(options);
    return {
      fetch: (...args) => inner.fetch(...args),
      committed: (...args) => inner.committed(...args),
      commit: async (lease, offsets) => {
        await done(offsets.get("in") ?? 0);
        return inner.commit(lease, offsets);
      },
      heartbeatAgeMs: () => inner.heartbeatAgeMs(),
      leave: () => inner.leave(),
    };
  },
});

test("8. 12. 21. whatever handlers do, a commit covers only finished records, in the order of each key, each once", async () => {
  await fc.assert(
    fc.asyncProperty(script, async ({ records, ...limits }) => {
      await using lab = await aLab();
      const log = await lab.open();
      await log.ensureTopics(["in", "out", "audit", "quarantine"].map((name) => topic(name)));
      await log.append(
        records.map(({ key }, n) => ({ topic: "in", partition: 0, key, value: Buffer.from(`${n}`) })),
      );
      const tries = new Map<number, number>();
      const handle = async (record: LogRecord): Promise<Outcome> => {
        const what = records[record.offset]?.fate;
        const nth = (tries.get(record.offset) ?? 0) + 1;
        tries.set(record.offset, nth);
        if (what === "slow") await pause(3);
        if (what === "down" && nth <= 2) throw new UnavailableError("away");
        if (what === "aside") throw new QuarantineError("BAD_TEXT", "no");
        if (what === "bug") throw new TypeError("oops");
        return { outputs: [{ topic: "out", key: record.key ?? "-", value: record.value }] };
      };
      const finished = async (name: string): Promise<number[]> =>
        (await readAll(log, name)).map(({ value }) => Number(text(value)));
      const commits: number[] = [];
      const checked = watched(log, async (next) => {
        commits.push(next);
        const done = new Set([...(await finished("out")), ...(await finished("quarantine"))]);
        for (let offset = 0; offset < next; offset += 1) expect(done.has(offset)).toBe(true);
      });
      const worker = await runWorker(
        {
          name: "w",
          inputs: ["in"],
          stateful: false,
          unit: () => ({ restore: () => undefined, handle }),
          quarantined: quarantineEvent("w"),
        },
        { log: checked, logger: quiet, clock: { now: Date.now }, limits },
      );
      await until("all committed", async () => commits.at(-1) === records.length);
      await worker.stop();
      expect(worker.health().live).toBe(true);
      const outs = await finished("out");
      const fates = (wanted: boolean): number[] =>
        [...records.keys()].filter((n) => ["aside", "bug"].includes(records[n]?.fate ?? "") === wanted);
      expect(outs.toSorted((a, b) => a - b)).toEqual(fates(false));
      expect((await finished("quarantine")).toSorted((a, b) => a - b)).toEqual(fates(true));
      expect(outs).toEqual(outs.toSorted((a, b) => a - b));
      expect(commits).toEqual(commits.toSorted((a, b) => a - b));
    }),
    { numRuns: 25 },
  );
});
