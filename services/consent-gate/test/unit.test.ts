import { expect, test } from "vitest";

import { encodeCbor, tickTimeHeader, topics } from "@sotto/contracts";
import { dataKey, seal, UnavailableError } from "@sotto/envelope";
import { landedRecord, type LogRecord } from "@sotto/stream";

import { aChat } from "./events.ts";
import { away, day, instead, openLab, partition, setFence, start, type Gate } from "./lab.ts";
import { inShort } from "./told.ts";

const s = (seconds: number): number => start + seconds * 1000;
const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
/** One turn let through, one window of its own. */
const anOpenTurn = async (gate: Gate, chat = aChat(start)) => {
  for (const event of [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })])
    await gate.send(event, s(6));
  await gate.send(chat.turn("t1", s(70)), s(70));
  return chat;
};
/** A turn that waits. */
const aWaitingTurn = async (gate: Gate, chat = aChat(start)) => {
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(6));
  await gate.send(chat.turn("t1", s(9)), s(10));
  return chat;
};

const landedHeaders = (over: Partial<Record<"tenant" | "day" | "name", string>> = {}): LogRecord["headers"] =>
  Object.entries({ type: "landed", tenant: "acme", day: "20261121", name: "c_1/1", ...over }).map(
    ([n, v]) => [n, text(v)] as const,
  );

const outsider = dataKey(new Uint8Array(32).fill(7));
const forged = seal(encodeCbor({ v: 1 }), outsider, {
  tenant: "acme",
  conversation: "c_1",
  slot: "grants",
  generation: 20261121,
  kind: "landed",
  name: "c_1/1",
  headers: null,
});

test.each<[string, Pick<LogRecord, "key" | "value" | "headers">]>([
  ["sealed by a stranger", { key: "c_1", value: forged, headers: landedHeaders() }],
  ["no frame", { key: "c_1", value: text("not a frame"), headers: landedHeaders() }],
  ["empty", { key: "c_1", value: null, headers: landedHeaders() }],
  ["without headers", { key: "c_1", value: forged, headers: [] }],
  ["of a day that is none", { key: "c_1", value: forged, headers: landedHeaders({ day: "tomorrow" }) }],
  ["of the 30th of February", { key: "c_1", value: forged, headers: landedHeaders({ day: "20260230" }) }],
  ["of a tenant that is no id", { key: "c_1", value: forged, headers: landedHeaders({ tenant: "../x" }) }],
  ["of a conversation that nobody knows", { key: "c_9", value: forged, headers: landedHeaders() }],
  ["a tick in the wrong place", { key: null, value: null, headers: [["type", text("tick")]] }],
])("on `landed`, a record that is %s is refused, and nothing is shredded for it", async (_name, what) => {
  await using lab = await openLab();
  const gate = await lab.open();
  await anOpenTurn(gate);
  await expect(gate.ask(gate.onLanded(what))).rejects.toMatchObject({
    name: "QuarantineError",
    reason: "FRAME_REFUSED",
  });
  expect(inShort(await gate.tick(s(125)))).toEqual([]);
});

test("an end that another tenant's service told is refused", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await anOpenTurn(gate);
  await expect(gate.landed("c_1", [1], { tenant: "other" })).rejects.toMatchObject({
    reason: "FRAME_REFUSED",
  });
});

test("an end of a conversation that this partition does not hold changes nothing", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await anOpenTurn(gate);
  expect(await gate.landed("c_2", [1])).toEqual({ entries: [], audit: [], outputs: [], tombstones: [] });
});

test("an end is written once; a repeat, and ordinals that never were, leave no entry", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await anOpenTurn(gate);
  expect((await gate.landed("c_1", [1, 7])).entries.map(({ info }) => info["ordinals"])).toEqual([[1]]);
  expect((await gate.landed("c_1", [1])).entries).toEqual([]);
  await gate.restart();
  expect((await gate.landed("c_1", [], { ends: [1] })).entries).toEqual([]);
});

test.each<[string, (record: LogRecord) => Partial<LogRecord>]>([
  ["no key", () => ({ key: null })],
  ["no value", () => ({ value: null })],
  ["no headers", () => ({ headers: [] })],
  ["a value that is no pair", () => ({ value: text("garbage") })],
  ["half a tick", () => ({ key: null, value: null })],
])("an event with %s is refused as malformed", async (_name, change) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const record = await gate.record(aChat(start).started(), s(1));
  await expect(gate.ask({ ...record, ...change(record) })).rejects.toMatchObject({ reason: "MALFORMED" });
});

test("a tick goes on behind what it let through, and tells how much waits and for how long", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const lift = setFence(lab, { kind: "kill_switch", scope: {} });
  const chat = await aWaitingTurn(gate);
  await gate.send(chat.turn("t2", s(11)), s(20));
  await gate.send(chat.consent({ at: s(5) }), s(21));
  await gate.tick(s(30));
  expect(lab.counted.at(-1)).toBe(`held ${partition}: 2, 20 s`);
  lift();
  const told = await gate.tick(s(32));
  expect(inShort(told).slice(-2)).toEqual(["sent turn 1", "sent turn 2"]);
  expect(told.outputs.indexOf("tick")).toBe(told.outputs.length - 1);
  expect(lab.counted.at(-1)).toBe(`held ${partition}: 0, 0 s`);
});

test("a tick goes on with the log's time of it, whatever time it claims itself", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const record = await gate.record("tick", s(5));
  const forged = { ...record, headers: [...record.headers, [tickTimeHeader, text("1")] as const] };
  const { outputs = [] } = await gate.ask(forged);
  const times = (outputs.at(-1)?.headers ?? []).filter(([name]) => name === tickTimeHeader);
  expect(times.map(([, value]) => Buffer.from(value ?? []).toString())).toEqual([String(s(5))]);
});

test("keys of one tenant that leave the cache while another's are fetched: the one waits for the next tick", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aWaitingTurn(gate);
  await aWaitingTurn(gate, aChat(start, "c_2", { tenant: "other" }));
  const back = instead(lab.keys.gate, (real) => ({
    toSeal: async (address) => {
      const key = await real.toSeal(address);
      if (address.tenant === "acme") return key;
      await new Promise((resolve) => setImmediate(resolve));
      (await real.toSeal({ ...address, tenant: "acme" })).zero();
      return key;
    },
  }));
  expect((await gate.tick(s(130))).audit.map((event) => event.conversation)).toEqual(["c_2", "c_2"]);
  back();
  lab.now = start + day;
  expect((await gate.tick(s(131))).audit.map((event) => event.conversation)).toEqual(["c_1", "c_1"]);
});

test("a tenant whose keys are away waits, and nobody waits for it", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aWaitingTurn(gate);
  await aWaitingTurn(gate, aChat(start, "c_2", { tenant: "other" }));
  await gate.tick(s(12));
  lab.now = start + day;
  lab.trouble.service = (tenant) => {
    if (tenant === "other") throw new UnavailableError("away");
  };
  const told = await gate.tick(s(131));
  expect(told.audit.map((event) => event.conversation)).toEqual(["c_1", "c_1"]);
  expect(told.outputs).toEqual(["tick"]);
  expect(lab.logLines.join("")).toContain("what these tenants hold waits");
  lab.trouble.service = () => {};
  const next = await gate.tick(s(132));
  expect(next.audit.map((event) => event.conversation)).toEqual(["c_2", "c_2"]);
});

test("a key that cannot be had leaves memory as the entries have it: asked again, the event is new", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aWaitingTurn(gate);
  const record = await gate.record(chat.consent({ at: s(8) }), s(20));
  lab.trouble.service = () => {
    throw new UnavailableError("away");
  };
  lab.now = start + day;
  await expect(gate.ask(record)).rejects.toBeInstanceOf(UnavailableError);
  lab.trouble.service = () => {};
  expect(inShort(await gate.handle(record))).toContain("sent turn 1");
});

test("a key that leaves the cache between being had and being used is asked for again before anything changes", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aWaitingTurn(gate);
  const record = await gate.record(chat.consent({ at: s(8) }), s(20));
  const back = instead(lab.keys.gate, (real) => ({
    toSeal: async (address) => {
      const key = await real.toSeal(address);
      if (address.slot === "grants") key.zero();
      return key;
    },
  }));
  await expect(gate.ask(record)).rejects.toBeInstanceOf(UnavailableError);
  back();
  lab.now = start + day;
  const told = await gate.handle(record);
  expect(inShort(told)).toContain("sent turn 1");
  expect(told.entries.map(({ key }) => key)).toContain(`c_1/context/${record.offset}`);
});

test("a fault of ours in getting a tenant's keys is not taken for keys that are away", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aWaitingTurn(gate);
  instead(lab.keys.gate, () => ({ toSeal: () => Promise.reject(new TypeError("a fault")) }));
  await expect(gate.tick(s(12))).rejects.toThrow("a fault");
});

test("an end whose entry cannot be sealed now is heard when it is told again", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await anOpenTurn(gate);
  const said = {
    v: 1 as const,
    conversation: "c_1",
    section: 1,
    ordinals: [1],
    ends: [],
    object: null,
    sha256: null,
    at: s(80),
  };
  const { key, value, headers = [] } = await landedRecord(lab.keys.behind, "acme", partition, said);
  const record = gate.onLanded({ key, value, headers });
  expect(record.topic).toBe(topics.landed.name);
  const back = instead(lab.keys.gate, () => ({ toSeal: away }));
  await expect(gate.ask(record)).rejects.toBeInstanceOf(UnavailableError);
  back();
  expect((await gate.handle(record)).entries).toHaveLength(1);
});

test("state that does not open stops the unit rather than being decided anew", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aWaitingTurn(gate);
  const [held] = gate.names("held");
  const [context] = gate.names("context");
  gate.state.set(held ?? "", gate.state.get(context ?? "") ?? new Uint8Array());
  await expect(gate.restart()).rejects.toThrow("Cannot open frame");
});
