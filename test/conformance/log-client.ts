import fc from "fast-check";
import { expect, test } from "vitest";

import { OffsetError, partitionFor, type LogRecord, type OutRecord } from "@sotto/stream";

import {
  all,
  everything,
  type MakeLab,
  out,
  pause,
  put,
  type Seat,
  takeSeat,
  text,
  topicSpec,
  until,
} from "./lab.ts";

/** What every LogClient promises. Numbers are the runtime's invariants (docs/formats, runtime section). */
export const testLogClient = (name: string, make: MakeLab): void => {
  testAppending(name, make);
  testReading(name, make);
  testTopics(name, make);
  testGroups(name, make);
  testRebalances(name, make);
};

const limit = { maxRecords: 100, maxBytes: 1_048_576, waitMs: 0 };

const isSpread = (seats: readonly Seat[], sizes: string): boolean =>
  seats
    .map((seat) => seat.leases.size)
    .toSorted((x, y) => x - y)
    .join() === sizes;

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null });
const anyRecord = fc.record({
  key: fc.string({ unit: "binary", maxLength: 40 }),
  value: bytesOrNull,
  headers: fc.array(fc.tuple(fc.string({ unit: "binary", maxLength: 20 }), bytesOrNull), { maxLength: 5 }),
});

const testAppending = (name: string, make: MakeLab): void => {
  test(`${name}: 1. an acked record is readable at its offset with the same key, value and headers`, async () => {
    await using lab = await make();
    const log = await lab.open();
    const other = await lab.open();
    await log.ensureTopics([topicSpec("in", 3)]);
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), async (records) => {
        const acks = await put(log, ...records.map((record) => ({ topic: "in", ...record })));
        for (const [index, record] of records.entries()) {
          const { partition = -1, offset = -1, timestamp = -1 } = acks[index] ?? {};
          expect(partition).toBe(partitionFor(record.key, 3));
          const read: LogRecord[] = [];
          for await (const some of other.read("in", partition, offset, offset + 1)) read.push(...some);
          expect(read).toEqual([{ topic: "in", partition, offset, timestamp, ...record }]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test(`${name}: 2. append answers one ack a record, in order, and 5. what it refuses fails alone for good`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([
      topicSpec("in", 2, { maxRecordBytes: 1_000 }),
      topicSpec("kept", 1, { cleanup: "compact" }),
    ]);
    const acks = await log.append([
      out("in", "a", "first", 0),
      { topic: "in", key: "a", value: new Uint8Array(2_000), partition: 0 },
      out("nowhere", "a", "x"),
      out("in", "a", "x", 7),
      out("in", null, "no key and no partition"),
      out("kept", null, "no key", 0),
      { topic: "in", key: "\ud800", value: null, partition: 0 },
      out("in", null, "last", 0),
    ]);
    expect(acks.map((ack) => (ack.ok ? ack.offset : `${ack.retriable} ${ack.unknown}`))).toEqual([
      0,
      ...Array.from({ length: 6 }, () => "false false"),
      1,
    ]);
    expect((await all(log, "in")).map(({ value }) => text(value))).toEqual(["first", "last"]);
    expect(await log.append([])).toEqual([]);
  });

  test(`${name}: 3. offsets of a partition are contiguous and follow the order of sends, from several clients`, async () => {
    await using lab = await make();
    const logs = [await lab.open(), await lab.open()];
    await logs[0]?.ensureTopics([topicSpec("in", 2)]);
    const sends = logs.flatMap((log, who) =>
      Array.from({ length: 50 }, (_, n) =>
        put(log, out("in", "k", `${who}.${n}`, 1), out("in", "k", `${who}.${n}b`, 1)),
      ),
    );
    await Promise.all(sends);
    const records = await all(logs[1]!, "in", 1);
    expect(records.map(({ offset }) => offset)).toEqual([...Array(200).keys()]);
    for (const who of [0, 1]) {
      const mine = records.map(({ value }) => text(value)).filter((value) => value.startsWith(`${who}.`));
      expect(mine).toEqual(Array.from({ length: 50 }, (_, n) => [`${who}.${n}`, `${who}.${n}b`]).flat());
    }
    const times = records.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test(`${name}: 3. the bytes are copied: what a caller does with them after append changes nothing`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    const value = new Uint8Array([1, 2, 3]);
    const acked = put(log, { topic: "in", key: "k", value });
    value.fill(9);
    await acked;
    expect((await all(log, "in"))[0]?.value).toEqual(new Uint8Array([1, 2, 3]));
  });
};

const testReading = (name: string, make: MakeLab): void => {
  test(`${name}: read ends at the end that was when it was called`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    await put(log, out("in", "k", "1"), out("in", "k", "2"));
    const reading = log.read("in", 0, 1);
    await put(log, out("in", "k", "3"));
    const read: string[] = [];
    for await (const records of reading) read.push(...records.map(({ value }) => text(value)));
    expect(read).toEqual(["2"]);
  });

  test(`${name}: follow hands out what this and other clients append, soon, until its signal aborts`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics([topicSpec("in", 1)]);
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const records of log.follow("in", 0, 0, stop.signal)) {
        seen.push(...records.map(({ value }) => text(value)));
      }
    })();
    await put(log, out("in", "k", "own"));
    await until("own record", () => seen.length === 1, 1_000);
    await put(other, out("in", "k", "other's"));
    await until("the other's record", () => seen.length === 2, 1_000);
    stop.abort();
    await following;
    expect(seen).toEqual(["own", "other's"]);
  });

  test(`${name}: 16. an offset the log does not hold is an error, never another record`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    await put(log, out("in", "k", "1"));
    const seat = await takeSeat(log);
    const lease = seat.leases.get(0)!;
    await expect(seat.membership.fetch(lease, "in", 5, limit)).rejects.toThrow(OffsetError);
    await expect(log.ends("nowhere")).rejects.toThrow(RangeError);
  });
};

const testTopics = (name: string, make: MakeLab): void => {
  test(`${name}: ensureTopics makes what is missing, once, for all clients, and refuses another shape`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    const spec = topicSpec("in", 4, { retentionMs: 1_000_000 });
    await Promise.all([log.ensureTopics([spec]), other.ensureTopics([spec])]);
    await other.ensureTopics([topicSpec("late", 1, { cleanup: "compact" })]);
    expect((await log.topics()).map((topic) => topic.name).toSorted()).toEqual(["in", "late"]);
    expect(await log.ends("in")).toEqual(Array.from({ length: 4 }, () => ({ low: 0, high: 0 })));
    await put(log, out("late", "k", "seen without asking for topics first"));
    await expect(log.ensureTopics([topicSpec("new", 1), topicSpec("in", 5)])).rejects.toThrow("4 partitions");
    await expect(log.ensureTopics([topicSpec("in", 4, { cleanup: "compact" })])).rejects.toThrow("cleanup");
    expect((await log.topics()).some((topic) => topic.name === "new")).toBe(false);
  });
};

const testGroups = (name: string, make: MakeLab): void => {
  test(`${name}: 8. a commit never goes back, and nothing is committed that is not there`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    await put(log, ...Array.from({ length: 10 }, (_, n) => out("in", "k", `${n}`)));
    const { membership, leases } = await takeSeat(log);
    const lease = leases.get(0)!;
    expect(await membership.committed(lease, "in")).toBe(0);
    expect(await membership.commit(lease, new Map([["in", 7]]))).toBe("ok");
    expect(await membership.commit(lease, new Map([["in", 3]]))).toBe("ok");
    expect(await membership.committed(lease, "in")).toBe(7);
    await expect(membership.commit(lease, new Map([["in", 11]]))).rejects.toThrow(RangeError);
    expect(await log.committedOffsets("g")).toEqual(new Map([["in", new Map([[0, 7]])]]));
    expect(await log.committedOffsets("others")).toEqual(new Map());
  });

  test(`${name}: 10. within a lease offsets rise by one and bounds of a fetch hold`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    const records: OutRecord[] = Array.from({ length: 25 }, () => ({
      topic: "in",
      key: "k",
      value: new Uint8Array(100),
    }));
    await put(log, ...records.slice(0, 13));
    await put(log, ...records.slice(13));
    const { membership, leases } = await takeSeat(log);
    const lease = leases.get(0)!;
    const seen: number[] = [];
    for (let next = 0; next < 25; next = seen.length) {
      const some = await membership.fetch(lease, "in", next, { maxRecords: 4, maxBytes: 350, waitMs: 0 });
      expect(some.length).toBeLessThanOrEqual(3);
      seen.push(...some.map(({ offset }) => offset));
    }
    expect(seen).toEqual([...Array(25).keys()]);
    const single = await membership.fetch(lease, "in", 0, { maxRecords: 4, maxBytes: 1, waitMs: 0 });
    expect(single).toHaveLength(1);
  });

  test(`${name}: a fetch waits for what comes, from this client at once, from another soon`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics([topicSpec("in", 1)]);
    const { membership, leases } = await takeSeat(log);
    const lease = leases.get(0)!;
    for (const [from, client] of [log, other].entries()) {
      const started = performance.now();
      const waiting = membership.fetch(lease, "in", from, { ...limit, waitMs: 5_000 });
      await put(client, out("in", "k", `${from}`));
      expect((await waiting).map(({ value }) => text(value))).toEqual([`${from}`]);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
    expect(await membership.fetch(lease, "in", 2, { ...limit, waitMs: 20 })).toEqual([]);
  });

  test(`${name}: 15. a member that works longer than its session keeps its lease while its loop turns`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    const { membership, leases, story } = await takeSeat(log, { sessionMs: 300 });
    await pause(1_000);
    expect(membership.heartbeatAgeMs()).toBeLessThan(300);
    expect(await membership.commit(leases.get(0)!, new Map([["in", 0]]))).toBe("ok");
    expect(story).toEqual(["a assigned 0"]);
  });

  test(`${name}: 7. 15. a member that sleeps through its session is fenced, then starts anew`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 1)]);
    await put(log, out("in", "k", "1"));
    const { membership, leases } = await takeSeat(log, { sessionMs: 200 });
    const stale = leases.get(0)!;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    expect(membership.heartbeatAgeMs()).toBeGreaterThan(200);
    expect(await membership.commit(stale, new Map([["in", 1]]))).toBe("fenced");
    await until("a new lease", () => leases.has(0) && leases.get(0) !== stale);
    expect(stale.signal.aborted).toBe(true);
    expect(await membership.fetch(stale, "in", 0, limit)).toEqual([]);
    expect(await membership.committed(leases.get(0)!, "in")).toBe(0);
    expect(await membership.commit(stale, new Map([["in", 1]]))).toBe("fenced");
    expect(await membership.commit(leases.get(0)!, new Map([["in", 1]]))).toBe("ok");
  });

  test(`${name}: who joins with other inputs than the group's is refused`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 2), topicSpec("more", 2)]);
    await takeSeat(log);
    await expect(takeSeat(log, { topics: ["in", "more"] })).rejects.toThrow("Cannot join group g");
    await expect(takeSeat(log, { topics: ["nowhere"] })).rejects.toThrow("no topic nowhere");
  });
};

const testRebalances = (name: string, make: MakeLab): void => {
  test(`${name}: partitions are spread evenly, move as little as may be, and come back when a member leaves`, async () => {
    await using lab = await make();
    const logs = [await lab.open(), await lab.open(), await lab.open()];
    await logs[0]!.ensureTopics([topicSpec("in", 8), topicSpec("small", 2)]);
    const topics = ["in", "small"];
    const a = await takeSeat(logs[0]!, { topics });
    expect([...a.leases.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const b = await takeSeat(logs[1]!, { topics, who: "b" });
    await until("four each", () => a.leases.size === 4 && b.leases.size === 4);
    const c = await takeSeat(logs[2]!, { topics, who: "c" });
    await until("three, three, two", () => isSpread([a, b, c], "2,3,3"));
    expect(a.story.filter((line) => line.startsWith("a revoked"))).toHaveLength(5);
    const stayed = [...a.leases.keys()];
    await c.membership.leave();
    await until("four each again", () => a.leases.size === 4 && b.leases.size === 4);
    expect([...a.leases.keys()]).toEqual(expect.arrayContaining(stayed));
    expect(new Set([...a.leases.keys(), ...b.leases.keys()]).size).toBe(8);
  });

  test(`${name}: 7. 18. a lease that moves is aborted before its next owner has it, and cannot commit any more`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics([topicSpec("in", 2)]);
    await put(log, out("in", "k", "x", 0), out("in", "k", "x", 1));
    const story: string[] = [];
    const a = await takeSeat(log, { story });
    const before = new Map(a.leases);
    const b = await takeSeat(other, { story, who: "b" });
    await until("one each", () => a.leases.size === 1 && b.leases.size === 1);
    const [moved] = b.leases.keys();
    expect(story.slice(2)).toEqual([`a revoked ${moved} aborted`, `b assigned ${moved}`]);
    expect(await a.membership.commit(before.get(moved!)!, new Map([["in", 1]]))).toBe("fenced");
    expect(await b.membership.committed(b.leases.get(moved!)!, "in")).toBe(0);
    expect(await b.membership.commit(b.leases.get(moved!)!, new Map([["in", 1]]))).toBe("ok");
  });

  test(`${name}: 7. the next owner waits until the last one has wound up`, async () => {
    await using lab = await make();
    const [log, other] = [await lab.open(), await lab.open()];
    await log.ensureTopics([topicSpec("in", 2)]);
    const work = Promise.withResolvers<void>();
    const told: number[] = [];
    await log.join({
      group: "g",
      topics: ["in"],
      sessionMs: 2_000,
      assigned: () => undefined,
      revoked: (lease) => (told.push(lease.partition), work.promise),
    });
    const b = await takeSeat(other, { who: "b" });
    await until("asked back", () => told.length === 1);
    await pause(100);
    expect(b.leases.size).toBe(0);
    work.resolve();
    await until("handed over", () => b.leases.size === 1);
  });

  test(`${name}: 9. every record is handed out at least once while members come and go`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics([topicSpec("in", 4)]);
    const seen = new Set<string>();
    const consume = async (): Promise<() => Promise<void>> => {
      const mine = await lab.open();
      const running: Promise<void>[] = [];
      const started = Promise.withResolvers<Awaited<ReturnType<typeof mine.join>>>();
      const membership = await mine.join({
        group: "g",
        topics: ["in"],
        sessionMs: 2_000,
        assigned: (lease) => {
          const run = async (): Promise<void> => {
            const m = await started.promise;
            let next = await m.committed(lease, "in");
            while (!lease.signal.aborted) {
              const records = await m.fetch(lease, "in", next, { ...limit, maxRecords: 7, waitMs: 50 });
              for (const record of records) seen.add(text(record.value));
              next += records.length;
              if (records.length > 0 && (await m.commit(lease, new Map([["in", next]]))) === "fenced") return;
            }
          };
          running.push(run());
        },
        revoked: async () => undefined,
      });
      started.resolve(membership);
      return () => membership.leave();
    };
    const leave: Array<() => Promise<void>> = [await consume()];
    const sent = Array.from({ length: 400 }, (_, n) => `r${n}`);
    for (const [n, value] of sent.entries()) {
      await put(log, out("in", `k${n % 23}`, value));
      if (n === 100 || n === 200) leave.push(await consume());
      if (n === 150 || n === 300) await leave.shift()?.();
    }
    await until("everything committed", async () => {
      const done = [...((await log.committedOffsets("g")).get("in")?.values() ?? [])];
      return done.reduce((sum, next) => sum + next, 0) === 400;
    });
    expect(seen.size).toBe(400);
    expect(await everything(log, "in")).toHaveLength(400);
  });
};
