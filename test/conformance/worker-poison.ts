import { expect, test } from "vitest";

import { QuarantineError, type LogRecord, type Outcome } from "@sotto/stream";

import { all, around, bytes, type MakeLab, out, put, refusal, text, until } from "./lab.ts";
import { committed, counting, lines, passOn, spec, start, values, workerTopics } from "./worker-lab.ts";

/** Whatever a handler throws or answers: set aside, told, and never in the way of others. */
export const testPoison = (name: string, make: MakeLab): void => {
  const throws: ReadonlyArray<readonly [string, () => unknown]> = [
    ["an Error", () => new Error("planted secret 4711")],
    ["a TypeError", () => new TypeError("planted secret 4711")],
    ["what a parser throws", () => new SyntaxError("planted secret 4711 is not valid JSON")],
    ["a string", () => "planted secret 4711"],
    ["undefined", () => undefined],
    ["null", () => null],
    ["an object", () => ({ secret: "planted secret 4711" })],
  ];
  test.each(throws)(
    `${name}: 19. a handler that throws %s ends in quarantine and others go on`,
    async (_what, make_) => {
      await using lab = await make();
      const log = await lab.open();
      await log.ensureTopics(workerTopics(1));
      await put(log, out("in", "a", "1"), out("in", "b", "bad"), out("in", "a", "2"), out("in", "b", "3"));
      const handle = (record: LogRecord): Promise<Outcome> => {
        if (text(record.value) === "bad") throw make_();
        return passOn(record);
      };
      const { lines: kept, logger } = lines();
      await using worker = await start(log, spec(handle), {}, logger);
      await until("all committed", async () => (await committed(log)) === 4);
      expect(await values(log, "out")).toEqual(["1", "2", "3"]);
      expect((await all(log, "quarantine"))[0]?.headers[0]).toEqual(["reason", bytes("HANDLER_FAILED")]);
      expect(worker.health()).toMatchObject({ live: true, ready: true });
      expect(kept.join("\n")).not.toContain("4711");
    },
  );

  const shapes: ReadonlyArray<readonly [string, unknown]> = [
    ["nothing", undefined],
    ["a number", 7],
    ["an audit event that is none", { audit: [{ type: "nonsense" }] }],
    ["entries without state", { entries: [{ key: "a/1", value: new Uint8Array() }] }],
  ];
  test.each(shapes)(
    `${name}: 19. a handler that answers %s is a handler that broke`,
    async (_what, answer) => {
      await using lab = await make();
      const log = await lab.open();
      await log.ensureTopics(workerTopics(1));
      await put(log, out("in", "a", "1"), out("in", "a", "2"));
      const handle = async (record: LogRecord): Promise<Outcome> =>
        text(record.value) === "1" ? (answer as Outcome) : passOn(record);
      await using _worker = await start(log, spec(handle));
      await until("all committed", async () => (await committed(log)) === 2);
      const isFine = answer === 7;
      expect(await values(log, "quarantine")).toEqual(isFine ? [] : ["1"]);
      expect(await values(log, "out")).toEqual(["2"]);
    },
  );

  test(`${name}: 20. a record set aside keeps its bytes and tells why and from where`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    const headers = [
      ["ce_id", bytes("e_1")],
      ["twice", bytes("x")],
      ["twice", null],
    ] as const;
    await put(log, { topic: "in", key: "c_1", value: bytes("sealed"), headers });
    await put(log, { topic: "in", key: null, value: null, partition: 0 });
    const handle = async (): Promise<Outcome> => {
      throw new QuarantineError("FRAME_REFUSED", "Cannot open a frame");
    };
    await using _worker = await start(log, spec(handle));
    await until("all committed", async () => (await committed(log)) === 2);
    const [first, second] = await all(log, "quarantine");
    expect(first).toMatchObject({ key: "c_1", value: bytes("sealed") });
    expect(first?.headers).toEqual([
      ["reason", bytes("FRAME_REFUSED")],
      ["origin", bytes("in/0/0")],
      ["digest", bytes("ydADa-1nRLzfaS_JgNhxfX5fWk9Ogma0qEmCYC-xzQk")],
      ["was_ce_id", bytes("e_1")],
      ["was_twice", bytes("x")],
      ["was_twice", null],
    ]);
    expect(second).toMatchObject({ key: "-", value: null });
    const events = (await values(log, "audit")).map((value): unknown => JSON.parse(value));
    expect(events[0]).toMatchObject({
      conversation: "c_1",
      events: ["e_1"],
      origin: { topic: "in", offset: 0 },
    });
  });

  test(`${name}: 20. an audit event that cannot be made keeps no poison record in the way`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    await put(log, out("in", "a", "bad"), out("in", "a", "good"));
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (text(record.value) === "bad") throw new QuarantineError("BAD_TEXT", "Cannot read a turn");
      return passOn(record);
    };
    const quarantined = (): never => {
      throw new Error("no event of this");
    };
    await using _worker = await start(log, spec(handle, { quarantined }));
    await until("all committed", async () => (await committed(log)) === 2);
    expect(JSON.parse((await values(log, "audit"))[0] ?? "")).toMatchObject({ reason: "BAD_TEXT" });
  });

  test(`${name}: 20. while quarantine cannot be written nothing is committed, and nothing is lost`, async () => {
    await using lab = await make();
    const inner = await lab.open();
    await inner.ensureTopics(workerTopics(1));
    let isDown = true;
    const log = around(inner, async (records, go) =>
      isDown && records.some((record) => record.topic === "quarantine") ? refusal(records) : go(),
    );
    await put(inner, out("in", "a", "bad"), out("in", "a", "good"));
    const handle = async (record: LogRecord): Promise<Outcome> => {
      if (text(record.value) === "bad") throw new QuarantineError("BAD_TEXT", "Cannot read a turn");
      return passOn(record);
    };
    await using worker = await start(log, spec(handle));
    await until("trouble", () => !worker.health().ready && worker.health().reasons.join().includes("append"));
    expect(await committed(inner)).toBe(0);
    expect(worker.health().live).toBe(true);
    isDown = false;
    await until("all committed", async () => (await committed(inner)) === 2);
    expect(await values(inner, "quarantine")).toEqual(["bad"]);
  });

  test(`${name}: 19. after a handler broke the unit is made anew from its entries`, async () => {
    await using lab = await make();
    const log = await lab.open();
    await log.ensureTopics(workerTopics(1));
    let units = 0;
    const unit = () => {
      units += 1;
      const inner = counting();
      return {
        ...inner,
        handle: async (record: LogRecord): Promise<Outcome> => {
          const outcome = await inner.handle(record);
          // Memory has changed already when it breaks.
          if (text(record.value).startsWith("bad")) throw new Error("half done");
          return outcome;
        },
      };
    };
    const sent = ["1", "bad", "2", "3", "bad too", "4"];
    await put(log, ...sent.map((value) => out("in", "a", value)));
    await using _worker = await start(log, spec(passOn, { stateful: true, unit }));
    await until("all committed", async () => (await committed(log)) === 6);
    expect(units).toBe(3);
    expect(await values(log, "out")).toEqual(["a 1 is 1", "a 2 is 2", "a 3 is 3", "a 4 is 4"]);
    expect(await values(log, "quarantine")).toEqual(["bad", "bad too"]);
  });
};
