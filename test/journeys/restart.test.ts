import { expect, test } from "vitest";

import { topics } from "@sotto/contracts";
import type { LogClient, OutRecord } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy, until } from "./deployment.ts";

/** A log on which no worker's progress is ever kept: after a restart every record is read again, state and all. */
const forgetful = (log: LogClient): LogClient => ({
  ...bound(log),
  join: async (options) => {
    const member = await log.join(options);
    return {
      fetch: member.fetch.bind(member),
      committed: member.committed.bind(member),
      commit: () => Promise.resolve("ok"),
      heartbeatAgeMs: member.heartbeatAgeMs.bind(member),
      leave: member.leave.bind(member),
    };
  },
});

const bound = (log: LogClient): LogClient => ({
  append: (records) => log.append(records),
  join: (options) => log.join(options),
  read: (topic, partition, from, to) => log.read(topic, partition, from, to),
  follow: (topic, partition, from, signal) => log.follow(topic, partition, from, signal),
  ends: (topic) => log.ends(topic),
  committedOffsets: (group) => log.committedOffsets(group),
  topics: () => log.topics(),
  ensureTopics: (specs) => log.ensureTopics(specs),
  [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
});

/** A log on which nothing can be appended to that topic: a crash between a worker's entries and its outputs. */
const closedTo =
  (topic: string) =>
  (log: LogClient): LogClient => ({
    ...bound(log),
    append: async (records) => {
      const away = { ok: false, retriable: true, unknown: false, error: new Error("away") } as const;
      const isMine = (record: OutRecord) =>
        record.key !== null &&
        record.topic === topic &&
        !Buffer.from(record.value ?? []).includes('"ingest"');
      return records.some(isMine) ? records.map(() => away) : log.append(records);
    },
  });

test.each([topics.admitted.name, topics.redacted.name, topics.landed.name, topics.audit.name])(
  "3: a crash after the entries and before anything got onto `%s` loses nothing",
  async (topic) => {
    await using d = await deploy({ log: closedTo(topic) });
    const agreed = aChat({ subject: "agreed", texts: ["one", "two", "three"] });
    const late = aChat({ subject: "late", texts: ["four"] });
    const refused = aChat({ subject: "refused", texts: ["five"] });
    await d.send([...agreed.opening(), agreed.consent("given", 5), ...agreed.turns(), agreed.ending()]);
    await d.send([...late.opening(), ...late.turns(), late.consent("given", 5), late.ending()]);
    await d.send([...refused.opening(), refused.consent("refused", 5), ...refused.turns(), refused.ending()]);
    await until("entries are written", async () => (await d.records(topics.gateState.name)).length > 0);
    await d.restart();
    const { account } = await d.settled();
    expect(account).toMatchObject({ accepted: 5, ends: { archived: 4, discarded: 1 }, surplus: 0 });
    expect(
      (await d.turns()).map((turn) => turn.text).toSorted((a, b) => (a ?? "").localeCompare(b ?? "")),
    ).toEqual(["four", "one", "three", "two"]);
  },
);

test("3: a restart in the middle of everything loses nothing and doubles nothing", async () => {
  await using d = await deploy();
  const agreed = aChat({ subject: "agreed", texts: ["one", "two", "three", "four"] });
  const late = aChat({ subject: "late", texts: ["five", "six"] });
  const [one, two, ...rest] = agreed.turns();
  await d.send([...agreed.opening(), agreed.consent("given", 5), one ?? {}, two ?? {}]);
  await d.send([...late.opening(), ...late.turns()]);
  await until("two turns are held", async () =>
    (await d.records(topics.gateState.name)).some((r) => r.key?.includes("/held/2")),
  );
  await d.restart();
  await d.send([...rest, agreed.ending(), late.consent("given", 5), late.ending()]);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 6, ends: { archived: 6 }, surplus: 0 });
  const texts = (await d.turns()).map((turn) => turn.text ?? "").toSorted((a, b) => a.localeCompare(b));
  expect(texts).toEqual(["five", "four", "one", "six", "three", "two"]);
});

test("3: what is read again after a crash before the commit is said again, not decided again", async () => {
  await using d = await deploy({ log: forgetful });
  const agreed = aChat({ subject: "agreed", texts: ["one", "two", "three"] });
  const refused = aChat({ subject: "refused", texts: ["four", "five"] });
  await d.send([...agreed.opening(), agreed.consent("given", 5), ...agreed.turns()]);
  await d.send([...refused.opening(), refused.consent("refused", 5), ...refused.turns(), refused.ending()]);
  await d.settledBut(3);
  const before = await d.audit();
  await d.restart();
  await d.send([agreed.ending()]);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 5, ends: { archived: 3, discarded: 2 }, surplus: 0 });
  expect((await d.turns()).map((turn) => [turn.ordinal, turn.text])).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
  const decisions = (await d.audit()).filter((e) => e.type === "sotto.audit.decision.made.v1");
  expect(decisions).toEqual(before.filter((e) => e.type === "sotto.audit.decision.made.v1"));
});
