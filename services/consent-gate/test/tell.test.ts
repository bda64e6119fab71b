import { expect, test } from "vitest";

import { aChat } from "./events.ts";
import { day, openLab, setFence, start, type Gate } from "./lab.ts";
import { briefly, inShort, type Told } from "./told.ts";

const s = (seconds: number): number => start + seconds * 1000;
const begin = async (gate: Gate, ...more: "yes"[]) => {
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  if (more.includes("yes")) await gate.send(chat.consent({ at: s(5) }), s(6));
  return chat;
};
const grantsIn = (told: Told) =>
  told.outputs.flatMap((one) => (typeof one === "object" && "grant" in one ? [one.grant] : []));
const decisionsIn = (told: Told) =>
  told.audit.flatMap((one) => (one.type === "sotto.audit.decision.made.v1" ? [one] : []));

test("a decision is told with all that explains it, and no token", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate, "yes");
  const told = await gate.send(chat.turn("t1", s(9)), s(10));
  const [grant] = grantsIn(told);
  expect(decisionsIn(told).map((one) => one.purpose)).toEqual(["transcription", "qa_review", "analytics"]);
  expect(decisionsIn(told)[0]).toMatchObject({
    decision: "admit",
    reason: "ADMIT_CONSENT",
    from: 1,
    grant: grant?.id,
    policy: { version: lab.policy.version, digest: lab.policy.digest },
    evidence: ["prompt-1"],
    notice: ["staff-policy/2", "chat-privacy/3"],
    consents: [
      { party: "p_agent", method: "policy_ack" },
      {
        party: "p_cust",
        status: "given",
        method: "chat_button",
        evidence: { kind: "event", digest: "prompt-1" },
      },
    ],
    fences: [],
    conversation: "c_1",
    line: "support",
    tenant: "acme",
  });
  expect(JSON.stringify(told.audit)).not.toContain("s1_");
});

test("what stays as it is is told once: not by the next turn, the next tick, the next fact, or after a restart", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate);
  expect(decisionsIn(await gate.send(chat.turn("t1", s(9)), s(10)))).toHaveLength(3);
  const later = [
    await gate.send(chat.turn("t2", s(11)), s(11)),
    await gate.tick(s(12)),
    await gate.send(chat.event("conversation.updated", { at: s(13) }), s(13)),
  ];
  await gate.restart();
  later.push(await gate.tick(s(14)), await gate.send(chat.turn("t3", s(15)), s(15)));
  expect(later.flatMap((told) => told.audit)).toEqual([]);
});

test("two turns that wait for different reasons are told once each, however many ticks go by", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate);
  await gate.send(chat.turn("t1", s(9)), s(9));
  await gate.send(chat.paused(s(10)), s(10));
  expect(inShort(await gate.send(chat.turn("t2", s(11)), s(11)))).toEqual([
    "told transcription discard CAPTURE_PAUSED from 2",
  ]);
  for (const at of [12, 13, 14]) expect(briefly(await gate.tick(s(at)))).toEqual([]);
  expect(inShort(await gate.send(chat.paused(s(15), "resumed"), s(15)))).toEqual([]);
  expect(inShort(await gate.send(chat.turn("t3", s(16)), s(16)))).toEqual([
    "told transcription hold CONSENT_MISSING from 3",
  ]);
});

test("a decision that comes back under the grant in force is told again", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate, "yes");
  const first = await gate.send(chat.turn("t1", s(9)), s(10));
  const lift = setFence(lab, { kind: "kill_switch", scope: {} });
  await gate.send(chat.turn("t2", s(11)), s(11));
  lift();
  const told = await gate.tick(s(12));
  expect(inShort(told)).toEqual(["told transcription admit ADMIT_CONSENT from 2", "sent turn 2"]);
  expect(decisionsIn(told)[0]?.grant).toBe(grantsIn(first)[0]?.id);
  expect(briefly(await gate.send(chat.turn("t3", s(13)), s(13)))).toEqual(["sent turn 3"]);
});

test("a purpose that is not admitted names no grant, and is not told again for a new one", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate);
  await gate.send(chat.consent({ at: s(5), purposes: ["transcription"] }), s(6));
  const told = await gate.send(chat.turn("t1", s(9)), s(10));
  expect(
    decisionsIn(told).map(({ purpose, decision, grant }) => [purpose, decision, grant === null]),
  ).toEqual([
    ["transcription", "admit", false],
    ["qa_review", "hold", true],
    ["analytics", "hold", true],
  ]);
  const next = await gate.send(chat.turn("t2", s(9) + day), s(10) + day);
  expect(decisionsIn(next).map(({ purpose }) => purpose)).toEqual(["transcription"]);
});

test("a change of a purpose beside the leading one is told though the grant stays", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate);
  await gate.send(chat.consent({ at: s(5), purposes: ["transcription"] }), s(6));
  await gate.send(chat.turn("t1", s(9)), s(10));
  setFence(lab, { kind: "objection", purposes: ["analytics"], at: s(11), receivedAt: s(11) });
  expect(briefly(await gate.send(chat.turn("t2", s(12)), s(12)))).toEqual([
    "told analytics discard OBJECTION_RECORDED from 2",
    "sent turn 2",
  ]);
});

test.each<[string, number, (chat: ReturnType<typeof aChat>, gate: Gate) => Promise<unknown>]>([
  ["more purposes", 1, (chat, gate) => gate.send(chat.consent({ at: s(11) }), s(11))],
  [
    "a second yes beside the first",
    0,
    (chat, gate) => gate.send(chat.consent({ at: s(11), purposes: ["transcription"] }), s(11)),
  ],
  [
    "another yes in place of the first",
    1,
    async (chat, gate) => {
      await gate.send(chat.consent({ at: s(11), status: "withdrawn", purposes: ["transcription"] }), s(11));
      await gate.send(chat.consent({ at: s(12), purposes: ["transcription"] }), s(13));
    },
  ],
  ["another day", 1, (_chat, gate) => gate.tick(s(11) + day)],
  ["nothing new", 0, (_chat, gate) => gate.tick(s(11))],
  [
    "a fence that is answered",
    1,
    async (chat, gate) => {
      setFence(gate.lab, { kind: "withdrawal", at: s(11), receivedAt: s(11) });
      await gate.send(chat.consent({ at: s(11), status: "withdrawn", purposes: ["transcription"] }), s(11));
      await gate.send(chat.consent({ at: s(12), purposes: ["transcription"] }), s(13));
    },
  ],
  [
    "somebody who joins and has agreed",
    1,
    async (chat, gate) => {
      await gate.send(
        chat.event("party.joined", {
          at: s(11),
          party: { id: "p_2", role: "agent", jurisdiction: "GB", tokens: [`s1_${"2".repeat(26)}`] },
        }),
        s(11),
      );
      await gate.send(
        chat.consent({
          at: s(11),
          party: "p_2",
          method: "policy_ack",
          notice: { id: "staff-policy", version: "2" },
        }),
        s(12),
      );
    },
  ],
])("%s: so many new grants: %i", async (_name, count, between) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate);
  await gate.send(chat.consent({ at: s(5), purposes: ["transcription"] }), s(6));
  const before = grantsIn(await gate.send(chat.turn("t1", s(9)), s(10)));
  await between(chat, gate);
  const at = Math.max(s(20), (gate.records.at(-1)?.timestamp ?? 0) + 1000);
  const told = await gate.send(chat.turn("t2", s(20)), at);
  const made = grantsIn(told);
  expect(made).toHaveLength(count);
  const under = told.outputs.flatMap((one) =>
    typeof one === "object" && "ordinal" in one ? [one.under] : [],
  );
  expect(under).toEqual([(made[0] ?? before[0])?.id]);
  expect(made.map((grant) => grant.from)).toEqual(count === 0 ? [] : [2]);
});

test("a turn with a lower number than the grant in force gets a grant that covers it", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate, "yes");
  await gate.send(chat.paused(s(10)), s(10));
  await gate.send(chat.turn("t1", s(11)), s(11));
  await gate.send(chat.paused(s(13), "resumed"), s(13));
  await gate.send(chat.turn("t2", s(14)), s(14));
  // The source corrects itself: the pause had ended before the first turn.
  const told = await gate.send(chat.paused(s(11) - 500, "resumed"), s(15));
  expect(grantsIn(told).map((grant) => grant.from)).toEqual([1]);
  expect(inShort(told)).toEqual([
    "told transcription admit ADMIT_CONSENT from 1",
    "sent capture.changed",
    "grant from 1",
    "sent turn 1",
  ]);
});

test("what a conversation says of itself goes out once, with the first grant; later facts as they come", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = await begin(gate, "yes");
  const first = await gate.send(chat.turn("t1", s(9)), s(10));
  const second = await gate.send(chat.turn("t2", s(9) + day), s(10) + day);
  const third = await gate.send(chat.ended(s(11) + day), s(11) + day);
  const kinds = (told: Told) =>
    told.outputs.flatMap((one) => (typeof one === "object" && "kind" in one ? [one.kind] : []));
  expect([first, second, third].map(kinds)).toEqual([
    ["conversation.started", "notice.delivered", "consent.recorded", "consent.recorded", "turn.added"],
    ["turn.added"],
    ["conversation.ended"],
  ]);
});

test("a line that policy does not know has its turns wait in vain, and that is told as a decision too", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start, "c_1", { line: "nowhere" });
  await gate.send(chat.started(), s(1));
  expect(briefly(await gate.send(chat.turn("t1", s(9)), s(10)))).toEqual([
    "told transcription hold PURPOSE_PROHIBITED from 1",
  ]);
  expect(briefly(await gate.tick(s(130)))).toEqual([
    "expired 1 PURPOSE_PROHIBITED",
    "ended 1 discarded PURPOSE_PROHIBITED",
  ]);
});

test.each([
  ["many", 1],
  ["long", 32],
])(
  "more consents (%s ones), fences and names of evidence than an entry of the log takes are cut, and the turn goes on",
  async (_how, length) => {
    await using lab = await openLab();
    const gate = await lab.open();
    const chat = await begin(gate);
    const purposes = Array.from({ length }, () => "transcription");
    for (let n = 0; n < 70; n += 1) {
      const evidence = { kind: "event", digest: n % 2 === 0 ? "sha256:aa" : `digest-${n}` } as const;
      await gate.send(chat.consent({ at: s(4), status: "pending", purposes, evidence }), s(5));
    }
    await gate.send(chat.consent({ at: s(5) }), s(6));
    for (let n = 0; n < 1100; n += 1) setFence(lab, { kind: "objection", purposes: [`other-${n}`] });
    const told = await gate.send(chat.turn("t1", s(9)), s(10));
    expect(inShort(told)).toContain("sent turn 1");
    for (const event of told.audit) expect(JSON.stringify(event).length).toBeLessThan(65_535);
    const stoodOn = grantsIn(told)[0]?.consents.map(({ id }) => id);
    const [decision] = decisionsIn(told);
    expect(decision?.consents.slice(0, 2).map((consent) => consent["id"])).toEqual(stoodOn);
    expect(decision?.consents.length).toBeGreaterThan(10);
    expect(JSON.stringify(decision?.consents).length).toBeLessThan(33_000);
    expect(decision?.evidence.every((digest) => !digest.includes(":"))).toBe(true);
  },
);
