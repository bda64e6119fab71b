import { afterAll, beforeAll, expect, test } from "vitest";

import { bundledPolicy, type Policy } from "@sotto/consent";

import { aConversation, aTick, at, type AConversation, type Told } from "./a-conversation.ts";
import { gist, openHouse, openPartition } from "./house.ts";
import { openKeyRing, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

/** Linger 30 s, 900 s while a recording is owed; gap 900 s; age 3,600 s; four turns; 4,000 bytes. */
const policyWith = (section: Partial<Policy["timing"]["section"]>): Policy => ({
  ...bundledPolicy,
  timing: { ...bundledPolicy.timing, section: { ...bundledPolicy.timing.section, ...section } },
});

/** What is admitted after the start, and the sections it makes: cause, closed after so many seconds, ordinals. */
type Story = (c: AConversation) => Told[];
type Sections = [cause: string, at: number, ordinals: number[]][];
const cuts: [string, Story, Sections, Partial<Policy["timing"]["section"]>?][] = [
  [
    "time alone does not close: nothing is cut before a tick or the next event shows that it has passed",
    (c) => [c.turn("a", "one", { at: 1 }), c.ended({ at: 2 })],
    [],
  ],
  [
    "the end and its linger close it, and the turn that comes in the linger is in it",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.ended({ at: 2 }),
      c.turn("b", "two", { at: 20 }),
      aTick(49),
      aTick(51),
    ],
    [["ended", 50, [1, 2]]],
  ],
  [
    "a tick on the very millisecond is enough",
    (c) => [c.turn("a", "one", { at: 1 }), c.ended({ at: 2 }), aTick(32)],
    [["ended", 32, [1]]],
  ],
  [
    "a late turn opens the next section, and closes after its own linger",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.ended({ at: 2 }),
      aTick(40),
      c.turn("b", "two", { at: 50 }),
      aTick(79),
      aTick(81),
    ],
    [
      ["ended", 32, [1]],
      ["ended", 80, [2]],
    ],
  ],
  [
    "so it does when no tick came in between: its own time shows as much",
    (c) => [c.turn("a", "one", { at: 1 }), c.ended({ at: 2 }), c.turn("b", "two", { at: 50 }), aTick(81)],
    [
      ["ended", 32, [1]],
      ["ended", 80, [2]],
    ],
  ],
  [
    "while a recording is owed the linger is longer",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.recording({ at: 1 }),
      c.ended({ at: 2 }),
      aTick(899),
      aTick(903),
    ],
    [["ended", 902, [1]]],
    { gapMs: 1_900_000 },
  ],
  [
    "an end that is said before its turns are let through waits for them",
    (c) => [c.ended({ at: 2 }), aTick(40), c.turn("a", "one", { at: 50 }), aTick(60), aTick(80)],
    [["ended", 80, [1]]],
  ],
  [
    "a gap",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      aTick(900),
      aTick(902),
      c.turn("b", "two", { at: 903 }),
      aTick(1000),
    ],
    [["gap", 901, [1]]],
  ],
  [
    "a gap that the next turn shows",
    (c) => [c.turn("a", "one", { at: 1 }), c.turn("b", "two", { at: 901 }), aTick(1000)],
    [["gap", 901, [1]]],
  ],
  [
    "no gap: every turn starts it anew",
    (c) => [c.turn("a", "one", { at: 1 }), c.turn("b", "two", { at: 900 }), aTick(1799), aTick(1801)],
    [["gap", 1800, [1, 2]]],
  ],
  [
    "age, though somebody speaks all the time; the turn that shows it is of the next section",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.turn("b", "two", { at: 1_801 }),
      c.turn("c", "three", { at: 3_600 }),
      c.turn("d", "four", { at: 3_601 }),
      aTick(3_602),
    ],
    [["age", 3_601, [1, 2, 3]]],
    { gapMs: 1_900_000 },
  ],
  [
    "so many turns fill it; the next begin another",
    (c) => [1, 2, 3, 4, 5].map((n) => c.turn(`t${n}`, `turn ${n}`, { at: n })),
    [["size", 4, [1, 2, 3, 4]]],
  ],
  [
    "so many bytes fill it",
    (c) => [c.turn("a", noise(5_000), { at: 1 }), c.turn("b", "two", { at: 2 })],
    [["size", 1, [1]]],
  ],
  [
    "text that compresses well counts as what it is",
    (c) => [c.turn("a", "la ".repeat(2_000), { at: 1 }), c.turn("b", "two", { at: 2 })],
    [["size", 1, [1]]],
  ],
  [
    "a change of line; the line of a section is the one it was said on",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.moved("sales", { at: 5 }),
      c.turn("b", "two", { at: 6 }),
      aTick(1000),
    ],
    [
      ["line", 5, [1]],
      ["gap", 906, [2]],
    ],
  ],
  [
    "no change of line: the same, or one that is older than the last",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.moved("support", { at: 2 }),
      c.moved("sales", { at: 4, said: 4 }),
      c.turn("b", "two", { at: 5 }),
      c.moved("research", { at: 6, said: 3 }),
      aTick(2000),
    ],
    [
      ["line", 4, [1]],
      ["gap", 905, [2]],
    ],
  ],
  [
    "a change of line while nothing is open cuts nothing",
    (c) => [c.moved("sales", { at: 5 }), c.turn("b", "two", { at: 6 }), aTick(1000)],
    [["gap", 906, [1]]],
  ],
  [
    "a tick that the gate forwards late proves its own time, no later one",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.ended({ at: 2 }),
      aTick(20, { late: 600 }),
      c.turn("b", "two", { at: 25 }),
      aTick(56, { late: 600 }),
    ],
    [["ended", 55, [1, 2]]],
  ],
  [
    "a tick without its time counts when it was appended, and none can claim a time to come",
    (c) => [
      c.turn("a", "one", { at: 1 }),
      c.ended({ at: 2 }),
      aTick(9_999, { late: -9_979 }),
      c.turn("b", "two", { at: 21 }),
      aTick(52, { bare: true }),
    ],
    [["ended", 51, [1, 2]]],
  ],
  [
    "a turn said early and let through late is of the section that is open then",
    (c) => [
      c.turn("a", "one", { at: 100, said: 50 }),
      c.turn("b", "two", { at: 101, said: 1 }),
      c.ended({ at: 102 }),
      aTick(140),
    ],
    [["ended", 132, [2, 1]]],
  ],
];

const noise = (length: number): string =>
  Array.from({ length }, (_, n) => String.fromCharCode(97 + ((n * n * 31 + n * 7) % 26))).join("");

test.each(cuts)("%s", async (_, story, expected, over = {}) => {
  const c = aConversation(ring);
  const policy = policyWith({ maxTurns: 4, maxBytes: 4_000, ...over });
  const p = await openPartition(await openHouse(ring, { policy }));
  await p.feed(c.grant(), c.started());
  for (const record of story(c)) await p.feed(record);
  const sections = await p.sections();
  expect(
    sections.map((s) => [s.cause, (s.closedAt - at(0)) / 1000, s.turns.map((turn) => turn.ordinal)]),
  ).toEqual(expected);
  expect(sections.map((s) => s.section)).toEqual(expected.map((__, n) => n + 1));
});

test("a section that is cut by a change of line says the line before, the next one the line after", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }));
  await p.feed(c.moved("sales", { at: 5 }), c.turn("b", "two", { at: 6 }), aTick(1000));
  expect((await p.sections()).map((s) => s.line)).toEqual(["support", "sales"]);
});

test("conversations are cut apart from each other, a tick for all of them", async () => {
  const [c, d] = [aConversation(ring), aConversation(ring)];
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }));
  await p.feed(d.grant(), d.started(), d.turn("a", "other", { at: 500 }), aTick(950));
  expect((await p.sections()).map((s) => s.conversation)).toEqual([c.id]);
  await p.feed(aTick(1400));
  expect((await p.sections()).map(gist)).toEqual([
    { n: 1, cause: "gap", turns: [[1, "one"]], ends: [] },
    { n: 1, cause: "gap", turns: [[1, "other"]], ends: [] },
  ]);
});
