import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { topics } from "@sotto/contracts";
import { headerText, type OutRecord } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy, readAll, until } from "./deployment.ts";
import {
  chatOf,
  standing,
  admittedTurns,
  admitted,
  send,
  textsOf,
  endsOf,
  setFence,
  killSwitch,
  patient,
  stalling,
  moves,
  oneAppendMs,
} from "./fence-tools.ts";
import { overLog } from "./over-log.ts";

test("1: a kill switch on a line stops admits there within two seconds, holds, and lets go when it is lifted", async () => {
  await using d = await deploy({ policy: patient });
  const chat = chatOf("held", null, ["one", "two"]);
  const sales = aChat({ subject: "sales", texts: ["of sales"], line: "sales" });
  await send(d, ...chat.opening(), ...chat.turns());
  await until(
    "two turns are held",
    async () =>
      (await d.records(topics.gateState.name)).filter((r) => r.key?.includes("/held/") && r.value).length ===
      2,
  );
  const { key, at } = await setFence(d, killSwitch({ line: "support" }), "support");
  await sleep(2000);
  await send(d, chat.consent("given", 5), chat.ending());
  const consent = sales.consent("given", 5, { purposes: ["transcription", "qa_review"] });
  await send(d, ...sales.opening(), consent, ...sales.turns(), sales.ending());
  await until("the other line goes on", async () => (await textsOf(d)).length === 1);
  expect(await textsOf(d)).toEqual(["of sales"]);
  expect(
    (await admittedTurns(d)).filter(
      (r) => headerText(r.headers, "ce_line") === "support" && r.timestamp > at,
    ),
  ).toEqual([]);
  expect(await endsOf(d)).toEqual([]);
  // Words that come while it stands are not even sealed: they cannot be had when it is lifted.
  await send(d, chat.turn(9, "meanwhile", { party: "customer", seconds: 150 }));
  const told = (await d.audit()).flatMap((e) =>
    e.type === "sotto.audit.decision.made.v1" && e.line === "support" ? [`${e.decision} ${e.reason}`] : [],
  );
  expect(told).toContain("hold KILL_SWITCH");
  await d.platform.log.append([{ topic: topics.fences.name, key, value: null, headers: [] }]);
  await d.settled();
  expect(await textsOf(d)).toEqual(["of sales", "one", "two"]);
  expect(new Set(await endsOf(d))).toEqual(new Set(["erased CONTENT_DROPPED"]));
});

test("1: a kill switch holds what was admitted and has not landed, and lets go when it is lifted", async () => {
  await using d = await deploy({ policy: patient });
  const chat = chatOf("admitted", null, ["one", "two"]);
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("two turns are admitted", async () => (await admitted(d)) === 2);
  const { key } = await setFence(d, killSwitch({}), "tenant");
  await send(d, chat.ending());
  await sleep(2500);
  expect(await textsOf(d)).toEqual([]);
  expect(await endsOf(d)).toEqual([]);
  await d.platform.log.append([{ topic: topics.fences.name, key, value: null, headers: [] }]);
  await d.settled();
  expect(await textsOf(d)).toEqual(["one", "two"]);
});

test("1: while fences stand still nothing is admitted and nothing lands; then all of it is", async () => {
  const fences = stalling();
  await using d = await deploy({ policy: patient, ...fences.changes });
  using _end = fences.inTheEnd();
  const open = chatOf("open", null, ["one", "two"]);
  await send(d, ...open.opening(), open.consent("given", 5), ...open.turns());
  await until("two turns are admitted", async () => (await admitted(d)) === 2);
  fences.stall();
  await until("the table is not fresh", async () => !d.platform.fences.isFresh());
  const before = await moves(d);
  const fresh = chatOf("new", null, ["three", "four"]);
  await send(
    d,
    open.ending(),
    ...fresh.opening(),
    fresh.consent("given", 5),
    ...fresh.turns(),
    fresh.ending(),
  );
  await sleep(3000);
  expect(await moves(d)).toEqual(before);
  expect(await endsOf(d)).toEqual([]);
  fences.release();
  await d.settled();
  expect(await textsOf(d)).toEqual(["four", "one", "three", "two"]);
});

test("1: a fence that no process hears of stops everything within two seconds all the same", async () => {
  const fences = stalling();
  await using d = await deploy({ policy: patient, ...fences.changes });
  using _end = fences.inTheEnd();
  fences.stall();
  const { at: acked } = await setFence(
    d,
    { ...killSwitch({ line: "support" }), kind: "withdrawal" },
    "support",
  );
  for (let n = 0; n < 35; n += 1) {
    const chat = chatOf(`unheard-${n}`, null, ["one"]);
    await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending());
    await sleep(70);
  }
  const [stopped, documents] = [await moves(d), (await d.turns()).length];
  const after = stopped.filter(({ at }) => at > acked);
  // What is proved fresh at the time of the act counts, so that some get through; none does later.
  expect(new Set(after.map(({ what }) => what))).toEqual(new Set(["admitted", "landed"]));
  expect(Math.max(...after.map(({ at }) => at - acked))).toBeLessThanOrEqual(2000 + oneAppendMs);
  fences.release();
  await d.settled();
  expect(await d.turns()).toHaveLength(documents);
});

test("1: what was decided on fences that grew old before it could be sent is asked again before it is opened", async () => {
  const fences = stalling();
  const decided = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const isAdmit = ({ topic, value }: OutRecord): boolean =>
    topic === topics.audit.name &&
    Buffer.from(value ?? [])
      .toString()
      .includes('"decision":"admit"');
  await using d = await deploy({
    policy: patient,
    ...fences.changes,
    log: (log) =>
      overLog(log, {
        append: async (records) => {
          if (records.some(isAdmit)) {
            decided.resolve();
            await goOn.promise;
          }
          return log.append(records);
        },
      }),
  });
  using _end = fences.inTheEnd();
  const chat = chatOf("decided", null, ["one"]);
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending());
  await decided.promise;
  fences.stall();
  const { at: acked } = await setFence(
    d,
    { ...killSwitch({ line: "support" }), kind: "withdrawal" },
    "support",
  );
  await until("the table is not fresh", async () => !d.platform.fences.isFresh());
  goOn.resolve();
  await sleep(200);
  fences.release();
  await d.settled();
  expect(await textsOf(d)).toEqual([]);
  const late = (await moves(d)).filter(({ what }) => what !== "admitted");
  expect(late.map(({ what, at }) => [what, at - acked])).toEqual([]);
  expect(d.platform.keys("redactor").counts().opened["raw"] ?? 0).toBe(0);
});

test("1: once a withdrawal is acked nothing of that person is admitted or lands more than two seconds later", async () => {
  await using d = await deploy();
  const people = Array.from({ length: 8 }, (_, n) => ({
    phone: `+44 20 7946 01${n}0`,
    chat: chatOf(`busy-${n}`, `+44 20 7946 01${n}0`, ["one"]),
  }));
  const conversations = new Map<string, string>();
  for (const { phone, chat } of people) {
    await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
    const known = new Set(conversations.values());
    const keys = (await readAll(d.platform, topics.conversations.name)).flatMap(({ key }) => key ?? []);
    conversations.set(phone, keys.find((key) => !known.has(key)) ?? "");
  }
  const acked = new Map<string, number>();
  const running = people.map(async ({ phone, chat }, n) => {
    for (let i = 0; i < 25; i += 1) {
      await send(d, chat.turn(10 + i, `turn ${i}`, { party: "customer", seconds: 30 + i }));
      if (i % 5 === 4)
        await send(d, chat.event("conversation.ended", 31 + i, { at: chat.at(31 + i), reason: "completed" }));
      if (i === 10 && n % 2 === 0) {
        await send(d, standing("withdrawn", 41, phone));
        acked.set(conversations.get(phone) ?? "", Date.now());
      }
      await sleep(100);
    }
    await send(d, chat.ending());
  });
  await Promise.all(running);
  await d.settled();
  const after = (await moves(d)).flatMap(({ what, at, conversation }) => {
    const since = acked.get(conversation ?? "");
    return since === undefined ? [] : [{ what, ms: at - since }];
  });
  expect(acked.size).toBe(4);
  expect(after.length).toBeGreaterThan(20);
  expect(after.filter(({ ms }) => ms > 2000)).toEqual([]);
  const stopped = await d.turns();
  const texts = (conversation: string): number =>
    stopped.filter((turn) => turn.conversation === conversation).length;
  for (const conversation of conversations.values()) {
    if (acked.has(conversation)) expect(texts(conversation)).toBeLessThan(26);
    else expect(texts(conversation)).toBe(26);
  }
});
