import { afterAll, beforeAll, expect, test } from "vitest";

import { bundledPolicy } from "@sotto/consent";

import { aConversation, aTick, inOrder, turnId, type Admitted } from "./a-conversation.ts";
import { gist, openHouse, openPartition, type Crash, type Partition } from "./house.ts";
import { openKeyRing, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

const threeTurns = {
  ...bundledPolicy,
  timing: { ...bundledPolicy.timing, section: { ...bundledPolicy.timing.section, maxTurns: 3 } },
};
/** Entries that stand for something that waits. */
const waiting = (p: Partition) => p.live().filter((key) => /\/(open|due)\//.test(key));

test("what the gate says again, at once or after the section is sent, lands nowhere twice", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  const [grant, started] = [await c.grant(), await c.started()];
  const [one, recording] = [await c.turn("a", "one", { at: 1 }), await c.recording({ at: 1 })];
  const [moved, back] = [await c.moved("sales", { at: 2 }), await c.moved("support", { at: 3 })];
  const all = [grant, started, one, recording, moved, back, await c.turn("b", "two", { at: 4 })];
  await p.feed(...all, ...all, one);
  const entries = p.live();
  await p.feed(aTick(1000), ...all, aTick(3000));
  await p.restart();
  await p.feed(...all, aTick(5000));
  expect((await p.sections()).map(gist)).toEqual([
    { n: 1, cause: "line", turns: [[1, "one"]], ends: [] },
    { n: 2, cause: "gap", turns: [[3, "two"]], ends: [] },
  ]);
  expect(entries.filter((key) => key.includes("/context/"))).toHaveLength(3);
  expect(waiting(p)).toEqual([]);
});

test("a removal that is said again marks nothing a second time", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }), aTick(1000));
  const removed = await c.removed("a", { at: 1100 });
  await p.feed(removed, aTick(2100), removed, aTick(4000));
  await p.restart();
  await p.feed(removed, aTick(6000));
  expect((await p.sections()).map((s) => s.removes)).toEqual([[], [turnId("a")]]);
});

test("turns of one recording are turns of their own, whatever part they are", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.recording({ at: 1 }));
  const parts = [1, 2].map((part) => c.turn(`p${part}`, `part ${part}`, { at: 1 + part, ordinal: 1, part }));
  for (const part of parts) await p.feed(part, part);
  await p.feed(aTick(2000));
  expect((await p.sections()).map(gist)[0]?.turns).toEqual([
    [1, "part 1"],
    [1, "part 2"],
  ]);
});

/** A conversation that is cut by size, by line and by its end, with a turn replaced, one removed and one late. */
const eventful = (name: string): Promise<Admitted[]> => {
  const c = aConversation(ring, { name });
  return inOrder([
    c.grant(),
    c.started(),
    c.turn("a", "one", { at: 1 }),
    c.turn("b", "two", { at: 2 }),
    c.replaced("b", "two, better", { at: 3 }),
    c.turn("c", "three", { at: 4 }),
    c.turn("d", "four", { at: 5 }),
    c.moved("sales", { at: 6 }),
    c.turn("e", "five", { at: 7 }),
    c.removed("a", { at: 8 }),
    c.ended({ at: 9 }),
    aTick(50),
    c.replaced("c", "three, late", { at: 60 }),
    c.removed("e", { at: 61 }),
    aTick(120),
  ]);
};
const told = [
  {
    n: 1,
    cause: "size",
    turns: [
      [1, "one"],
      [3, "two, better"],
    ],
    ends: [[2, "replaced", "REPLACED"]],
  },
  {
    n: 2,
    cause: "line",
    turns: [
      [4, "three"],
      [5, "four"],
    ],
    ends: [],
  },
  { n: 3, cause: "ended", turns: [[6, "five"]], ends: [], removes: [turnId("a")] },
  { n: 4, cause: "ended", turns: [[7, "three, late"]], ends: [], removes: [turnId("e")] },
];

test("nothing of a conversation depends on where a batch ends", async () => {
  const one = await openPartition(await openHouse(ring, { policy: threeTurns }));
  await one.feed(...(await eventful("one batch")));
  expect((await one.sections()).map(gist)).toEqual(told);
  const many = await openPartition(await openHouse(ring, { policy: threeTurns }));
  for (const record of await eventful("many batches")) await many.feed(record);
  expect((await many.sections()).map(gist)).toEqual(told);
});

test.each<[string, Crash]>([
  ...[0, 1, 2, 3].map((count): [string, Crash] => [`${count} of its entries`, { after: "entries", count }]),
  ["its entries", { after: "entries", count: 99 }],
  ["its outputs, before the commit", { after: "outputs" }],
  ["the commit, before any tombstone", { after: "tombstones", count: 0 }],
  ...[1, 2, 3].map((count): [string, Crash] => [
    `${count} of its tombstones`,
    { after: "tombstones", count },
  ]),
])("a crash at any record after %s changes nothing", async (where, crash) => {
  const records = await eventful(`crash after ${where}`);
  const sections: unknown[] = [];
  for (const [n, record] of records.entries()) {
    const p = await openPartition(await openHouse(ring, { policy: threeTurns }));
    for (const before of records.slice(0, n)) await p.feed(before);
    await p.crash(crash, record);
    await p.restart();
    await p.feed(...records.slice(n + 1));
    sections.push((await p.sections()).map(gist));
    expect(waiting(p), `record ${n}`).toEqual([]);
  }
  expect(sections).toEqual(records.map(() => told));
});

test("a section is sent again only while nobody knows that it was", async () => {
  const records = await eventful("sent once");
  const p = await openPartition(await openHouse(ring, { policy: threeTurns }));
  await p.crash({ after: "tombstones", count: 0 }, ...records);
  expect(p.outputs).toHaveLength(4);
  await p.restart();
  expect(p.outputs).toHaveLength(8);
  await p.restart();
  await p.restart();
  expect(p.outputs).toHaveLength(8);
});

test("a section that only tells of ends or removals is sent once, however often the redactor starts", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(
    c.grant(),
    c.started(),
    c.turn("a", "one", { at: 1 }),
    c.turn("b", "two", { at: 1 }),
    aTick(1000),
  );
  await p.feed(c.removed("b", { at: 1001 }), aTick(2000));
  await p.feed(c.turn("d", "three", { at: 2001 }), c.removed("d", { at: 2002 }), aTick(3000));
  await p.restart();
  await p.restart();
  expect((await p.sections()).map(gist).slice(1)).toEqual([
    { n: 2, cause: "gap", turns: [], ends: [], removes: [turnId("b")] },
    { n: 3, cause: "gap", turns: [], ends: [[3, "removed", "RETRACTED"]] },
  ]);
  expect(p.outputs).toHaveLength(3);
  expect(waiting(p)).toEqual([]);
});

test("a frame of an earlier writer that comes back after its section was sent is not open again", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }), c.turn("b", "two", { at: 1 }));
  const zombies = p.state.filter(({ key }) => /\/open\/1\.0/.test(key));
  await p.feed(aTick(1000));
  p.state.push(...zombies, ...p.state.filter(({ key, value }) => value && key.includes("/due/")));
  await p.restart();
  await p.feed(c.turn("c", "three", { at: 1100 }), aTick(3000));
  expect((await p.sections()).map((s) => s.turns.map((turn) => turn.ordinal))).toEqual([[1, 2], [3]]);
  expect(p.outputs).toHaveLength(2);
  expect(waiting(p)).toEqual([]);
});

test("a frame that is found behind the section that names it is in that section", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }), c.turn("b", "two", { at: 2 }));
  await p.crash({ after: "entries", count: 99 }, aTick(1000));
  // As compaction leaves it when an entry was written once more: the earlier one is gone.
  const [first] = p.state.splice(
    p.state.findIndex(({ key }) => key.includes("/open/1.0")),
    1,
  );
  if (first) p.state.push(first);
  await p.restart();
  expect((await p.sections()).map(gist)).toEqual([
    {
      n: 1,
      cause: "gap",
      turns: [
        [1, "one"],
        [2, "two"],
      ],
      ends: [],
    },
  ]);
});

test("an entry that was changed, or put in another's place, does not restore", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }));
  const [turn] = p.state.filter(({ key }) => key.includes("/open/"));
  if (!turn) throw new Error("No turn");
  const put = (key: string) => p.state.splice(0, p.state.length, { ...turn, key });
  put(turn.key.replace("/open/1.0", "/open/2.0"));
  await expect(p.restart()).rejects.toThrow("Cannot open frame");
});

test("where state cannot be sealed nothing changes: the record is asked for again and is as if new", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started());
  ring.away.add("facts");
  const turn = await c.turn("a", "one", { at: 1 });
  await expect(p.feed(turn)).rejects.toThrow("facts");
  ring.away.clear();
  await p.feed();
  expect(p.live().filter((key) => key.includes("/open/"))).toHaveLength(1);
  ring.away.add("facts");
  await p.feed(aTick(1000));
  expect(p.outputs).toEqual([]);
  ring.away.clear();
  await p.feed(c.turn("b", "two", { at: 1200 }));
  await p.restart();
  expect((await p.sections()).map(gist)).toEqual([{ n: 1, cause: "gap", turns: [[1, "one"]], ends: [] }]);
});
