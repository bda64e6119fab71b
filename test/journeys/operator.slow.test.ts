import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { topics } from "@sotto/contracts";
import { headerText } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { sotto, type Ran } from "./commands.ts";
import { deploy, until, type Changes, type Deployment } from "./deployment.ts";

type Event = ReturnType<ReturnType<typeof aChat>["event"]>;

const phone = "+44 20 7946 0321";

/** A chat of a person who is known by that number. */
const chatOf = (subject: string, texts: readonly string[] = ["one", "two"]) => {
  const chat = aChat({ subject, texts });
  const [started, ...rest] = chat.opening() as [Event, ...Event[]];
  const data = started.data as { readonly parties: readonly object[] };
  const identifiers = [{ kind: "phone", value: phone }];
  const parties = data.parties.map((party, n) => (n === 0 ? { ...party, identifiers } : party));
  return { ...chat, opening: () => [{ ...started, data: { ...data, parties } }, ...rest] };
};

/** Held turns wait long enough for what these tests do to them. */
const patient: Changes["policy"] = (p) => ({ ...p, timing: { ...p.timing, holdMs: 60_000 } });

const send = async (d: Deployment, ...events: readonly object[]): Promise<void> => {
  expect(new Set(await d.send(events))).toEqual(new Set([202]));
};
const textsOf = async (d: Deployment): Promise<(string | null)[]> =>
  (await d.turns()).map(({ text }) => text).toSorted(byText);
const byText = (a: string | null, b: string | null): number => ((a ?? "") < (b ?? "") ? -1 : 1);
const live = async (d: Deployment, topic: string, what: string): Promise<number> => {
  const entries = new Map((await d.records(topic)).map(({ key, value }) => [key, value]));
  return [...entries].filter(([key, value]) => value !== null && key?.includes(`/${what}/`)).length;
};
const heldOf = (d: Deployment): Promise<number> => live(d, topics.gateState.name, "held");
const openOf = (d: Deployment): Promise<number> => live(d, topics.redactorState.name, "open");
const conversationOf = async (d: Deployment): Promise<string> =>
  (await d.records(topics.conversations.name)).find(({ key }) => key !== null)?.key ?? "";
const json = <T>({ code, out, err }: Ran): T => {
  expect([code, err, code === 0]).toEqual([code, err, true]);
  return JSON.parse(out) as T;
};

test("1: an operator's kill switch holds a line, and lets it go when it is lifted", async () => {
  await using d = await deploy({ policy: patient });
  const chat = chatOf("held");
  await send(d, ...chat.opening(), ...chat.turns());
  await until("two turns are held", async () => (await heldOf(d)) === 2);
  const set = ["fence", "set", "kill-switch", "--tenant", "acme", "--line", "support"];
  const { id } = json<{ id: string }>(await sotto(d, [...set, "--json"]));
  expect(json(await sotto(d, [...set, "--json"]))).toMatchObject({ id, isNew: false });
  await sleep(2000);
  await send(d, chat.consent("given", 5), chat.ending());
  const sales = aChat({ subject: "sales", texts: ["of sales"], line: "sales" });
  const consent = sales.consent("given", 5, { purposes: ["transcription", "qa_review"] });
  await send(d, ...sales.opening(), consent, ...sales.turns(), sales.ending());
  await until("the other line goes on", async () => (await textsOf(d)).length === 1);
  expect(await textsOf(d)).toEqual(["of sales"]);
  expect(json(await sotto(d, ["fence", "list", "--json"]))).toMatchObject({
    fences: [{ id, kind: "kill_switch", tenant: "acme", scope: "line support", purposes: null }],
    unreadable: 0,
  });
  expect((await sotto(d, ["fence", "lift", id])).out).toBe(`lifted ${id}: kill_switch, line support\n`);
  await d.settled();
  expect(await textsOf(d)).toEqual(["of sales", "one", "two"]);
  expect((await sotto(d, ["fence", "lift", id])).code).toBe(4);
  const told = (await d.audit()).flatMap((e) => (e.type.includes(".fence.") ? [e.type.split(".")[3]] : []));
  expect(told).toEqual(["set", "lifted"]);
});

test("1: a restriction holds one conversation in an open section, and nobody else's", async () => {
  await using d = await deploy({ policy: patient });
  const chat = chatOf("restricted");
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("two turns wait", async () => (await openOf(d)) === 2);
  const conversation = await conversationOf(d);
  const set = ["fence", "set", "restriction", "--conversation", conversation, "--json"];
  const { id } = json<{ id: string }>(await sotto(d, set));
  await sleep(2000);
  const other = chatOf("other", ["three"]);
  await send(
    d,
    chat.ending(),
    ...other.opening(),
    other.consent("given", 5),
    ...other.turns(),
    other.ending(),
  );
  await until("the other one lands", async () => (await textsOf(d)).length === 1);
  expect(await textsOf(d)).toEqual(["three"]);
  expect((await sotto(d, ["fence", "lift", id])).code).toBe(0);
  await d.settled();
  expect(await textsOf(d)).toEqual(["one", "three", "two"]);
});

test("an operator fences nothing that is not there, and lifts nothing that is somebody else's", async () => {
  await using d = await deploy();
  const wrong = [
    ["fence", "set", "kill-switch"],
    ["fence", "set", "kill-switch", "--tenant", "acmee"],
    ["fence", "set", "kill-switch", "--tenant", "acme", "--line", "suport"],
    ["fence", "set", "kill-switch", "--tenant", "acme", "--source", "/acme/emae"],
    ["fence", "set", "restriction"],
    ["fence", "set", "erasure"],
    ["fence", "lift"],
  ];
  for (const args of wrong) expect([args, (await sotto(d, args)).code]).toEqual([args, 2]);
  const nobody = ["fence", "set", "restriction", "--conversation", "c_nobody"];
  expect((await sotto(d, nobody)).code).toBe(4);
  expect(await d.records(topics.fences.name)).toEqual([]);
  const chat = chatOf("refuses");
  await send(d, ...chat.opening(), chat.consent("refused", 5));
  const { fences } = json<{ fences: { id: string }[] }>(await sotto(d, ["fence", "list", "--json"]));
  const lifted = await sotto(d, ["fence", "lift", fences[0]?.id ?? ""]);
  expect(lifted).toMatchObject({ code: 3, out: "" });
  expect((await d.records(topics.fences.name)).filter(({ value }) => value === null)).toEqual([]);
});

/** Nothing that names the person, in any spelling or as a token, is said or kept. */
const expectUntold = async (d: Deployment, ran: readonly Ran[]): Promise<void> => {
  const all = [topics.audit, topics.fences, topics.consents].map(({ name }) => d.records(name));
  const records = (await Promise.all(all)).flat();
  let said = ran.map(({ out, err }) => out + err).join("") + d.logLines.map(String).join("");
  for (const { key, value } of records) said += ` ${key} ${Buffer.from(value ?? []).toString("latin1")}`;
  for (const secret of [phone, "79460321", "7946 0321", "442079460321"]) expect(said).not.toContain(secret);
  expect(said).not.toMatch(/s\d+_[0-9a-z]{26}/);
};

test("1: a withdrawal recorded by hand stops a person's conversations before they land, and names nobody", async () => {
  await using d = await deploy();
  const chats = [chatOf("mine"), chatOf("mine too", ["three"])];
  for (const chat of chats) await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("three turns wait", async () => (await openOf(d)) === 3);
  const withdrawn = ["--tenant", "acme", "--status", "withdrawn", "--purposes", "all", "--method", "signed"];
  const by = ["--subject", "phone:-"];
  const ran = await sotto(d, ["consent", "record", ...by, ...withdrawn, "--json"], {
    stdin: "0044 (20) 7946-0321\n",
  });
  const { record, fence } = json<{ record: string; fence: string }>(ran);
  await sleep(2000);
  for (const chat of chats) await send(d, chat.ending());
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ archived: 0, discarded: 3 });
  const list = await sotto(d, [
    "consent",
    "list",
    "--subject",
    `phone:${phone}`,
    "--tenant",
    "acme",
    "--json",
  ]);
  const { records } = json<{ records: { id: string; status: string }[] }>(list);
  expect(new Map(records.map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [fence, "withdrawal"],
      [record, "withdrawn"],
    ]),
  );
  const table = await sotto(d, ["consent", "list", "--subject", `phone:${phone}`, "--tenant", "acme"]);
  expect(table.out).toMatch(
    /withdrawal .*standing[\s\S]*withdrawn .*signed .*standing|withdrawn[\s\S]*withdrawal/,
  );
  const told = (await d.audit()).filter(({ service }) => service === "cli");
  expect(told).toMatchObject([
    { type: "sotto.audit.event.accepted.v1", types: { "consent.recorded": 1 }, tenant: "acme" },
    { type: "sotto.audit.fence.set.v1", kind: "withdrawal", scope: "standing", record: fence },
  ]);
  await expectUntold(d, [ran, list, table]);
});

test("1: an objection recorded by hand to one conversation takes one purpose of that conversation", async () => {
  await using d = await deploy();
  const [mine, other] = [chatOf("mine"), chatOf("other", ["three"])];
  await send(d, ...mine.opening(), mine.consent("given", 5), ...mine.turns());
  await until("two turns wait", async () => (await openOf(d)) === 2);
  const conversation = await conversationOf(d);
  const about = ["--conversation", conversation];
  const objected = ["--status", "objected", "--purposes", "qa_review", "--method", "spoken"];
  expect((await sotto(d, ["consent", "record", ...about, ...objected])).code).toBe(0);
  await sleep(2000);
  await send(d, mine.ending());
  await send(d, ...other.opening(), other.consent("given", 5), ...other.turns(), other.ending());
  await d.settled();
  const purposes = (await d.turns()).map((turn) => [turn.text, new Set(turn.purposes)] as const);
  expect(new Map(purposes)).toEqual(
    new Map([
      ["one", new Set(["analytics", "transcription"])],
      ["three", new Set(["analytics", "qa_review", "transcription"])],
      ["two", new Set(["analytics", "transcription"])],
    ]),
  );
  const { records } = json<{ records: Record<string, unknown>[] }>(
    await sotto(d, ["consent", "list", ...about, "--json"]),
  );
  expect(records).toMatchObject([
    { is: "consent", status: "given", method: "policy_ack", notice: "staff-policy/2" },
    { is: "consent", status: "given", method: "chat_button", notice: "chat-privacy/3", evidence: "prompt-1" },
    { is: "fence", status: "objection", purposes: ["qa_review"], scope: "conversation" },
  ]);
});

test("a yes recorded by hand lets a person's held turns through", async () => {
  await using d = await deploy({ policy: patient });
  const chat = chatOf("asks later");
  await send(d, ...chat.opening(), ...chat.turns());
  await until("two turns are held", async () => (await heldOf(d)) === 2);
  const given = ["consent", "record", "--subject", `phone:${phone}`, "--tenant", "acme", "--status", "given"];
  const how = ["--purposes", "transcription,qa_review,analytics", "--method", "signed", "--at", chat.at(5)];
  expect((await sotto(d, [...given, ...how])).code).toBe(2);
  const proved = [...how, "--notice", "chat-privacy/3", "--evidence", "letter-1"];
  expect((await sotto(d, [...given, ...proved])).code).toBe(0);
  await send(d, chat.ending());
  const { account } = await d.settled();
  expect(account.ends.archived).toBe(2);
  expect(await d.records(topics.fences.name)).toEqual([]);
});

test("a consent that would stop nothing, or everybody, is not recorded", async () => {
  await using d = await deploy();
  const chat = chatOf("known");
  await send(d, ...chat.opening());
  const conversation = await conversationOf(d);
  const no = ["--status", "withdrawn", "--purposes", "transcription", "--method", "signed"];
  const yes = ["--status", "given", "--purposes", "transcription", "--method", "signed", "--evidence", "x"];
  const subject = ["--subject", `phone:${phone}`];
  const cases: [number, string[]][] = [
    [2, [...no]],
    [2, [...subject, ...no]],
    [2, [...subject, "--tenant", "acmee", ...no]],
    [2, ["--subject", "phone:anonymous", "--tenant", "acme", ...no]],
    [2, ["--subject", phone, "--tenant", "acme", ...no]],
    [2, [...subject, "--tenant", "acme", ...no.with(3, "transcripton")]],
    [2, [...subject, "--tenant", "acme", ...no.with(1, "revoked")]],
    [2, [...subject, "--tenant", "acme", ...no, "--at", "2999-01-01T00:00:00Z"]],
    [2, [...subject, "--conversation", conversation, "--tenant", "acme", ...no]],
    [3, ["--conversation", conversation, ...yes]],
    [4, ["--conversation", "c_nobody", ...no]],
    [4, ["--conversation", conversation, "--tenant", "other", ...no]],
  ];
  const ran: Ran[] = [];
  for (const [code, args] of cases) {
    const one = await sotto(d, ["consent", "record", ...args]);
    expect([args, one.code]).toEqual([args, code]);
    ran.push(one);
  }
  expect(await d.records(topics.fences.name)).toEqual([]);
  expect(await d.records(topics.consents.name)).toEqual([]);
  await expectUntold(d, ran);
});

test("3: what was put aside is listed without a word of it, and given up once it is dropped", async () => {
  await using d = await deploy();
  await send(d, ...aChat({ subject: "orphan", texts: ["the heron", "on the weir"] }).turns());
  const { account } = await d.settled();
  expect(account.ends.quarantined).toBe(2);
  const listed = await sotto(d, ["quarantine", "list", "--json"]);
  const { records } = json<{ records: { origin: string; conversation: string }[] }>(listed);
  const conversation = await conversationOf(d);
  expect(records).toMatchObject([
    { reason: "NOT_STARTED", type: "sotto.turn.added.v1", conversation, tenant: "acme" },
    { reason: "NOT_STARTED", type: "sotto.turn.added.v1", conversation, tenant: "acme" },
  ]);
  const origin = records[0]?.origin ?? "";
  const shown = await sotto(d, ["quarantine", "show", origin, "--json"]);
  expect(json(shown)).toMatchObject({ origin, reason: "NOT_STARTED", ordinals: [1], canBeReleased: false });
  const text = [
    listed,
    shown,
    await sotto(d, ["quarantine", "list"]),
    await sotto(d, ["quarantine", "show", origin]),
  ];
  for (const { out, err } of text) expect(out + err).not.toMatch(/heron|weir/);
  expect((await sotto(d, ["quarantine", "release", origin, "--yes"])).code).toBe(3);
  expect((await sotto(d, ["quarantine", "drop", origin])).code).toBe(2);
  expect((await sotto(d, ["quarantine", "drop", "conversations/0/999", "--yes"])).code).toBe(4);
  expect((await sotto(d, ["quarantine", "drop", origin, "--yes"])).out).toBe(`dropped ${origin}: turns 1\n`);
  expect((await sotto(d, ["quarantine", "drop", origin, "--yes"])).code).toBe(4);
  expect(json<{ records: object[] }>(await sotto(d, ["quarantine", "list", "--json"])).records).toHaveLength(
    1,
  );
  const after = (await d.settled()).account;
  expect(after.ends).toMatchObject({ discarded: 1, quarantined: 1 });
  expect(Object.fromEntries(after.quarantined)).toEqual({ NOT_STARTED: 1 });
  // Erased, it is nobody's to put back any more.
  const asked = await sotto(d, ["erase", conversation], { isTty: true, stdin: "y\n" });
  expect([asked.code, asked.err]).toEqual([0, expect.stringContaining(`Erase ${conversation} for good?`)]);
  expect((await sotto(d, ["quarantine", "show", records[1]?.origin ?? ""])).code).toBe(5);
  expect(json<{ records: object[] }>(await sotto(d, ["quarantine", "list", "--json"])).records).toEqual([]);
  expect((await d.settled()).account).toMatchObject({ ends: { erased: 2 }, surplus: 0, inFlight: 0 });
});

test("3: a section that a fault put aside lands once it is released, and is counted once", async () => {
  let isBroken = true;
  await using d = await deploy({
    platform: (p) => ({
      ...p,
      archive: {
        ...p.archive,
        putIfAbsent: (name, bytes) => {
          if (isBroken) throw new TypeError("a bug of ours");
          return p.archive.putIfAbsent(name, bytes);
        },
      },
    }),
  });
  const chat = chatOf("unlucky");
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending());
  await until("it is put aside", async () => (await d.records(topics.quarantine.name)).length > 0);
  const { records } = json<{ records: { origin: string }[] }>(
    await sotto(d, ["quarantine", "list", "--reason", "HANDLER_FAILED", "--json"]),
  );
  const origin = records[0]?.origin ?? "";
  expect(origin).toMatch(/^redacted\/\d+\/\d+$/);
  isBroken = false;
  expect((await sotto(d, ["quarantine", "release", origin, "--yes"])).out).toBe(`released ${origin}\n`);
  await until("it lands", async () => (await textsOf(d)).length === 2);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 2, ends: { archived: 2, quarantined: 0 }, surplus: 0 });
  expect(account.quarantined.size).toBe(0);
  expect((await sotto(d, ["quarantine", "release", origin, "--yes"])).code).toBe(4);
  const [first, second] = (await d.records(topics.redacted.name)).map(
    ({ partition, key, value, headers }) => ({
      partition,
      key,
      value,
      section: headerText(headers, "section"),
      headers: headers.length,
    }),
  );
  expect(second).toEqual(first);
  const told = (await d.audit()).filter(({ type }) => type === "sotto.audit.turn.released.v1");
  expect(told).toMatchObject([{ service: "cli", reason: "HANDLER_FAILED", tenant: "acme" }]);
});
