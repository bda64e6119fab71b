import { afterAll, beforeAll, expect, test } from "vitest";

import { aConversation, aTick, turnId, type AConversation, type Told } from "./a-conversation.ts";
import { openHouse, openPartition } from "./house.ts";
import { openKeyRing, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

/** [text, what it replaces] of a section's turns; its ends; the turns that it marks as removed. */
type Tale = [turns: [string, string?][], ends: [number, string][], removes: string[]];
const first: Tale = [[["one"]], [], []];

/** `a` says "one" and is in section 1; what then happens is told by the sections that follow. */
const stories: [string, (c: AConversation) => Told[], Tale[]][] = [
  [
    "before the cut a replacement takes its place",
    (c) => [c.turn("b", "two", { at: 1100 }), c.replaced("b", "better", { at: 1101 })],
    [[[["better"]], [[2, "replaced"]], []]],
  ],
  [
    "so does the replacement of a replacement",
    (c) => [
      c.turn("b", "two", { at: 1100 }),
      c.replaced("b", "better", { at: 1101 }),
      c.replaced("b", "best", { at: 1102 }),
    ],
    [
      [
        [["best"]],
        [
          [2, "replaced"],
          [3, "replaced"],
        ],
        [],
      ],
    ],
  ],
  [
    "after it, it is a turn of the next section that says what it replaces",
    (c) => [c.replaced("a", "better", { at: 1100 })],
    [[[["better", "a"]], [], []]],
  ],
  [
    "replaced twice after the cut, the last says it",
    (c) => [c.replaced("a", "better", { at: 1100 }), c.replaced("a", "best", { at: 1101 })],
    [[[["best", "a"]], [[2, "replaced"]], []]],
  ],
  [
    "under a new id each time, it still says which landed turn it replaces",
    (c) => [
      c.replaced("a", "better", { at: 1100, as: "a2" }),
      c.replaced("a2", "best", { at: 1101, as: "a3" }),
    ],
    [[[["best", "a"]], [[2, "replaced"]], []]],
  ],
  [
    "before the cut a removal ends it",
    (c) => [
      c.turn("b", "two", { at: 1100 }),
      c.turn("c", "three", { at: 1100 }),
      c.removed("b", { at: 1101 }),
    ],
    [[[["three"]], [[2, "removed"]], []]],
  ],
  ["after it, it is a mark", (c) => [c.removed("a", { at: 1100 })], [[[], [], ["a"]]]],
  [
    "a turn that was replaced after it landed, and is removed then, is gone both here and there",
    (c) => [c.replaced("a", "better", { at: 1100 }), c.removed("a", { at: 1101 })],
    [[[], [[2, "removed"]], ["a"]]],
  ],
  [
    "so it is under an id of its own",
    (c) => [c.replaced("a", "better", { at: 1100, as: "a2" }), c.removed("a2", { at: 1101 })],
    [[[], [[2, "removed"]], ["a"]]],
  ],
  [
    "a removal that comes twice as two events marks once",
    (c) => [c.removed("a", { at: 1100 }), c.removed("a", { at: 1101, nth: 1 })],
    [[[], [], ["a"]]],
  ],
  ["a removal of a turn that nobody knows tells nothing", (c) => [c.removed("zz", { at: 1100 })], []],
  [
    "a replacement of a turn that nobody knows is a turn",
    (c) => [c.replaced("zz", "new", { at: 1100 })],
    [[[["new"]], [], []]],
  ],
  [
    "a replacement that comes when time has closed the section is of the next one, and says so",
    (c) => [c.turn("b", "two", { at: 1100 }), c.replaced("b", "better", { at: 2100 })],
    [
      [[["two"]], [], []],
      [[["better", "b"]], [], []],
    ],
  ],
];

test.each(stories)("%s", async (_, story, expected) => {
  for (const withRestarts of [false, true]) {
    const c = aConversation(ring);
    const p = await openPartition(await openHouse(ring));
    const records = [
      c.grant(),
      c.started(),
      c.turn("a", "one", { at: 1 }),
      aTick(1000),
      ...story(c),
      aTick(2050),
      aTick(9000),
    ];
    for (const record of records) {
      await p.feed(record);
      if (withRestarts) await p.restart();
    }
    const names = new Map(["a", "a2", "a3", "b"].map((name) => [turnId(name), name]));
    const name = (id: string) => names.get(id) ?? id;
    const tales = (await p.sections()).map((s): Tale => [
      s.turns.map(
        (turn) => [turn.text ?? "", ...(turn.replaces ? [name(turn.replaces)] : [])] as [string, string?],
      ),
      s.ends.map((end) => [end.ordinal, end.end]),
      s.removes.map(name),
    ]);
    expect(tales).toEqual([first, ...expected]);
    expect(p.live().filter((key) => /\/(open|due)\//.test(key))).toEqual([]);
  }
});
