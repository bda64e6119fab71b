import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { sectionOf, type VCon } from "@sotto/archive";
import { encodeCbor, topics, type Fence } from "@sotto/contracts";
import { seal, yearOf } from "@sotto/envelope";
import { headerText, readLanded, type LogClient, type LogRecord, type OutRecord } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy, readAll, until, type Changes, type Deployment } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";
import { overLog } from "./over-log.ts";

type Event = ReturnType<ReturnType<typeof aChat>["event"]>;

/** A chat of a person who is known by that number; `pre` sent, it waits in an open section. */
const chatOf = (subject: string, phone: string | null, texts: readonly string[] = ["one", "two"]) => {
  const chat = aChat({ subject, texts });
  const [started, ...rest] = chat.opening() as [Event, ...Event[]];
  const data = started.data as { readonly parties: readonly object[] };
  const identifiers = phone === null ? [] : [{ kind: "phone", value: phone }];
  const parties = data.parties.map((party, n) => (n === 0 ? { ...party, identifiers } : party));
  return { ...chat, opening: () => [{ ...started, data: { ...data, parties } }, ...rest] };
};

/** A record that names a person and no conversation. */
const standing = (status: string, seconds: number, phone: string, purposes?: readonly string[]) => {
  const chat = aChat({ subject: `standing-${status}-${seconds}` });
  const event = chat.consent(status, seconds, purposes ? { purposes } : {});
  const { party: _, ...data } = event.data as Record<string, unknown>;
  const { subject: _s, ...rest } = event;
  return { ...rest, data: { ...data, scope: "standing", subject: { kind: "phone", value: phone } } };
};

const isTurn = (record: LogRecord): boolean =>
  headerText(record.headers, "ce_type") === "sotto.turn.added.v1" &&
  record.headers.some(([name]) => name === "admission");
const admittedTurns = async (d: Deployment): Promise<LogRecord[]> =>
  (await d.records(topics.admitted.name)).filter(isTurn);
const admitted = async (d: Deployment): Promise<number> => (await admittedTurns(d)).length;
const send = async (d: Deployment, ...events: readonly object[]): Promise<void> => {
  const statuses = await d.send(events);
  expect(new Set(statuses)).toEqual(new Set([202]));
};
const textsOf = async (d: Deployment): Promise<string[]> =>
  (await d.turns()).map(({ text }) => text ?? "").toSorted();
const endsOf = async (d: Deployment): Promise<string[]> =>
  (await d.audit()).flatMap((e) =>
    e.type === "sotto.audit.turns.ended.v1" ? e.ends.map(({ end, reason }) => `${end} ${reason}`) : [],
  );

test("1: a standing withdrawal stops that person's other conversations, and nobody else's", async () => {
  await using d = await deploy();
  const chats = [
    chatOf("mine", "+44 20 7946 0011", ["mine one", "mine two"]),
    chatOf("mine too", "0044 (20) 7946-0011", ["mine three"]),
    chatOf("hers", "+44 20 7946 0012", ["hers one", "hers two"]),
    chatOf("nobody's", null, ["nobody's one"]),
  ];
  for (const chat of chats) await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("all turns are admitted", async () => (await admitted(d)) === 6);
  await send(d, standing("withdrawn", 100, "+442079460011"));
  for (const chat of chats)
    await send(d, chat.turn(9, "after", { party: "customer", seconds: 120 }), chat.ending());
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ archived: 5, discarded: 5 });
  expect(await textsOf(d)).toEqual(["after", "after", "hers one", "hers two", "nobody's one"]);
  expect(new Set(await endsOf(d))).toEqual(new Set(["discarded CONSENT_WITHDRAWN"]));
});

test("1: a standing withdrawal stops what begins after it; what that person agrees to later is taken again", async () => {
  await using d = await deploy();
  await send(d, standing("withdrawn", 1, "+44 20 7946 0011"));
  const silent = chatOf("before", "+44 20 7946 0011", ["not taken"]);
  await send(d, ...silent.opening(), ...silent.turns(), silent.ending());
  const agreed = chatOf("after", "+44 20 7946 0011", ["taken"]);
  await send(d, ...agreed.opening(), agreed.consent("given", 5), ...agreed.turns(), agreed.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual(["taken"]);
});

test("1: a standing withdrawal reaches what that person said before the platform knew who it was", async () => {
  await using d = await deploy();
  const chat = chatOf("unknown", null, ["who I am"]);
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("the turn is admitted", async () => (await admitted(d)) === 1);
  const party = { id: "customer", role: "customer", language: "en", jurisdiction: "GB" };
  const identifiers = [{ kind: "phone", value: "+44 20 7946 0011" }];
  await send(d, chat.event("party.joined", 30, { party: { ...party, identifiers }, at: chat.at(30) }));
  await send(d, standing("withdrawn", 100, "+44 20 7946 0011"));
  await send(d, chat.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual([]);
});

const basisOf = (document: VCon | undefined) => {
  const basis = document?.attachments.find((one) => one.purpose === "lawful_basis");
  if (basis?.purpose !== "lawful_basis") throw new Error("A document has no lawful basis");
  return Object.fromEntries(basis.body.purpose_grants.map(({ purpose, granted }) => [purpose, granted]));
};

test.each(["before the turns", "after they are admitted"])(
  "1: an objection to one purpose, %s, takes that purpose and no other",
  async (when) => {
    await using d = await deploy();
    const chat = chatOf("objects", "+44 20 7946 0011");
    const objection = chat.consent("objected", 10, { purposes: ["qa_review"] });
    const begin = [...chat.opening(), chat.consent("given", 5)];
    await send(d, ...begin, ...(when === "before the turns" ? [objection] : []), ...chat.turns());
    await until("two turns are admitted", async () => (await admitted(d)) === 2);
    if (when !== "before the turns") await send(d, objection);
    await send(d, chat.ending());
    const { account } = await d.settled();
    expect(account.ends.archived).toBe(2);
    const [document] = await openedDocuments(d.platform);
    const basis = basisOf(document);
    expect({ qa_review: false, ...basis }).toEqual({
      transcription: true,
      analytics: true,
      qa_review: false,
    });
    for (const turn of await d.turns())
      expect([...turn.purposes].toSorted()).toEqual(["analytics", "transcription"]);
    if (when !== "before the turns" && document)
      expect(sectionOf(document).stopped).toMatchObject([{ purposes: ["qa_review"] }]);
  },
);

/** As an operator's command will put one there: sealed under the register key, by who may. */
const setFence = async (d: Deployment, fence: Fence, scope: string): Promise<{ key: string; at: number }> => {
  const key = `${fence.tenant}/${scope}/${fence.id}`;
  const generation = yearOf(fence.receivedAt);
  const place = { tenant: fence.tenant, conversation: null, slot: "register", generation } as const;
  const register = await d.platform.keys("cli").toSeal(place);
  const value = seal(encodeCbor(fence), register, { ...place, kind: "fence", name: key, headers: null });
  const [ack] = await d.platform.log.append([{ topic: topics.fences.name, key, value, headers: [] }]);
  expect(ack?.ok).toBe(true);
  return { key, at: Date.now() };
};

const killSwitch = (scope: Fence["scope"]): Fence => {
  const now = Date.now();
  return {
    v: 1,
    id: `f_kill_${now}`,
    kind: "kill_switch",
    tenant: "acme",
    scope,
    purposes: null,
    at: now,
    receivedAt: now,
  };
};

/** Held turns wait long enough for what these tests do to them. */
const patient: Changes["policy"] = (p) => ({ ...p, timing: { ...p.timing, holdMs: 60_000 } });

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

/** A log whose topic of fences stands still for everybody while `stalled`. */
const stalling = () => {
  let release: (() => void) | null = null;
  let stalled: Promise<void> = Promise.resolve();
  const changes: Pick<Changes, "beneath"> = {
    beneath: (log: LogClient) =>
      overLog(log, {
        ends: async (topic) => {
          if (topic === topics.fences.name) await stalled;
          return log.ends(topic);
        },
        follow: async function* (topic, partition, from, signal) {
          for await (const records of log.follow(topic, partition, from, signal)) {
            if (topic === topics.fences.name) await stalled;
            yield records;
          }
        },
      }),
  };
  return {
    changes,
    stall: () => {
      stalled = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release?.(),
    /** To be had after the deployment: it cannot be stopped while something in it stands still. */
    inTheEnd: () => ({ [Symbol.dispose]: () => release?.() }),
  };
};

/** Turns that were let through, and documents that landed, with the log's time. */
const moves = async (
  d: Deployment,
): Promise<{ readonly what: string; readonly at: number; readonly conversation: string | null }[]> => {
  const turns = (await admittedTurns(d)).map((r) => ({
    what: "admitted",
    at: r.timestamp,
    conversation: r.key,
  }));
  const landed = [];
  for (const record of await d.records(topics.landed.name)) {
    const said = await readLanded(d.platform.keys("cli"), record);
    if (said.object !== null) landed.push({ what: "landed", at: record.timestamp, conversation: record.key });
  }
  return [...turns, ...landed];
};

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

/** Two seconds are until the last append is begun; it takes its own time on a busy machine. */
const oneAppendMs = 200;

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

test.each<[string, readonly string[], readonly string[]]>([
  // Not for what was said before: that went with the withdrawal.
  ["said and received after it is taken", ["withdrawn 28", "given 40"], ["after"]],
  ["said after it but received before is not", ["given 40", "withdrawn 28"], []],
  ["received after it but said before is not", ["withdrawn 28", "given 20"], []],
  ["of another purpose is not", ["withdrawn 28", "given 40 qa_review"], []],
])("1: of a withdrawn consent, a new yes %s", async (_, records, texts) => {
  await using d = await deploy();
  const chat = chatOf("again", null, []);
  const say = (text: string, seconds: number) => chat.turn(seconds, text, { party: "customer", seconds });
  await send(d, ...chat.opening(), chat.consent("given", 5), say("before", 15));
  await until("it is admitted", async () => (await admitted(d)) === 1);
  for (const record of records) {
    const [status = "", seconds, purpose] = record.split(" ");
    await send(d, chat.consent(status, Number(seconds), purpose ? { purposes: [purpose] } : {}));
    await sleep(5);
  }
  await send(d, say("after", 50), chat.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual([...texts].toSorted());
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
