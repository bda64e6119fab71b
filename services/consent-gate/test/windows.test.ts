import { expect, test } from "vitest";

import { KeyGoneError, UnavailableError } from "@sotto/envelope";

import { aChat } from "./events.ts";
import { away, day, hour, instead, minute, openLab, setFence, start, type Gate, type Lab } from "./lab.ts";
import { briefly, inShort } from "./told.ts";

const s = (seconds: number): number => start + seconds * 1000;
const first = Math.floor(start / minute);
const rawOf = async (lab: Lab, conversation = "c_1", tenant = "acme") =>
  (await lab.keys.behind.inspect(tenant, conversation))?.raw.map((window) => window - first);

/** Facts in window 0, turns 1 and 2 in window 1 and 2, admitted; the end in window 2. */
const aLandedChat = async (gate: Gate, chat = aChat(start)) => {
  const opening = [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })];
  for (const event of opening) await gate.send(event, s(6));
  await gate.send(chat.turn("t1", s(70)), s(70));
  await gate.send(chat.turn("t2", s(130)), s(130));
  return chat;
};

test("a window dies once each ordinal in it has landed and a tick proves that its time is over, and not before", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  await gate.tick(s(180));
  expect(await rawOf(lab)).toEqual([0, 1, 2]);
  await gate.landed("c_1", [1]);
  expect(await rawOf(lab)).toEqual([0, 1, 2]);
  const told = await gate.tick(s(181));
  expect(inShort(told)).toEqual(["shredded a key"]);
  expect(told.audit[0]).toMatchObject({
    slot: "raw",
    generation: first + 1,
    at: s(181),
    conversation: "c_1",
  });
  expect(await rawOf(lab)).toEqual([0, 2]);
  await gate.send(chat.ended(s(175)), s(182));
  await gate.landed("c_1", [], { ends: [2] });
  // Window 3 holds the end itself: it is over at 240 s, and nobody seals under it any more at 245 s.
  expect(inShort(await gate.tick(s(184)))).toEqual(["shredded a key"]);
  expect(await rawOf(lab)).toEqual([2, 3]);
  expect(inShort(await gate.tick(s(185)))).toEqual(["shredded a key"]);
  expect(inShort(await gate.tick(s(245) - 1))).toEqual([]);
  expect(inShort(await gate.tick(s(245)))).toEqual(["shredded a key"]);
  expect(await rawOf(lab)).toEqual([]);
  expect(briefly(await gate.tick(s(300)))).toEqual([]);
  // What a process holds in memory it holds for ten minutes at most; here it lets go at once.
  lab.keys.behind.forget("c_1");
  await expect(
    lab.keys.behind.toOpen({ slot: "raw", tenant: "acme", conversation: "c_1", generation: first + 1 }),
  ).rejects.toBeInstanceOf(KeyGoneError);
});

test("raw words stay for as long as policy keeps them", async () => {
  await using lab = await openLab();
  lab.policy = { ...lab.policy, retention: { ...lab.policy.retention, rawHours: 24 } };
  const gate = await lab.open();
  await aLandedChat(gate);
  await gate.landed("c_1", [1, 2]);
  await gate.tick(s(120) + 24 * hour - 1);
  expect(await rawOf(lab)).toEqual([0, 1, 2]);
  await gate.tick(s(120) + 24 * hour);
  expect(await rawOf(lab)).toEqual([0, 2]);
});

test("a window that a waiting turn was sealed under stays until the turn has ended", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  setFence(lab, { kind: "kill_switch", scope: {} });
  await gate.send(chat.turn("t3", s(135)), s(135));
  await gate.landed("c_1", [1, 2]);
  await gate.tick(s(200));
  expect(await rawOf(lab)).toEqual([0, 2]);
  expect(inShort(await gate.tick(s(255)))).toContain("ended 3 discarded KILL_SWITCH");
  expect(await rawOf(lab)).toEqual([0]);
});

test("an end that is told of a waiting turn does not have its words shredded", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  setFence(lab, { kind: "kill_switch", scope: {} });
  await gate.send(chat.turn("t3", s(135)), s(135));
  expect((await gate.landed("c_1", [2, 3])).entries[0]?.info).toMatchObject({ ordinals: [2] });
  await gate.tick(s(200));
  expect(await rawOf(lab)).toEqual([0, 1, 2]);
});

test("names and addresses of an unfinished conversation stay, for a section that is to come", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  await gate.landed("c_1", [1, 2]);
  await gate.tick(s(3600));
  expect(await rawOf(lab)).toEqual([0]);
  await gate.send(chat.turn("t3", s(3600)), s(3600));
  await gate.send({ ...chat.ended(s(3601)), content: null }, s(3601));
  await gate.tick(s(3700));
  expect(await rawOf(lab)).toEqual([0, 60]);
  await gate.landed("c_1", [3]);
  await gate.tick(s(3701));
  expect(await rawOf(lab)).toEqual([]);
});

test("a key store that is away leaves the window for a later tick, and the tick goes on", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aLandedChat(gate);
  await gate.landed("c_1", [1]);
  lab.trouble.store = (name) => {
    if (name.startsWith("conversations/")) throw new UnavailableError("away");
  };
  const told = await gate.tick(s(141));
  expect(inShort(told)).toEqual([]);
  expect(told.outputs).toEqual(["tick"]);
  expect(lab.logLines.join("")).toContain("wait to be shredded");
  lab.trouble.store = () => {};
  expect(inShort(await gate.tick(s(142)))).toEqual(["shredded a key"]);
  expect(await rawOf(lab)).toEqual([0, 2]);
});

test("a store that goes away in the middle: what was shredded is told at once, the rest is done later", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  await gate.send({ ...chat.ended(s(140)), content: null }, s(140));
  await gate.landed("c_1", [1, 2]);
  let reads = 0;
  lab.trouble.store = (name) => {
    if (name.startsWith("conversations/") && (reads += 1) > 3) throw new UnavailableError("away");
  };
  expect(inShort(await gate.tick(s(185)))).toEqual(["shredded a key"]);
  lab.trouble.store = () => {};
  expect(inShort(await gate.tick(s(186)))).toEqual(["shredded a key", "shredded a key"]);
  expect(await rawOf(lab)).toEqual([]);
});

test("the day's keys that go away while a window is shredded: it is told at a later tick", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aLandedChat(gate);
  await gate.landed("c_1", [1]);
  let asked = 0;
  const back = instead(lab.keys.gate, (real) => ({
    toSeal: (address) => ((asked += 1) > 2 ? away() : real.toSeal(address)),
  }));
  expect(inShort(await gate.tick(s(181)))).toEqual([]);
  back();
  expect(await rawOf(lab)).toEqual([0, 2]);
  expect(inShort(await gate.tick(s(182)))).toEqual(["shredded what was gone"]);
});

test("a key object that is not to be read is told once and is nobody else's trouble", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aLandedChat(gate);
  const other = aChat(start, "c_2");
  await aLandedChat(gate, other);
  await gate.landed("c_1", [1]);
  await gate.landed("c_2", [1]);
  const broken = await lab.keys.behind.inspect("other", "c_1").catch((error: unknown) => error);
  instead(lab.keys.gate, (real) => ({
    inspect: (tenant, conversation) =>
      conversation === "c_1" ? Promise.reject(broken) : real.inspect(tenant, conversation),
  }));
  expect(inShort(await gate.tick(s(181)))).toEqual(["shredded a key"]);
  expect(inShort(await gate.tick(s(182)))).toEqual([]);
  expect(lab.logLines.filter((line) => line.includes("cannot be read"))).toHaveLength(1);
  expect(await rawOf(lab, "c_2")).toEqual([0, 2]);
});

test("a fault of ours while shredding is not passed over", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aLandedChat(gate);
  await gate.landed("c_1", [1]);
  instead(lab.keys.gate, () => ({ shredRaw: () => Promise.reject(new TypeError("a fault")) }));
  await expect(gate.tick(s(181))).rejects.toThrow("a fault");
});

test("windows that no event names go too: of a send that was sealed anew, of a repeat, of what was put aside", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  const seal = (window: number) =>
    lab.keys.ingest.toSeal({ slot: "raw", tenant: "acme", conversation: "c_1", generation: first + window });
  await seal(4);
  await seal(40);
  const turn = chat.turn("t3", s(400), {}, { window: first + 5 });
  await gate.send(turn, s(400));
  await gate.send({ ...turn, facts: { ...turn.facts, window: first + 6 } }, s(420));
  await gate.send(chat.turn("t4", s(400), {}, { window: first + 7, time: s(400) - 8 * day }), s(480));
  await gate.landed("c_1", [1, 2, 3]);
  expect(await rawOf(lab)).toEqual([0, 1, 2, 4, 5, 6, 7, 40]);
  await gate.restart();
  expect((await gate.tick(s(484))).audit).toHaveLength(5);
  expect(await rawOf(lab)).toEqual([0, 7, 40]);
  await gate.tick(s(485));
  expect(await rawOf(lab)).toEqual([0, 40]);
});

test("a conversation of which everything was put aside leaves no window behind", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await gate.send(aChat(start).turn("t1", s(0), {}, { time: start - 8 * day }), s(1));
  expect(inShort(await gate.tick(s(65)))).toEqual(["shredded a key"]);
  expect(await rawOf(lab)).toEqual([]);
});

test("an event without words needs no window", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await gate.send(aChat(start).turn("t1", s(0), {}, { content: null }), s(1));
  const told = await gate.send(
    aChat(start, "c_2").turn("t1", s(0), {}, { content: null, time: start - 8 * day }),
    s(2),
  );
  expect(told.entries).toEqual([]);
  expect(briefly(await gate.tick(s(3)))).toEqual([]);
  expect(inShort(await gate.tick(s(31)))).toEqual(["quarantined 1 NOT_STARTED", "aside NOT_STARTED"]);
});

test("at the horizon words go, whoever still waits for them, and each ordinal is accounted for", async () => {
  await using lab = await openLab();
  lab.policy = { ...lab.policy, timing: { ...lab.policy.timing, holdMs: 30 * day } };
  const gate = await lab.open();
  const chat = await aLandedChat(gate);
  setFence(lab, { kind: "kill_switch", scope: {} });
  await gate.send(chat.turn("t3", s(131)), s(131));
  expect(inShort(await gate.tick(s(119) + 7 * day))).toEqual(["shredded a key"]);
  expect(await rawOf(lab)).toEqual([1, 2]);
  expect(inShort(await gate.tick(s(120) + 7 * day))).toEqual([
    "ended 1 quarantined RAW_EXPIRED",
    "shredded a key",
  ]);
  expect(inShort(await gate.tick(s(180) + 7 * day))).toEqual([
    "quarantined 3 RAW_EXPIRED",
    "ended 2 quarantined RAW_EXPIRED",
    "shredded a key",
    "aside RAW_EXPIRED",
  ]);
  expect(await rawOf(lab)).toEqual([]);
  expect(lab.counted).toContain("quarantined RAW_EXPIRED");
});

test("however many windows come due at once, a tick shreds so many that it stays short, and the next goes on", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  for (let n = 0; n < 100; n += 1)
    await gate.send(aChat(start, `c_${n}`).turn("t1", s(0), {}, { time: start - 8 * day }), s(1));
  const counts = [];
  for (const at of [65, 66, 67]) counts.push((await gate.tick(s(at))).audit.length);
  expect(counts).toEqual([64, 36, 0]);
});

test("an erased conversation has nothing left to shred, and that is told", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  await aLandedChat(gate);
  await gate.landed("c_1", [1]);
  await lab.keys.behind.erase("acme", "c_1");
  expect(inShort(await gate.tick(s(181)))).toEqual(["shredded what was gone"]);
});
