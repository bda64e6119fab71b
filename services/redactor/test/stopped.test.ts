import { afterAll, beforeAll, expect, test } from "vitest";

import type { Ended, Fence } from "@sotto/contracts";
import { redact } from "@sotto/redaction";

import { aConversation, aTick, turnId, type AConversation } from "./a-conversation.ts";
import { gist, openHouse, openPartition, type House } from "./house.ts";
import { openKeyRing, tenant, windowAt, start, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

const two = (c: AConversation) => [
  c.grant(),
  c.started(),
  c.turn("a", "one", { at: 1 }),
  c.turn("b", "two", { at: 2 }),
];
/** Raw keys that a redactor asked for, each time it was asked. */
const watched = (house: House) => {
  const asked: string[] = [];
  const tools = house.tools;
  house.tools = () => {
    const made = tools();
    const { keys } = made;
    const toOpen: typeof keys.toOpen = (a) => {
      if (a.slot === "raw") asked.push(`${a.conversation}`);
      return keys.toOpen(a);
    };
    return { ...made, keys: { ...keys, toOpen } };
  };
  return asked;
};

test.each<[Fence["kind"], Ended["end"], string]>([
  ["withdrawal", "discarded", "CONSENT_WITHDRAWN"],
  ["refusal", "discarded", "CONSENT_REFUSED"],
  ["objection", "discarded", "OBJECTION_RECORDED"],
  ["erasure", "erased", "ERASED"],
])("a %s that came since ends what waits as %s, %s: nothing of it is opened", async (kind, end, reason) => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const asked = watched(house);
  const p = await openPartition(house);
  await p.feed(...two(c), c.joined("Ada Lovelace", { at: 3 }));
  house.fence(kind, c.id);
  await p.feed(aTick(1000));
  const [section] = await p.sections();
  expect(section && gist(section)).toEqual({
    n: 1,
    cause: "gap",
    turns: [],
    ends: [
      [1, end, reason],
      [2, end, reason],
    ],
  });
  expect(section?.grants).toEqual([]);
  expect(asked).toEqual([]);
  expect(p.aside()).toEqual([]);
});

test("a fence for another purpose stops no turn", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  await p.feed(...two(c));
  house.fence("withdrawal", c.id, { purposes: ["qa_review"] });
  await p.feed(aTick(1000));
  expect((await p.sections())[0]?.turns).toHaveLength(2);
});

test("of two grants the one that answers the fence goes on, and only its names are known", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  const withdrawal = house.fence("withdrawal", c.id);
  await p.feed(c.grant(), c.started(), c.turn("a", "before", { at: 1 }), c.joined("Green Meadow", { at: 1 }));
  await p.feed(c.grant("second", { from: 2, fences: [withdrawal.id] }));
  await p.feed(c.joined("River Stone", { at: 2, grant: "second", nth: 2 }));
  await p.feed(c.turn("b", "green meadow and river stone", { at: 3, grant: "second" }), aTick(1000));
  const [section] = await p.sections();
  expect(section && gist(section)).toEqual({
    n: 1,
    cause: "gap",
    turns: [[2, "green meadow and [PERSON_1]"]],
    ends: [[1, "discarded", "CONSENT_WITHDRAWN"]],
  });
  expect(section?.grants.map((grant) => grant.id)).toEqual([c.grantId("second")]);
});

test("a grant without the purpose that covers writing down opens nothing", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const asked = watched(house);
  const p = await openPartition(house);
  await p.feed(c.grant("first", { purposes: [{ purpose: "qa_review", reason: "ADMIT_CONSENT" }] }));
  await p.feed(c.started(), c.turn("a", "one", { at: 1 }), aTick(1000));
  expect((await p.sections())[0]?.ends).toEqual([
    { ordinal: 1, part: 0, end: "quarantined", reason: "NO_ADMISSION" },
  ]);
  expect(asked).toEqual([]);
});

test.each<Fence["kind"]>(["kill_switch", "restriction"])(
  "a %s lets the section wait, unopened, while others go on; lifted, it is sent as it was cut, and in order",
  async (kind) => {
    const [c, d] = [aConversation(ring), aConversation(ring)];
    const house = await openHouse(ring);
    const asked = watched(house);
    const p = await openPartition(house);
    const fence = house.fence(kind, c.id);
    await p.feed(
      ...two(c),
      ...two(d),
      aTick(1000),
      c.turn("c", "three", { at: 1100 }),
      aTick(2500),
      aTick(2502),
    );
    expect((await p.sections()).map((s) => s.conversation)).toEqual([d.id]);
    expect(asked.filter((id) => id === c.id)).toEqual([]);
    expect(house.lines.filter((line) => line.includes("A section waits"))).toHaveLength(1);
    await p.restart();
    expect(asked.filter((id) => id === c.id)).toEqual([]);
    house.lift(fence);
    await p.feed(aTick(2600));
    expect((await p.sections()).slice(1).map(gist)).toEqual([
      {
        n: 1,
        cause: "gap",
        turns: [
          [1, "one"],
          [2, "two"],
        ],
        ends: [],
      },
      { n: 2, cause: "gap", turns: [[3, "three"]], ends: [] },
    ]);
    expect(p.live().filter((key) => /\/(open|due)\//.test(key))).toEqual([]);
  },
);

test("what holds one turn holds the section, before any turn of it is opened", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const asked = watched(house);
  const p = await openPartition(house);
  const restriction = house.fence("restriction", c.id);
  await p.feed(c.grant("first", { fences: [restriction.id] }), c.started(), c.turn("a", "one", { at: 1 }));
  await p.feed(c.grant("second"), c.turn("b", "two", { at: 2, grant: "second" }), aTick(1000));
  expect([asked, p.outputs]).toEqual([[], []]);
});

test("sent again with less to open, a section is still the same input", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const p = await openPartition(house);
  await p.feed(...two(c));
  await p.crash({ after: "outputs" }, aTick(1000));
  house.fence("withdrawal", c.id);
  await p.restart();
  expect(p.outputs).toHaveLength(2);
  expect((await p.sections())[0]?.turns).toHaveLength(2);
});

test("nothing is opened while the fences are not proved fresh", async () => {
  const c = aConversation(ring);
  const house = await openHouse(ring);
  const asked = watched(house);
  const p = await openPartition(house);
  await p.feed(...two(c));
  house.fresh = false;
  await p.feed(aTick(1000));
  expect([asked, p.outputs]).toEqual([[], []]);
  house.fresh = true;
  await p.feed(aTick(1002));
  expect((await p.sections())[0]?.turns).toHaveLength(2);
});

test.each(["raw", "archive"] as const)(
  "while no %s key can be had a conversation's sections stay pending; they follow in order",
  async (slot) => {
    const c = aConversation(ring);
    const p = await openPartition(await openHouse(ring));
    const late = await c.turn("c", "three", { at: 1100, ordinal: 3 });
    await p.feed(...two(c));
    ring.away.add(slot);
    await p.feed(aTick(1000), late, aTick(2500));
    await p.restart();
    expect(p.outputs).toEqual([]);
    ring.away.clear();
    await p.feed(aTick(2501));
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
      { n: 2, cause: "gap", turns: [[3, "three"]], ends: [] },
    ]);
  },
);

test("a turn whose window is gone ends as expired; one that ingest kept without its words ends as erased", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  const gone = windowAt(start) - 5;
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1, window: gone }));
  await p.feed(c.turn("b", "two", { at: 2, content: null }), c.turn("c", "three", { at: 3 }));
  await ring.others.shredRaw(tenant, c.id, gone);
  await p.feed(aTick(1000));
  expect((await p.sections()).map(gist)).toEqual([
    {
      n: 1,
      cause: "gap",
      turns: [[3, "three"]],
      ends: [
        [1, "expired", "RAW_EXPIRED"],
        [2, "erased", "CONTENT_DROPPED"],
      ],
    },
  ]);
});

test("a conversation that is erased: every ordinal ends so, told once to the gate and once to the audit log", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(...two(c), c.replaced("b", "better", { at: 3 }));
  await ring.others.erase(tenant, c.id);
  await p.crash({ after: "outputs" }, aTick(1000));
  await p.restart();
  const ends = [
    { ordinal: 2, part: 0, end: "replaced", reason: "REPLACED" },
    { ordinal: 1, part: 0, end: "erased", reason: "ERASED" },
    { ordinal: 3, part: 0, end: "erased", reason: "ERASED" },
  ];
  expect(await p.sections()).toEqual([]);
  expect(await p.landed()).toEqual([
    expect.objectContaining({ section: 1, ordinals: [], ends }),
    expect.objectContaining({ section: 1, ordinals: [], ends }),
  ]);
  expect(p.audited("sotto.audit.turns.ended.v1").map((event) => event.ends)).toEqual([ends]);
  expect(p.aside()).toEqual([]);
  await p.restart();
  expect(await p.landed()).toHaveLength(2);
});

test("a turn whose content does not fit goes to quarantine as it came, and the others go on", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "one", { at: 1 }));
  await p.feed(c.turn("b", "", { at: 2, content: { v: 2 } as never }), aTick(1000));
  const [section] = await p.sections();
  expect(section && gist(section)).toEqual({
    n: 1,
    cause: "gap",
    turns: [[1, "one"]],
    ends: [[2, "quarantined", "MALFORMED"]],
  });
  expect(p.aside()).toEqual(["MALFORMED admitted/3/3"]);
  expect(p.audited("sotto.audit.turn.quarantined.v1")).toEqual([
    expect.objectContaining({ reason: "MALFORMED", ordinal: 2, conversation: c.id, line: "support" }),
  ]);
  expect(await p.landed()).toEqual([]);
});

test("a section that cannot be redacted goes to quarantine turn by turn; what a fence stopped does not", async () => {
  const c = aConversation(ring);
  const breaking: typeof redact = (turns, o) => {
    if (turns.some((turn) => turn.text.includes("poison"))) throw new Error("A fault of ours");
    return redact(turns, o);
  };
  const house = await openHouse(ring, { redact: breaking });
  const p = await openPartition(house);
  const withdrawal = house.fence("withdrawal", c.id);
  await p.feed(c.grant(), c.started(), c.turn("w", "withdrawn", { at: 1 }));
  await p.feed(c.grant("second", { from: 2, fences: [withdrawal.id] }));
  await p.feed(
    c.turn("a", "poison", { at: 1, grant: "second" }),
    c.replaced("a", "more poison", { at: 2, grant: "second" }),
  );
  await p.crash({ after: "outputs" }, c.turn("b", "good", { at: 3, grant: "second" }), aTick(1000));
  await p.restart();
  await p.feed(c.turn("c", "after", { at: 1100, grant: "second" }), aTick(2100));
  expect((await p.sections()).map(gist)).toEqual([{ n: 2, cause: "gap", turns: [[5, "after"]], ends: [] }]);
  expect([...new Set(p.aside())]).toEqual(["REDACTION_FAILED admitted/3/5", "REDACTION_FAILED admitted/3/6"]);
  expect(p.audited("sotto.audit.turn.quarantined.v1").map((event) => event.ordinal)).toEqual([3, 4]);
  expect(p.audited("sotto.audit.turns.ended.v1").map((event) => event.ends)).toEqual([
    [
      { ordinal: 2, part: 0, end: "replaced", reason: "REPLACED" },
      { ordinal: 1, part: 0, end: "discarded", reason: "CONSENT_WITHDRAWN" },
    ],
  ]);
  const [said] = await p.landed();
  expect(said?.ends.map((end) => [end.ordinal, end.end])).toEqual([
    [2, "replaced"],
    [1, "discarded"],
    [3, "quarantined"],
    [4, "quarantined"],
  ]);
  expect(house.lines.join()).not.toContain("poison");
});

test("while not even an end can be told the section waits, and its entries are written all the same", async () => {
  const c = aConversation(ring);
  const failing: typeof redact = () => {
    throw new Error("A fault of ours");
  };
  const p = await openPartition(await openHouse(ring, { redact: failing }));
  await p.feed(...two(c));
  ring.away.add("grants");
  // The end of an event's own making: what it changed must not be lost with it.
  await p.feed(aTick(1000));
  ring.away.clear();
  expect(p.outputs).toEqual([]);
  expect(p.live().filter((key) => /\/(section|due)\/1/.test(key))).toHaveLength(2);
  await p.restart();
  expect((await p.landed()).map((said) => said.ends.length)).toEqual([2]);
  expect(p.aside()).toHaveLength(2);
});

test.each([
  ["under a grant that nobody gave", (c: AConversation) => c.turn("x", "x", { at: 1, grant: "unknown" })],
  ["as a turn without an ordinal", (c: AConversation) => c.turn("x", "x", { at: 1, ordinal: 0 })],
  ["as a fact with one", (c: AConversation) => c.ended({ at: 1, ordinal: 7 })],
])("an event that comes %s is refused, and nothing is remembered of it", async (_, make) => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started());
  await expect(p.feed(make(c))).rejects.toMatchObject({ name: "QuarantineError", reason: "NO_ADMISSION" });
  expect(p.live()).toHaveLength(2);
});

test("more languages than one entry may name do not break what tells of the section", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  const turns = Array.from({ length: 80 }, (_, n) =>
    c.turn(`t${n}`, "x", { at: 1, language: `en-${String.fromCharCode(65 + n / 26, 65 + (n % 26))}` }),
  );
  await p.feed(c.grant(), c.started(), ...turns, aTick(1000));
  expect(p.audited("sotto.audit.section.redacted.v1")[0]?.languages).toHaveLength(64);
});

test("however often one turn is replaced, its section closes and its ends fit", async () => {
  const c = aConversation(ring);
  const p = await openPartition(await openHouse(ring));
  await p.feed(c.grant(), c.started(), c.turn("a", "0", { at: 1 }));
  await p.feed(
    ...Array.from({ length: 450 }, (_, n) => c.replaced("a", `${n}`, { at: 1, nth: n })),
    aTick(1000),
  );
  const sections = await p.sections();
  expect(sections.map((s) => s.turns.length + s.ends.length)).toEqual([400, 51]);
  expect(sections[1]?.turns[0]?.replaces).toBe(turnId("a"));
});
