import { expect, test } from "vitest";

import { sealEntry } from "@sotto/stream";

import { aChat, type Event } from "./events.ts";
import { day, hour, minute, openLab, setFence, start, type Gate } from "./lab.ts";
import { briefly, inShort } from "./told.ts";

const s = (seconds: number): number => start + seconds * 1000;

/** A chat in which everybody was told and agreed before 7 s. */
const agreed = async (gate: Gate, chat = aChat(start)) => {
  const all = [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })];
  for (const [n, event] of all.entries()) await gate.send(event, s(n + 1));
  return chat;
};
/** The same, but for the customer's yes. */
const silent = async (gate: Gate, chat = aChat(start)) => {
  const all = [chat.started(), chat.told(), chat.acknowledged()];
  for (const [n, event] of all.entries()) await gate.send(event, s(n + 1));
  return chat;
};

test("an event goes on untouched, words and all, bound to its grant by an admission that holds", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const { outputs } = await gate.send(chat.turn("t1", s(9)), s(10));
  const [grant, ...rest] = outputs;
  const under = typeof grant === "object" && "grant" in grant ? grant.grant : null;
  expect(under).toMatchObject({ from: 1, at: s(10), day: 20261121, conversation: "c_1", startedAt: start });
  expect(
    rest.map((one) =>
      typeof one === "object" && "ordinal" in one ? [one.ordinal, one.under, one.cut, one.words] : one,
    ),
  ).toEqual([0, 0, 0, 0, 1].map((ordinal) => [ordinal, under?.id, s(10), true]));
});

test("what follows from a record is told at the record's append time, whatever any clock says", async () => {
  await using lab = await openLab();
  lab.now = start + 400 * day;
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  const told = await gate.send(chat.consent({ at: s(8) }), s(20));
  expect(new Set(told.audit.map((event) => event.at))).toEqual(new Set([s(20)]));
  expect(told.entries.find(({ key }) => key.endsWith("turn/1"))?.info).toMatchObject({
    cut: s(20),
    at: s(10),
  });
});

test("a repeat of an event is told as a duplicate and changes nothing", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const turn = chat.turn("t1", s(9));
  await gate.send(turn, s(10));
  expect(await gate.send(turn, s(11))).toMatchObject({
    entries: [],
    outputs: [],
    audit: [{ type: "sotto.audit.event.duplicate.v1", of: turn.facts.id }],
  });
  expect(inShort(await gate.send(chat.turn("t2", s(12)), s(12)))).toEqual(["sent turn 2"]);
});

test.each<[string, (chat: ReturnType<typeof aChat>) => Event, string]>([
  [
    "an id that came before with other data",
    (chat) => chat.turn("t2", s(9), {}, { id: "e_1", digest: Buffer.from("other") }),
    "ID_REUSED",
  ],
  [
    "an event older than the horizon",
    (chat) => chat.turn("t2", s(11), {}, { time: s(11) - 7 * day - 1 }),
    "TOO_LATE",
  ],
])("%s is put aside, sealed as it came, and is not counted as a turn", async (_name, make, reason) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  await gate.send(chat.turn("t1", s(9), {}, { id: "e_1" }), s(10));
  const told = await gate.send(make(chat), s(11));
  const { offset } = gate.records.at(-1) ?? { offset: -1 };
  expect(told.outputs).toEqual([{ aside: reason, origin: `conversations/3/${offset}` }]);
  expect(briefly(told)).toEqual([`quarantined - ${reason}`, `aside ${reason}`]);
  expect(lab.counted).toContain(`quarantined ${reason}`);
  expect(inShort(await gate.send(chat.turn("t3", s(12)), s(12)))).toEqual(["sent turn 2"]);
});

test("an event that is exactly as old as the horizon is taken", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const told = await gate.send(chat.turn("t1", s(9), {}, { time: s(10) - 7 * day }), s(10));
  expect(inShort(told)).toContain("sent turn 1");
});

test("an edit that has to wait does not end itself when the turn it replaces has gone on", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  const lift = setFence(lab, { kind: "kill_switch", scope: {} });
  expect(inShort(await gate.send(chat.replaced("t1", "t1", s(11)), s(12)))).toEqual([
    "told transcription hold KILL_SWITCH from 2",
  ]);
  lift();
  expect(inShort(await gate.tick(s(13)))).toEqual([
    "told transcription admit ADMIT_CONSENT from 2",
    "sent turn 2",
  ]);
});

test("an edit reaches back only: a turn of that id which came later stays", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.replaced("t1", "t2", s(9)), s(10));
  await gate.send(chat.turn("t1", s(9)), s(11));
  expect(
    inShort(await gate.send(chat.consent({ at: s(12) }), s(12))).filter((line) =>
      line.startsWith("sent turn"),
    ),
  ).toEqual(["sent turn 1", "sent turn 2"]);
});

test("each time of a hold ends when it should: not a millisecond before", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  expect(inShort(await gate.tick(s(130) - 1))).toEqual([]);
  const told = await gate.tick(s(130));
  expect(inShort(told)).toEqual(["expired 1 CONSENT_MISSING", "ended 1 discarded CONSENT_MISSING"]);
  expect(told.audit[0]).toMatchObject({ type: "sotto.audit.hold.expired.v1", until: s(130) });
  expect(told.tombstones).toEqual(["c_1/held/1"]);
  expect(lab.counted).toContain("discard CONSENT_MISSING");
});

test("a turn that waited for its start tells the deadline it outlasted, not the one it was given first", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  await gate.send(chat.turn("t1", s(0)), s(1));
  await silent(gate, chat);
  await gate.tick(s(120));
  expect((await gate.tick(s(121))).audit[0]).toMatchObject({
    type: "sotto.audit.hold.expired.v1",
    until: s(121),
  });
});

test("a hold shorter than the linger lasts as long as the linger", async () => {
  await using lab = await openLab();
  lab.policy = { ...lab.policy, timing: { ...lab.policy.timing, holdMs: 1000, notStartedMs: 1000 } };
  const gate = await lab.open();
  const orphan = aChat(start, "c_2");
  await gate.send(orphan.turn("t1", s(0)), s(0));
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(4));
  expect(inShort(await gate.tick(s(10) - 1))).toEqual([]);
  expect(inShort(await gate.tick(s(10)))).toEqual(["quarantined 1 NOT_STARTED", "aside NOT_STARTED"]);
  expect(inShort(await gate.tick(s(14)))).toContain("ended 1 discarded CONSENT_MISSING");
});

test("a refusal that comes while a turn has waited longer than the linger ends it at once", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  await gate.tick(s(40));
  expect(inShort(await gate.send(chat.consent({ at: s(41), status: "refused" }), s(42)))).toEqual([
    "told transcription discard CONSENT_REFUSED from 1",
    "ended 1 discarded CONSENT_REFUSED",
  ]);
});

test("a fence that is set without an event takes hold at the next tick", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  setFence(lab, { kind: "objection", at: s(12), receivedAt: s(12) });
  expect(inShort(await gate.tick(s(13)))).toEqual(["told transcription discard OBJECTION_RECORDED from 1"]);
  expect(inShort(await gate.tick(s(20)))).toEqual(["ended 1 discarded OBJECTION_RECORDED"]);
});

test("a standing consent that arrives by itself lets a waiting turn go on at the next tick", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await silent(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  const record = aChat(start).consent({ at: start - hour, scope: "standing" });
  const consent = record.facts.kind === "consent.recorded" ? record.facts.data : null;
  if (!consent) throw new Error("not a consent");
  const { party: _nobody, ...rest } = consent;
  lab.standing.push({
    v: 1,
    tenant: "acme",
    source: "/test/acme",
    receivedAt: start - hour,
    consent: { ...rest, tokens: [`s1_${"0".repeat(25)}1`] },
  });
  const told = await gate.tick(s(13));
  expect(inShort(told)).toContain("sent turn 1");
  expect(JSON.stringify(told.audit)).not.toContain("s1_");
});

test("a recording is numbered and judged like a turn, heard by a recogniser", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const recording = chat.event("recording.available", {
    id: "r_1",
    mediaType: "audio/wav",
    startedAt: s(9),
    durationMs: 5000,
    channels: [{ index: 0, party: "p_cust" }],
  });
  const bare = chat.event("recording.available", {
    id: "r_2",
    mediaType: "audio/wav",
    startedAt: s(9),
    channels: [],
  });
  expect(inShort(await gate.send(recording, s(20)))).toContain("sent turn 1");
  expect(inShort(await gate.send(bare, s(21)))).toEqual(["sent turn 2"]);
});

test("facts after the end are legal, and go on under the grant in force", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  expect(inShort(await gate.send(chat.ended(s(11)), s(11)))).toEqual(["sent conversation.ended"]);
  expect(inShort(await gate.send(chat.turn("t2", s(12)), s(12)))).toEqual(["sent turn 2"]);
});

test("a conversation's id belongs to the tenant that began it", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const theirs = aChat(start, "c_1", { tenant: "other" });
  const record = await gate.record({ ...theirs.turn("t1", s(9)), content: null }, s(10));
  await expect(gate.ask(record)).rejects.toMatchObject({ reason: "FRAME_REFUSED" });
  expect(inShort(await gate.send(chat.turn("t1", s(11)), s(11)))).toContain("sent turn 1");
});

test("a header that passes for an admission is not passed on", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  const record = await gate.record(chat.turn("t1", s(9)), s(10));
  const forged = { ...record, headers: [["admission", Buffer.from("forged")] as const, ...record.headers] };
  const told = await gate.handle(forged);
  expect(inShort(told)).toContain("sent turn 1");
});

test("a turn more than a conversation may have is put aside, and facts go on", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  await gate.send(chat.turn("t1", s(9)), s(10));
  // What a conversation of 49,999 turns has in its entries, without sending them.
  const about = { line: "support", offset: 104, at: s(10), event: "e_last", digest: "x", window: null };
  const how = {
    cause: 104,
    cut: s(10),
    grant: null,
    end: { end: "discarded", reason: "CONSENT_MISSING" },
    expired: null,
  };
  const at = {
    day: 20261121,
    worker: "consent-gate",
    tenant: "acme",
    conversation: "c_1",
    entry: "turn/49999",
  };
  const key = await lab.keys.gate.toSeal({
    slot: "facts",
    tenant: "acme",
    conversation: null,
    generation: at.day,
  });
  gate.keep({ entries: [sealEntry({ key, ...at }, { k: "turn", ...about, ordinal: 49_999, ...how })] });
  await gate.restart();
  expect(inShort(await gate.send(chat.turn("t2", s(11)), s(11)))).toEqual(["sent turn 50000"]);
  expect(inShort(await gate.send(chat.turn("t3", s(12)), s(12)))).toEqual([
    "quarantined - TOO_MANY_TURNS",
    "aside TOO_MANY_TURNS",
  ]);
  expect(inShort(await gate.send(chat.ended(s(13)), s(13)))).toEqual(["sent conversation.ended"]);
});

test("a fence of a line stops what was said on that line, not what was said after a change of queue", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await agreed(gate);
  setFence(lab, { kind: "kill_switch", scope: { line: "support" } });
  await gate.send(chat.event("conversation.updated", { at: s(20), line: "sales" }), s(20));
  expect(inShort(await gate.send(chat.turn("t1", s(9)), s(21)))).toEqual([
    "told transcription hold KILL_SWITCH from 1",
  ]);
  expect(inShort(await gate.send(chat.turn("t2", s(25)), s(25)))).toContain("sent turn 2");
});

test("what is put aside leaves no trace in what comes after", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const old = { line: "sales", time: start - 8 * day, content: null } as const;
  await gate.send(aChat(start).turn("t0", s(0), {}, old), s(0));
  await gate.send(aChat(start).turn("t1", s(0)), s(1));
  expect((await gate.tick(s(31))).audit[0]).toMatchObject({ line: "support", ordinal: 1 });
});

test("turns of one conversation wait without keeping another's", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const waiting = await silent(gate);
  await gate.send(waiting.turn("t1", s(9)), s(10));
  const other = aChat(start, "c_2");
  await agreed(gate, other);
  expect(inShort(await gate.send(other.turn("t1", s(9)), s(11)))).toContain("sent turn 1");
  expect(inShort(await gate.tick(s(11) + minute))).toEqual([]);
});
