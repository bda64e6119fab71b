import { expect, test } from "vitest";

import { topics } from "@sotto/contracts";
import { readEvent } from "@sotto/stream";
import { aChat } from "./chat.ts";
import { deploy, until } from "./deployment.ts";

test("1, 3, 7: an agreed chat goes from event to sealed document, each decision told before it takes effect", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "agreed", texts: ["My e-mail is ada.lovelace@example.com", "Thank you"] });
  const statuses = await d.send([
    ...chat.opening(),
    chat.consent("given", 5),
    ...chat.turns(),
    chat.ending(),
  ]);
  expect(statuses.every((status) => status === 202)).toBe(true);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 2, ends: { archived: 2 }, held: 0, inFlight: 0, surplus: 0 });
  const turns = await d.turns();
  expect(turns.map((turn) => turn.text)).toEqual(["My e-mail is [EMAIL_1]", "Thank you"]);
  expect(turns[0]?.purposes).toEqual(["transcription", "qa_review", "analytics"]);
  const audit = await d.audit();
  const decision = audit.find(
    (e) => e.type === "sotto.audit.decision.made.v1" && e.purpose === "transcription",
  );
  expect(decision).toMatchObject({
    decision: "admit",
    reason: "ADMIT_CONSENT",
    from: 1,
    policy: { digest: d.platform.policy.digest },
  });
  const told = (await d.records(topics.audit.name)).find((r) =>
    Buffer.from(r.value ?? [])
      .toString()
      .includes(decision?.id ?? "-"),
  );
  const granted = (await d.records(topics.admitted.name)).find((r) =>
    r.headers.some(([name]) => name === "grant"),
  );
  expect(told?.timestamp).toBeLessThanOrEqual(granted?.timestamp ?? 0);
});

test("1: the gate opens no raw word, and what was never granted reaches nobody", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "silent" });
  await d.send([...chat.opening(), ...chat.turns(), chat.ending()]);
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ discarded: 2, archived: 0 });
  expect((await d.records(topics.admitted.name)).filter((r) => r.key !== null)).toEqual([]);
  expect(d.platform.keys("consent-gate").counts().opened["raw"] ?? 0).toBe(0);
  expect(d.platform.keys("redactor").counts().opened["raw"] ?? 0).toBe(0);
  const audit = await d.audit();
  expect(audit.find((e) => e.type === "sotto.audit.hold.expired.v1")).toMatchObject({
    reason: "CONSENT_MISSING",
  });
});

test("a consent that comes late releases what was held, in order", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "late", texts: ["one", "two", "three"] });
  await d.send([...chat.opening(), ...chat.turns()]);
  await until("three turns are held", async () => {
    const held = (await d.records(topics.gateState.name)).filter((r) => r.key?.includes("/held/") && r.value);
    return held.length === 3;
  });
  await d.send([chat.consent("given", 5), chat.ending()]);
  const { account } = await d.settled();
  expect(account.ends.archived).toBe(3);
  expect((await d.turns()).map((turn) => [turn.ordinal, turn.text])).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
});

test("a refusal discards, and its fence is on record before the sender is answered", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "refused" });
  await d.send([...chat.opening(), chat.consent("refused", 5)]);
  expect(await d.records(topics.fences.name)).toHaveLength(1);
  await d.send([...chat.turns(), chat.ending()]);
  const { account } = await d.settled();
  expect(account.ends.discarded).toBe(2);
  const ends = (await d.audit()).flatMap((e) => (e.type === "sotto.audit.turns.ended.v1" ? e.ends : []));
  expect(ends.map((end) => end.reason)).toEqual(["CONSENT_REFUSED", "CONSENT_REFUSED"]);
});

test("1: a withdrawal reaches turns that were admitted but not landed", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "withdrawn", texts: ["before", "also before", "after"] });
  const [one, two, three] = chat.turns();
  await d.send([...chat.opening(), chat.consent("given", 5), ...[one, two].flatMap((t) => t ?? [])]);
  await until(
    "two turns are admitted",
    async () =>
      (await d.records(topics.admitted.name)).filter((r) => r.headers.some(([n]) => n === "admission"))
        .length >= 2,
  );
  await d.send([chat.consent("withdrawn", 28), ...[three].flatMap((t) => t ?? []), chat.ending()]);
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ archived: 0, discarded: 3 });
  expect(await d.turns()).toEqual([]);
});

test("6: raw words die once every turn has an end: the key is gone, for the redactor too", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "dies" });
  await d.send([...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()]);
  await d.settled();
  const [turn] = (await d.records(topics.conversations.name)).filter((r) =>
    r.headers.some(([n, v]) => n === "ce_type" && String(v && Buffer.from(v)) === "sotto.turn.added.v1"),
  );
  const conversation = turn?.key ?? "";
  const keys = d.platform.keys("redactor");
  await until(
    "the raw slots are shredded",
    async () => (await keys.inspect("acme", conversation))?.raw.length === 0,
  );
  keys.forget(conversation);
  const event = readEvent(turn ?? { key: null, value: null, headers: [] });
  const generation = Math.floor((turn?.timestamp ?? 0) / d.platform.policy.timing.rawWindowMs);
  await expect(
    keys.toOpen({ slot: "raw", tenant: event.tenant, conversation, generation }),
  ).rejects.toMatchObject({ name: "KeyGoneError" });
  await until("it is told", async () =>
    (await d.audit()).some(
      (e) => e.type === "sotto.audit.key.shredded.v1" && e.conversation === conversation,
    ),
  );
});

test("repeats, reused ids and turns without a start end where they should", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "twice" });
  const all = [...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()];
  await d.send(all);
  await d.send(all);
  const [turn] = chat.turns();
  await d.send([{ ...all[4], data: { ...(turn?.data as object), id: "another" } }]);
  const orphan = aChat({ subject: "orphan" });
  await d.send(orphan.turns());
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ archived: 2, quarantined: 3 });
  expect(Object.fromEntries(account.quarantined)).toEqual({ ID_REUSED: 1, NOT_STARTED: 2 });
  expect((await d.turns()).length).toBe(2);
});

test("a recording without an engine ends in quarantine, unfetched", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "recorded" });
  const recording = chat.event("recording.available", 290, {
    id: "rec-1",
    uri: "https://recordings.example/rec-1.wav",
    mediaType: "audio/wav",
    startedAt: chat.at(20),
    channels: [{ index: 0, party: "customer" }],
  });
  await d.send([...chat.opening(), chat.consent("given", 5), recording, chat.ending()]);
  const { account } = await d.settled();
  expect(account.ends.quarantined).toBe(1);
  expect(Object.fromEntries(account.quarantined)).toEqual({ NO_SPEECH_ENGINE: 1 });
});
