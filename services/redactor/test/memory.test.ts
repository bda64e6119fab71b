import { afterAll, beforeAll, expect, test } from "vitest";

import type { KeyAddress } from "@sotto/envelope";
import { redact } from "@sotto/redaction";

import { aConversation, aTick } from "./a-conversation.ts";
import { openHouse, openPartition, type Partition } from "./house.ts";
import { openKeyRing, start, tenant, windowAt, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

const texts = async (p: Partition) => (await p.sections()).map((s) => s.turns.map((turn) => turn.text));
const memories = (p: Partition) => p.live().filter((key) => key.includes("/memory/"));
const first = windowAt(start);
const eve = "my email is eve@example.com";
const bob = "my email is bob@example.com";

test("the same value has the same number in every section, a new one the next", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", eve, { at: 1 }), aTick(1000));
  await p.feed(c.turn("b", bob, { at: 1100 }), c.turn("c", eve, { at: 1101 }), aTick(2100));
  await p.restart();
  await p.feed(c.turn("d", bob, { at: 2200 }), aTick(3200));
  expect(await texts(p)).toEqual([
    ["my email is [EMAIL_1]"],
    ["my email is [EMAIL_2]", "my email is [EMAIL_1]"],
    ["my email is [EMAIL_2]"],
  ]);
  expect(memories(p)).toEqual([`${c.id}/memory/2`, `${c.id}/memory/3`]);
});

test("what one section gave away is masked in the next, with nothing around it that tells", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "my name is Zarathustra", { at: 1 }), aTick(1000));
  await p.feed(c.turn("b", "yes zarathustra, as before", { at: 1100 }), aTick(2100));
  expect(await texts(p)).toEqual([["my name is [PERSON_1]"], ["yes [PERSON_1], as before"]]);
});

test("a memory dies with its window: no number is given twice, and no value is known", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", eve, { at: 1, window: first }), aTick(1000));
  await ring.others.shredRaw(tenant, c.id, first);
  // A key that was opened is kept for ten minutes; a redactor that starts has none.
  await p.restart();
  await p.feed(c.turn("b", eve, { at: 1100, window: first + 1 }), aTick(2100));
  expect(await texts(p)).toEqual([["my email is [EMAIL_1]"], ["my email is [EMAIL_2]"]]);
});

test("a window that dies while its section is redacted is not made again for the memory", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const tools = house.tools;
  house.tools = () => {
    const made = tools();
    // After the words were opened, and before the memory is sealed.
    const shred: typeof redact = (turns, o) => {
      shredding = ring.others.shredRaw(tenant, c.id, first);
      made.keys.forget(c.id);
      return redact(turns, o);
    };
    const after =
      <A, T>(ask: (a: A) => Promise<T>) =>
      async (a: A): Promise<T> => {
        await shredding;
        return ask(a);
      };
    const toOpen = after((a: KeyAddress) => made.keys.toOpen(a));
    const toSeal = after((a: KeyAddress) => made.keys.toSeal(a));
    return { ...made, redact: shred, keys: { ...made.keys, toOpen, toSeal } };
  };
  let shredding: Promise<unknown> | null = null;
  const p = await openPartition(house);
  await p.feed(c.grant(), c.started(), c.turn("a", eve, { at: 1, window: first }), aTick(1000));
  expect(await texts(p)).toEqual([["my email is [EMAIL_1]"]]);
  expect((await ring.others.inspect(tenant, c.id))?.raw).toEqual([]);
  expect(memories(p)).toHaveLength(1);
});

test("the memory is sealed under the newest window of the turns that were opened", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  const withdrawal = house.fence("withdrawal", c.id);
  await p.feed(c.grant("first", { fences: [withdrawal.id] }), c.started(), c.grant("stopped"));
  await p.feed(c.turn("a", eve, { at: 1, window: first - 1 }), c.turn("b", bob, { at: 2, window: first }));
  await p.feed(
    c.turn("c", "gone", { at: 3, window: first + 1 }),
    c.turn("d", "stopped", { at: 4, window: first + 2, grant: "stopped" }),
  );
  await ring.others.shredRaw(tenant, c.id, first + 1);
  await p.feed(aTick(1000));
  await ring.others.shredRaw(tenant, c.id, first - 1);
  await ring.others.shredRaw(tenant, c.id, first + 2);
  await p.restart();
  await p.feed(c.turn("e", eve, { at: 1100, window: first + 3 }), aTick(2100));
  expect((await texts(p))[1]).toEqual(["my email is [EMAIL_1]"]);
});

test("sections that open nothing, and one that fails, do not break the memory's chain", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring, {
    redact: (turns, o) => {
      if (turns.some((turn) => turn.text === "poison")) throw new Error("A fault of ours");
      return redact(turns, o);
    },
  });
  const p = await openPartition(house);
  await p.feed(c.grant(), c.started(), c.turn("a", eve, { at: 1 }), c.turn("x", "x", { at: 2 }), aTick(1000));
  await p.feed(c.removed("x", { at: 1100 }), aTick(2100));
  await p.feed(c.turn("b", "poison", { at: 2200 }), aTick(3200));
  await p.restart();
  await p.feed(c.removed("a", { at: 3300 }), aTick(4300));
  await p.feed(c.turn("c", bob, { at: 4400 }), c.turn("d", eve, { at: 4401 }), aTick(5400));
  expect((await texts(p)).at(-1)).toEqual(["my email is [EMAIL_2]", "my email is [EMAIL_1]"]);
});

test("another try of a section after a crash, with less to open, keeps the numbers that the first gave", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  const withdrawal = { ...house.fence("withdrawal", c.id) };
  house.lift(withdrawal);
  await p.feed(c.grant("first"), c.started(), c.grant("second", { fences: [withdrawal.id] }));
  await p.feed(c.turn("a", eve, { at: 1 }), c.turn("b", bob, { at: 2, grant: "second" }));
  await p.crash({ after: "entries", count: 99 }, aTick(1000));
  house.fence("withdrawal", c.id);
  await p.restart();
  expect(p.state.filter(({ key }) => key.endsWith("/memory/1"))).toHaveLength(1);
  await p.feed(c.turn("c", bob, { at: 1100, grant: "second" }), aTick(2100));
  await p.restart();
  await p.feed(c.turn("d", bob, { at: 2200, grant: "second" }), aTick(3200));
  expect(await texts(p)).toEqual([
    ["my email is [EMAIL_2]"],
    ["my email is [EMAIL_2]"],
    ["my email is [EMAIL_2]"],
  ]);
});

test("another try takes no question at the section's end for one before its beginning", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "it is 4711 I guess", { at: 1 }));
  await p.feed(c.turn("b", "what is your account number?", { at: 2, more: { party: "p_agent" } }));
  await p.crash({ after: "entries", count: 99 }, aTick(1000));
  await p.restart();
  expect(await texts(p)).toEqual([["it is 4711 I guess", "what is your account number?"]]);
});

test("memories that outlived their use go, also those that a crash had kept", async () => {
  for (const count of [0, 1, 2]) {
    const c = aConversation(ring);
    const p = await openPartition(await openHouse(ring));
    await p.feed(c.grant(), c.started());
    for (const n of [1, 2, 3]) await p.feed(c.turn(`t${n}`, eve, { at: n * 1000 }), aTick(n * 1000 + 950));
    await p.crash({ after: "tombstones", count }, c.turn("t4", eve, { at: 4000 }), aTick(4950));
    expect(memories(p)).toHaveLength(3);
    await p.restart();
    // Sent again, the section needs once more what the one before it left.
    const needed = count === 0 ? [`${c.id}/memory/3`] : [];
    expect(memories(p)).toEqual([...needed, `${c.id}/memory/4`]);
  }
});
