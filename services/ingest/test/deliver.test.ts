import { createSecretKey } from "node:crypto";

import { bundledPolicy } from "@sotto/consent";
import { decodeEventValue, deriveId, encodeCbor, fromHeaders, type Fence } from "@sotto/contracts";
import { openKeys, peek, seal, UnavailableError, yearOf, type Keys } from "@sotto/envelope";
import type { LogClient, LogRecord } from "@sotto/stream";
import { expect, test } from "vitest";

import { deliver, type Delivery } from "../src/deliver.ts";
import { check } from "../src/check.ts";
import { prepare, preparing, type Prepared } from "../src/prepare.ts";
import type { WindowKeys } from "../src/window-keys.ts";
import { batch, example, openDeployment, openDoor, source, type Deployment, type Door } from "./harness.ts";

const windowKeys: WindowKeys = { uses: () => undefined, [Symbol.dispose]: () => undefined };
const timing = { rawWindowMs: 1000, rawResealMs: 500 };
const start = Date.now();

/** A deployment, a clock that the test drives, and an event ready to be sealed. */
const openBench = async () => {
  const deployment = await openDeployment();
  const { platform } = deployment;
  const keys = platform.keys("ingest");
  const clock = { at: start, now: () => clock.at };
  const [id, subject] = await Promise.all(
    (["id", "subject"] as const).map(async (kind) => createSecretKey(await keys.pepper("acme", kind))),
  );
  if (!id || !subject) throw new Error("No peppers");
  const o = preparing({
    sender: source,
    peppers: { id, subject, version: 1 },
    receivedAt: start,
    allowedAttributes: [],
    fences: platform.fences,
  });
  const prepared = (
    name: string,
    type: Parameters<typeof example>[0] = "sotto.turn.added.v1",
    data = {},
  ): Prepared => {
    const event = { ...example(type, start), id: name };
    const checked = check({ ...event, data: { ...event.data, ...data } }, source, {
      policy: bundledPolicy,
      now: start,
      bytes: undefined,
    });
    if (!("ok" in checked)) throw new Error("The example was refused");
    return prepare(checked.ok, o);
  };
  const delivery = (log: LogClient, more: Partial<Delivery> = {}): Delivery => ({
    log,
    keys,
    clock,
    timing,
    windowKeys,
    patienceMs: 3000,
    ...more,
  });
  return { deployment, clock, prepared, delivery, keys };
};

/** The real log, with the first appends going otherwise. */
const faulty = (
  log: LogClient,
  ...faults: Array<(real: () => ReturnType<LogClient["append"]>) => ReturnType<LogClient["append"]>>
): LogClient & { tries: number } => {
  const wrapped = {
    ...log,
    tries: 0,
    append: (records: Parameters<LogClient["append"]>[0]) => {
      const fault = faults[wrapped.tries];
      wrapped.tries += 1;
      return fault ? fault(() => log.append(records)) : log.append(records);
    },
  };
  return wrapped;
};
const windowOf = (record: LogRecord): number | null => {
  const { content } = decodeEventValue(record.value ?? new Uint8Array());
  return content && peek(content).generation;
};

test("what is acked in its window is sealed once", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const log = faulty(deployment.platform.log);
  expect(await deliver([bench.prepared("one")], bench.delivery(log))).toEqual([true]);
  expect(log.tries).toBe(1);
  const [record] = await deployment.records("conversations");
  expect(record && windowOf(record)).toBe(Math.floor(start / timing.rawWindowMs));
});

test("a send that is not acked by the window's end and a while is sealed again under the current window", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const { clock } = bench;
  clock.at = Math.ceil(start / 1000) * 1000 + 900;
  const first = Math.floor(clock.at / 1000);
  const log = faulty(deployment.platform.log, async (real) => {
    // The broker is silent for longer than the window and its grace; what was sent arrives all the same.
    await real();
    setTimeout(() => {
      clock.at += 5000;
    }, 100);
    return new Promise(() => undefined);
  });
  expect(await deliver([bench.prepared("late")], bench.delivery(log))).toEqual([true]);
  const windows = (await deployment.records("conversations")).map(windowOf);
  expect(windows).toEqual([first, first + 5]);
});

test("keys that came too late for their window seal nothing", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const { clock, keys } = bench;
  clock.at = Math.ceil(start / 1000) * 1000;
  const first = Math.floor(clock.at / 1000);
  let asked = 0;
  const slow: Keys = {
    ...keys,
    toSeal: async (address) => {
      const key = await keys.toSeal(address);
      asked += 1;
      if (asked === 1) clock.at += 1500;
      return key;
    },
  };
  expect(
    await deliver([bench.prepared("slow keys")], bench.delivery(deployment.platform.log, { keys: slow })),
  ).toEqual([true]);
  expect((await deployment.records("conversations")).map(windowOf)).toEqual([first + 1]);
});

test("what can be tried again is, and only what was not acked is sent again", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const error = new Error("a leader is missing");
  const log = faulty(
    deployment.platform.log,
    () => Promise.reject(new UnavailableError("no broker")),
    async (real) => {
      const [, ...acks] = await real();
      return [{ ok: false, retriable: true, unknown: true, error } as const, ...acks];
    },
  );
  const events = ["a", "b", "c"].map((name) => bench.prepared(name));
  expect(await deliver(events, bench.delivery(log))).toEqual([true, true, true]);
  const ids = (await deployment.records("conversations")).map((record) =>
    fromHeaders(record.headers).get("ce_id"),
  );
  expect(ids.filter((id) => id === events[0]?.id)).toHaveLength(2);
  expect(ids).toHaveLength(4);
});

test("a refusal without its fence is not taken, nor the other way round", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const error = new Error("too large");
  for (const failing of [0, 1]) {
    const log = faulty(deployment.platform.log, async (real) => {
      const acks = await real();
      return acks.map((ack, n) =>
        n === failing ? ({ ok: false, retriable: false, unknown: false, error } as const) : ack,
      );
    });
    const refused = bench.prepared(`refused ${failing}`, "sotto.consent.recorded.v1", { status: "refused" });
    expect(await deliver([refused, bench.prepared("turn")], bench.delivery(log))).toEqual([false, true]);
  }
});

test("patience ends, and the answer is no", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const log = { ...deployment.platform.log, append: () => new Promise<never>(() => undefined) };
  const begun = performance.now();
  expect(await deliver([bench.prepared("one")], bench.delivery(log, { patienceMs: 200 }))).toEqual([false]);
  expect(performance.now() - begun).toBeLessThan(1500);
});

test("of an erased conversation the fact is kept and the content is not", async () => {
  const bench = await openBench();
  await using deployment: Deployment = bench.deployment;
  const { keyService: service, keyStore: store } = deployment.platform;
  const event = bench.prepared("erased");
  using eraser = openKeys({ service, store, seals: [], opens: [], now: () => Date.now() });
  await eraser.erase("acme", event.conversation ?? "");
  expect(await deliver([event], bench.delivery(deployment.platform.log))).toEqual([true]);
  const [record] = await deployment.records("conversations");
  const { facts, content } = decodeEventValue(record?.value ?? new Uint8Array());
  expect([facts === null, content]).toEqual([false, null]);
});

/** Writes a fence as an operator would, and waits until the door's table has it. */
const setFence = async (
  { platform }: Deployment,
  fence: Omit<Fence, "v" | "id" | "tenant" | "receivedAt" | "at">,
  key: string,
): Promise<void> => {
  const now = Date.now();
  const full: Fence = { v: 1, id: deriveId("f", key), tenant: "acme", at: now, receivedAt: now, ...fence };
  const name = `acme/${key}/${full.id}`;
  const place = { slot: "register", tenant: "acme", conversation: null, generation: yearOf(now) } as const;
  const register = await platform.keys("cli").toSeal(place);
  const value = seal(encodeCbor(full), register, { ...place, kind: "fence", name, headers: null });
  const size = platform.fences.index.size;
  await platform.log.append([{ topic: "fences", key: name, value, headers: [] }]);
  await expect.poll(() => platform.fences.index.size, { timeout: 3000 }).toBe(size + 1);
};
const taken = async (door: Door, name: string): Promise<LogRecord | undefined> => {
  const response = await door.post({ ...example("sotto.turn.added.v1"), id: name });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as { id: string };
  return (await door.records("conversations")).find(
    (record) => fromHeaders(record.headers).get("ce_id") === id,
  );
};

test("under a kill switch of its line the content is dropped and the fact kept; other lines go on", async () => {
  await using door = await openDoor();
  await setFence(door, { kind: "kill_switch", scope: { line: "support" }, purposes: null }, "support");
  const stopped = await taken(door, "stopped");
  expect(stopped && windowOf(stopped)).toBeNull();
  const [answer] = (await (
    await door.post([{ ...example("sotto.turn.added.v1"), id: "x", line: "sales" }], batch)
  ).json()) as Array<{ id: string }>;
  const sold = (await door.records("conversations")).find(
    (record) => fromHeaders(record.headers).get("ce_id") === answer?.id,
  );
  expect(sold && windowOf(sold)).not.toBeNull();
});

test("a fence of some purposes only stops grants, it does not drop what others may still use", async () => {
  await using door = await openDoor();
  await setFence(
    door,
    { kind: "kill_switch", scope: { line: "support" }, purposes: ["analytics"] },
    "support",
  );
  const record = await taken(door, "analytics");
  expect(record && windowOf(record)).not.toBeNull();
});

test("with an erasure fence on its conversation the content is dropped", async () => {
  await using door = await openDoor();
  const conversation = (await taken(door, "before"))?.key ?? "";
  await setFence(door, { kind: "erasure", scope: { conversation }, purposes: null }, conversation);
  const after = await taken(door, "after");
  expect(after && windowOf(after)).toBeNull();
});
