import { afterAll, beforeAll, expect, test } from "vitest";

import { bundledPolicy } from "@sotto/consent";
import type { Content, FactsData } from "@sotto/contracts";

import { aConversation, aTick, at, turnId } from "./a-conversation.ts";
import { openHouse, openPartition, type Partition } from "./house.ts";
import { openKeyRing, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

const only = async (p: Partition) => {
  const [section, ...more] = await p.sections();
  if (!section || more.length > 0) throw new Error("Not one section");
  return section;
};

test("turns stand in time order: when they began, then sequence, then event id", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started());
  await p.feed(
    c.turn("a", "late", { at: 5, said: 9 }),
    c.turn("b", "second", { at: 6, said: 3, sequence: 8 }),
  );
  await p.feed(c.turn("c", "first", { at: 7, said: 3, sequence: 7 }));
  const ties = [1, 2, 3].map((n) => c.turn(`tie ${n}`, "tie", { at: 8, said: 4 }));
  await p.feed(...ties, aTick(1000));
  const { turns } = await only(p);
  expect(turns.map((turn) => turn.text)).toEqual(["first", "second", "tie", "tie", "tie", "late"]);
  const events = turns.slice(2, 5).map((turn) => turn.event);
  expect(events).toEqual(events.toSorted());
  expect(new Set(turns.map((turn) => turn.ordinal))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});

test.each<[string, string | undefined, string | undefined, string, string]>([
  ["the turn's own", "en", "fr", "fr", "en"],
  ["its party's", undefined, "en", "fr", "en"],
  ["its line's", undefined, undefined, "en", "en"],
])("the language of a turn is %s", async (_, turn, party, line, expected) => {
  const c = aConversation(ring, { line: "sales" });
  const sales = bundledPolicy.lines["sales"];
  if (!sales) throw new Error("No line");
  const lines = { ...bundledPolicy.lines, sales: { ...sales, locale: line } };
  const p = await openPartition(await openHouse(ring, { policy: { ...bundledPolicy, lines } }));
  const parties = [
    { id: "p_customer", role: "customer" as const, tokens: [], ...(party ? { language: party } : {}) },
  ];
  await p.feed(
    c.grant(),
    c.started({ data: { parties } }),
    c.turn("a", "hello", { at: 1, language: turn ?? null }),
  );
  await p.feed(aTick(1000));
  const section = await only(p);
  expect(section.turns.map((one) => [one.text, one.language])).toEqual([["hello", expected]]);
  expect(section.receipt.languages).toEqual([expected]);
});

test("a section that waits is redacted in the locale of the line it was said on", async () => {
  const c = aConversation(ring);
  const sales = bundledPolicy.lines["sales"];
  if (!sales) throw new Error("No line");
  const lines = { ...bundledPolicy.lines, sales: { ...sales, locale: "fr" } };
  const house = await openHouse(ring, { policy: { ...bundledPolicy, lines } });
  const p = await openPartition(house);
  const parties = [{ id: "p_customer", role: "customer" as const, tokens: [] }];
  const fence = house.fence("kill_switch", c.id);
  await p.feed(c.grant(), c.started({ data: { parties } }));
  await p.feed(c.turn("a", "hello", { at: 1, language: null }), c.moved("sales", { at: 2 }));
  house.lift(fence);
  await p.feed(aTick(10));
  const section = await only(p);
  expect([section.line, section.turns[0]?.text, section.turns[0]?.language]).toEqual([
    "support",
    "hello",
    "en",
  ]);
});

test("a turn in a language that is not covered is withheld: its text is nowhere, it still counts", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(
    c.grant(),
    c.started(),
    c.turn("a", "je m'appelle Jean", { at: 1, language: "fr" }),
    aTick(1000),
  );
  const section = await only(p);
  expect(section.turns).toEqual([
    expect.objectContaining({ text: null, withheld: "LANGUAGE_NOT_COVERED", findings: [] }),
  ]);
  expect(section.receipt.withheld).toBe(1);
  expect(p.audited("sotto.audit.section.redacted.v1")[0]).toMatchObject({ turns: 1, withheld: 1 });
});

type Parts = FactsData<"turn.added">["parts"];
test.each<[string, Parts, NonNullable<Content["parts"]>, string]>([
  [
    "subject and body, in order",
    [
      { kind: "text", role: "subject" },
      { kind: "text", role: "body" },
    ],
    [
      { index: 0, text: "Order" },
      { index: 1, text: "It is late" },
    ],
    "Order\nIt is late",
  ],
  [
    "no quoted mail, no attachment and not its name",
    [{ kind: "text", role: "quoted" }, { kind: "attachment" }, { kind: "text", role: "body" }],
    [
      { index: 0, text: "You wrote" },
      { index: 1, name: "letter.pdf", text: "inside" },
      { index: 2, text: "I agree" },
    ],
    "I agree",
  ],
  ["keys and choices", [{ kind: "selection" }], [{ index: 0, text: "Yes" }], "Yes"],
  [
    "no part that the facts know nothing of",
    [{ kind: "text" }],
    [
      { index: 3, text: "stray" },
      { index: 0, text: "ok" },
    ],
    "ok",
  ],
  ["nothing at all", [{ kind: "attachment" }], [{ index: 0, name: "photo.png" }], ""],
])("of a turn's parts %s", async (_, parts, content, expected) => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(
    c.grant(),
    c.started(),
    c.turn("a", "", { at: 1, more: { parts }, content: { parts: content } }),
    aTick(1000),
  );
  expect((await only(p)).turns.map((turn) => turn.text)).toEqual([expected]);
});

test("names and identifiers that came with the parties are masked, also in what was said before they were told", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  const parties = [
    {
      id: "p_customer",
      name: "Xanthe Quill",
      identifiers: [
        { kind: "account", value: "zk-plover" },
        { kind: "device", value: "dev-wren9" },
        { kind: "constructor", value: "odd-kind7" },
      ],
    },
  ];
  await p.feed(c.grant(), c.started({ content: { parties } }));
  await p.feed(c.turn("a", "xanthe here with zk-plover and dev-wren9 and odd-kind7", { at: 1 }));
  await p.feed(c.turn("b", "ask green meadow", { at: 2 }), c.joined("Green Meadow", { at: 3 }), aTick(1000));
  expect((await only(p)).turns.map((turn) => turn.text)).toEqual([
    "[PERSON_1] here with [ACCOUNT_ID_1] and [ACCOUNT_ID_2] and [ACCOUNT_ID_3]",
    "ask [PERSON_2]",
  ]);
});

test("names whose key has died are not known any more, and nothing waits for them", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(
    c.grant(),
    c.started(),
    c.joined("Green Meadow", { at: 1, window: 7 }),
    c.turn("a", "ask green meadow", { at: 2 }),
  );
  await ring.others.shredRaw("acme", c.id, 7);
  await p.feed(aTick(1000));
  expect((await only(p)).turns.map((turn) => turn.text)).toEqual(["ask green meadow"]);
});

test("what the source has redacted is masked whole where it says so, and marks beyond the text do no harm", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  const marks = [
    { start: 3, end: 6, kind: "NAME" },
    { start: 0, end: 0, kind: "PIN" },
    { start: 900, end: 950, kind: "EMAIL" },
  ];
  await p.feed(
    c.grant(),
    c.started(),
    c.turn("a", "hi ### there", { at: 1, more: { redactedBySource: marks } }),
    aTick(1000),
  );
  expect((await only(p)).turns.map((turn) => [turn.text, turn.redactedBySource])).toEqual([
    ["hi [PERSON_1] there", true],
  ]);
});

test("timed words do not come back", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  const words = [{ text: "swordfish", startMs: 0, endMs: 10 }];
  await p.feed(
    c.grant(),
    c.started(),
    c.turn("a", "hi", { at: 1, content: { parts: [{ index: 0, text: "hi" }], words } }),
    aTick(1000),
  );
  expect(JSON.stringify(await only(p))).not.toContain("swordfish");
});

test.each([
  ["however late it is sent", false],
  ["a restart in between or not", true],
])("a section says what was known of the conversation when it was cut, %s", async (_, withRestart) => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  const fence = house.fence("restriction", c.id);
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }), aTick(1000), c.ended({ at: 1001 }));
  if (withRestart) await p.restart();
  house.lift(fence);
  await p.feed(c.turn("b", "two", { at: 1002 }), aTick(2000));
  const [first, second] = await p.sections();
  expect([first?.endedAt, second?.endedAt]).toEqual([undefined, at(1001)]);
});

test("each turn carries its admission, the section the grants that they stand on and no others", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.grant("unused"), c.started(), c.turn("a", "one", { at: 1 }), aTick(1000));
  const section = await only(p);
  expect(section.grants.map((grant) => grant.id)).toEqual([c.grantId("first")]);
  expect(section.turns[0]).toMatchObject({
    id: turnId("a"),
    admission: { ordinal: 1, part: 0, cut: at(1), grant: c.grantId("first") },
  });
});

test("a section is sealed under the newest generation of the archive key", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  await house.tools().keys.toSeal({ slot: "archive", tenant: "acme", conversation: c.id, generation: 2 });
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }), aTick(1000));
  expect((await only(p)).turns).toHaveLength(1);
  expect((await ring.others.inspect("acme", c.id))?.archive).toEqual([2]);
});
