import fc from "fast-check";
import { expect, test } from "vitest";

import { UnavailableError } from "@sotto/envelope";

import { aChat, type Chat, type Event } from "./events.ts";
import { away, day, instead, openLab, setFence, start, type Gate } from "./lab.ts";
import { withShadows } from "./shadows.ts";
import { s, stories } from "./stories.ts";
import { briefly, inShort } from "./told.ts";

test.each(stories)("wherever the process dies in it, the story ends the same: %s", async (_name, steps) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const shadows = withShadows(gate);
  let lift = (): void => {};
  for (const [at, what] of steps(aChat(start))) {
    if (what === "lift") lift();
    else if (what === "restart") await gate.restart();
    else if (typeof what === "object" && "fence" in what) lift = setFence(lab, what.fence);
    else {
      await shadows.handle(await gate.record(what, s(at)));
      await shadows.crashEverywhere();
    }
  }
});

const wait = fc.integer({ min: 0, max: 12 }).map((seconds) => ({ wait: seconds }));
const who = fc.constantFrom(0, 1);
const doing = fc.record({
  who,
  does: fc.constantFrom(
    ...([
      "turn",
      "turn",
      "turn",
      "edit",
      "remove",
      "yes",
      "yes",
      "no",
      "withdraw",
      "pause",
      "resume",
      "update",
      "end",
      "repeat",
    ] as const),
  ),
});
const command = fc.oneof(
  { weight: 3, arbitrary: wait },
  { weight: 6, arbitrary: doing },
  { weight: 3, arbitrary: fc.constant("tick" as const) },
  { weight: 1, arbitrary: fc.constant("long wait" as const) },
  { weight: 1, arbitrary: fc.constantFrom("kill switch", "lift", "withdrawal") },
  { weight: 1, arbitrary: who.map((n) => ({ landed: n })) },
  {
    weight: 3,
    arbitrary: fc.record({
      uncommitted: fc.integer({ min: 0, max: 4 }),
      entries: fc.integer({ min: 0, max: 12 }),
    }),
  },
);

test("for any course of events and any crash, what comes later is what would have come without it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 5, maxLength: 45 }),
      fc.boolean(),
      async (commands, begun) => {
        await using lab = await openLab();
        const gate = await lab.open();
        await playOut(gate, commands, begun);
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const playOut = async (gate: Gate, commands: readonly Command[], begun: boolean): Promise<void> => {
  const shadows = withShadows(gate);
  const chats = [aChat(start, "c_1"), aChat(start, "c_2")] as const;
  const sent: [Event[], Event[]] = [[], []];
  const out: [Set<number>, Set<number>] = [new Set(), new Set()];
  let now = start + 6000;
  let lift = (): void => {};
  const handle = async (what: Event | "tick"): Promise<void> => {
    const record = await gate.record(what, now);
    const { outputs } = await shadows.handle(record);
    for (const one of outputs) {
      if (typeof one === "object" && "ordinal" in one && one.ordinal > 0)
        out[record.key === "c_1" ? 0 : 1].add(one.ordinal);
    }
  };
  for (const [n, chat] of chats.entries()) {
    if (!begun && n === 1) continue;
    for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await handle(event);
  }
  for (const one of commands) {
    if (one === "tick" || one === "long wait") {
      now += one === "tick" ? 1000 : 125_000;
      await handle("tick");
    } else if (typeof one === "string") {
      shadows.fencesChanged();
      lift();
      lift =
        one === "lift"
          ? () => {}
          : setFence(
              gate.lab,
              one === "withdrawal" ? { at: now, receivedAt: now } : { kind: "kill_switch", scope: {} },
            );
    } else if ("wait" in one) now += one.wait * 1000;
    else if ("landed" in one) {
      const ordinals = [...out[one.landed as 0 | 1]];
      const record = await gate.landedRecord(one.landed === 0 ? "c_1" : "c_2", ordinals);
      await shadows.handle(record);
    } else if ("uncommitted" in one) await shadows.crash(one);
    else {
      const event = eventOf(chats[one.who as 0 | 1], one.does, now, sent[one.who as 0 | 1]);
      sent[one.who as 0 | 1].push(event);
      await handle(event);
    }
  }
};

const eventOf = (chat: Chat, does: string, at: number, sent: readonly Event[]): Event => {
  const lastTurn = sent.findLast(({ facts }) => facts.kind === "turn.added");
  const turn = lastTurn?.facts.kind === "turn.added" ? lastTurn.facts.data.id : "t_none";
  switch (does) {
    case "edit":
      return chat.replaced(turn, turn, at);
    case "remove":
      return chat.removed(turn, at);
    case "yes":
      return chat.consent({ at });
    case "no":
      return chat.consent({ at, status: "refused", purposes: ["analytics"] });
    case "withdraw":
      return chat.consent({ at, status: "withdrawn" });
    case "pause":
      return chat.paused(at);
    case "resume":
      return chat.paused(at, "resumed");
    case "update":
      return chat.event("conversation.updated", { at });
    case "end":
      return chat.ended(at);
    case "repeat":
      return sent.at(-1) ?? chat.turn("t_first", at);
    default:
      return chat.turn(`t_${sent.length}`, at);
  }
};

test("a turn that waits and is read again is no duplicate of itself", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  const record = await gate.record(chat.turn("t1", s(9)), s(10));
  const first = await gate.handle(record);
  await gate.restart();
  const again = await gate.handle(record);
  expect(again).toEqual({ ...first, entries: [] });
  expect(inShort(again)).toEqual(["told transcription hold CONSENT_MISSING from 1"]);
});

test("a grant that was written and not told is told before anything goes out on it", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })])
    await gate.send(event, s(6));
  const record = await gate.record(chat.turn("t1", s(9)), s(10));
  gate.keep(await gate.ask(record), {});
  await gate.restart();
  const told = await gate.handle(record);
  expect(briefly(told).slice(0, 4)).toEqual([
    "told transcription admit ADMIT_CONSENT from 1",
    "told qa_review admit ADMIT_CONSENT from 1",
    "told analytics admit ADMIT_CONSENT from 1",
    "grant from 1",
  ]);
  expect(told.entries).toEqual([]);
});

test.each([0, 1, 2])("a turn of which only %i entries were written is not lost", async (entries) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })])
    await gate.send(event, s(6));
  const record = await gate.record(chat.turn("t1", s(9)), s(10));
  const outcome = await gate.ask(record);
  expect(outcome.entries).toHaveLength(3);
  gate.keep(outcome, { entries });
  await gate.restart();
  expect(inShort(await gate.handle(record)).at(-1)).toBe("sent turn 1");
});

test("an edit that was written while the turn it replaces still waits takes its place when it is read again", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  await gate.send(chat.turn("t1", s(9)), s(10));
  const record = await gate.record(chat.replaced("t1", "t1", s(11)), s(12));
  gate.keep(await gate.ask(record), { entries: 1 });
  await gate.restart();
  expect(inShort(await gate.handle(record))).toEqual(["ended 1 replaced REPLACED"]);
});

test("a record that is read again while memory is ahead of it lets nothing go that came after it", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  const lift = setFence(lab, { kind: "kill_switch", scope: {} });
  const yes = await gate.record(chat.consent({ at: s(5) }), s(6));
  gate.keep(await gate.ask(yes), {});
  const turn = await gate.record(chat.turn("t1", s(9)), s(10));
  gate.keep(await gate.ask(turn), {});
  await gate.restart();
  lift();
  expect(inShort(await gate.handle(yes))).toEqual([]);
  expect(inShort(await gate.handle(turn))).toEqual(["told transcription hold KILL_SWITCH from 1"]);
  const told = await gate.tick(s(11));
  expect(inShort(told).at(-1)).toBe("sent turn 1");
  expect(told.outputs.at(-2)).toMatchObject({ ordinal: 1, cut: s(11) });
});

test("a repeat that is read again after its window was shredded does not have it shredded again", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const turn = aChat(start).turn("t1", s(0));
  await gate.send(turn, s(1));
  const repeat = await gate.record(turn, s(2));
  gate.keep(await gate.ask(repeat), {});
  const tick = await gate.record("tick", s(65));
  gate.keep(await gate.ask(tick), {});
  await gate.restart();
  expect(await gate.handle(repeat)).toMatchObject({
    entries: [],
    audit: [{ type: "sotto.audit.event.duplicate.v1" }],
  });
  expect(await gate.handle(tick)).toMatchObject({ entries: [] });
});

test("a hold that a crash left behind is tombstoned by the next tick, and one whose turn may still be asked for is not", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  await gate.send(chat.turn("t1", s(9)), s(10));
  const record = await gate.record(chat.consent({ at: s(8) }), s(20));
  gate.keep(await gate.ask(record), {});
  await gate.restart();
  expect(gate.names("held")).toEqual(["c_1/held/1"]);
  const committed = await gate.copy();
  expect((await committed.tick(s(21))).tombstones).toEqual(["c_1/held/1"]);
  expect((await committed.tick(s(22))).tombstones).toEqual([]);
  const told = await gate.handle(record);
  expect(inShort(told).at(-1)).toBe("sent turn 1");
  expect(told.tombstones).toEqual(["c_1/held/1"]);
});

test("a turn whose hold is gone has nothing left to say: its outputs were acked before the hold was tombstoned", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  await gate.send(chat.turn("t1", s(9)), s(10));
  const record = await gate.record(chat.consent({ at: s(8) }), s(20));
  gate.keep(await gate.ask(record), { tidied: true });
  await gate.restart();
  expect(inShort(await gate.handle(record)).filter((line) => line.startsWith("sent turn"))).toEqual([]);
});

test("a conversation of which only an ended turn is left is known by its line, to the audit log too", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  await gate.send(chat.turn("t1", s(0)), s(1));
  await gate.tick(s(31));
  await gate.restart();
  const told = await gate.tick(s(65));
  expect(inShort(told)).toEqual(["shredded a key"]);
  expect(told.audit[0]).toMatchObject({ line: "support" });
});

test("a tick that was not finished waits for the keys it needs, rather than leaving out what it had decided", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged()]) await gate.send(event, s(3));
  await gate.send(chat.turn("t1", s(9)), s(10));
  const record = await gate.record("tick", s(130));
  gate.keep(await gate.ask(record), {});
  await gate.restart();
  const back = instead(lab.keys.gate, () => ({ toSeal: away }));
  await expect(gate.ask(record)).rejects.toBeInstanceOf(UnavailableError);
  back();
  expect(inShort(await gate.handle(record))).toEqual([
    "expired 1 CONSENT_MISSING",
    "ended 1 discarded CONSENT_MISSING",
  ]);
});

test("words that went at the horizon are told of again after a crash, and under the day's key of then", async () => {
  await using lab = await openLab();
  const gate = await lab.open();
  const chat = aChat(start);
  for (const event of [chat.started(), chat.told(), chat.acknowledged(), chat.consent({ at: s(5) })])
    await gate.send(event, s(6));
  await gate.send(chat.turn("t1", s(9)), s(70));
  const record = await gate.record("tick", s(120) + 7 * day);
  const first = await gate.ask(record);
  gate.keep(first, {});
  await gate.restart();
  expect(inShort(await gate.handle(record))).toEqual([
    "ended 1 quarantined RAW_EXPIRED",
    "shredded a key",
    "shredded a key",
  ]);
});
