import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { bundledPolicy } from "@sotto/consent";

import {
  aConversation,
  aTick,
  inOrder,
  type AConversation,
  type Admitted,
  type Told,
} from "./a-conversation.ts";
import { gist, openHouse, openPartition, type Crash, type Partition } from "./house.ts";
import { openKeyRing, type KeyRing } from "./keys.ts";

let ring: KeyRing;
beforeAll(async () => {
  ring = await openKeyRing();
});
afterAll(() => ring[Symbol.asyncDispose]());

/** Small, so that every cause comes up: linger 30 s, owed 90 s, gap 100 s, age 250 s, four things fill a section. */
const section = {
  endLingerMs: 30_000,
  recordingOwedMs: 90_000,
  gapMs: 100_000,
  ageMs: 250_000,
  maxTurns: 4,
  maxBytes: 60_000,
};
const policy = { ...bundledPolicy, timing: { ...bundledPolicy.timing, section } };

const texts = [
  "my email is eve@example.com",
  "my email is bob@example.com",
  "hello",
  "it is 555 0123 44 I think",
  "what is your phone number?",
  "eve@example.com, as I said",
] as const;
const names = ["a", "b", "c", "d"] as const;

type Step =
  | {
      readonly do: "turn" | "replace" | "remove";
      readonly who: 0 | 1;
      readonly name: string;
      readonly text: string;
      readonly agent: boolean;
    }
  | { readonly do: "end" | "move" | "record"; readonly who: 0 | 1; readonly line: string }
  | { readonly do: "tick"; readonly late: number }
  | { readonly do: "again"; readonly back: number };
const who = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<readonly [wait: number, step: Step]> = fc.tuple(
  fc.constantFrom(0, 1, 5, 29, 31, 99, 101, 200),
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "turn" as const,
          "turn" as const,
          "turn" as const,
          "replace" as const,
          "remove" as const,
        ),
        who,
        name: fc.constantFrom(...names),
        text: fc.constantFrom(...texts),
        agent: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("end" as const, "move" as const, "record" as const),
        who,
        line: fc.constantFrom("support", "sales"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("tick" as const), late: fc.constantFrom(0, 3, 400) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const), back: fc.nat(20) }) },
  ),
);

/** The records of such a story, and which ordinals were given in each conversation. */
const tell = async (steps: readonly (readonly [number, Step])[]) => {
  const both = [aConversation(ring), aConversation(ring)] as const;
  const story: Told[] = both.flatMap((c) => [c.grant(), c.started()]);
  const ordinals: [number, number] = [0, 0];
  const said = new Set<string>();
  let now = 1;
  for (const [nth, [wait, one]] of steps.entries()) {
    now += wait;
    story.push(...(await act(one, { both, ordinals, said, story, now, nth })));
  }
  story.push(aTick(now + 10_000));
  return { both, ordinals, records: await inOrder(story) };
};

interface Scene {
  readonly both: readonly [AConversation, AConversation];
  readonly ordinals: [number, number];
  readonly said: Set<string>;
  readonly story: Told[];
  readonly now: number;
  readonly nth: number;
}

const act = async (one: Step, s: Scene): Promise<Told[]> => {
  const { now: at, nth } = s;
  if (one.do === "tick") return [aTick(at, { late: one.late })];
  if (one.do === "again") {
    const record = await s.story.at(-1 - (one.back % s.story.length));
    return record ? [record] : [];
  }
  const c = s.both[one.who];
  const party = "agent" in one && one.agent ? { more: { party: "p_agent" } } : {};
  switch (one.do) {
    case "end":
      return [c.ended({ at, nth })];
    case "move":
      return [c.moved(one.line, { at, nth })];
    case "remove":
      return [c.removed(one.name, { at, nth })];
    case "record":
      return [c.recording({ at, nth, ordinal: (s.ordinals[one.who] += 1) })];
    default: {
      const how = { at, nth, ordinal: (s.ordinals[one.who] += 1), ...party };
      const known = `${one.who} ${one.name}`;
      const isFirst = !s.said.has(known);
      s.said.add(known);
      return [isFirst ? c.turn(one.name, one.text, how) : c.replaced(one.name, one.text, how)];
    }
  }
};

/** How one run of it is cut into batches, and what goes wrong after each. */
const handling = fc.record({
  size: fc.integer({ min: 1, max: 9 }),
  next: fc.oneof(
    { weight: 3, arbitrary: fc.constant("go on" as const) },
    { weight: 2, arbitrary: fc.constant("restart" as const) },
    {
      weight: 3,
      arbitrary: fc.oneof(
        fc.record({ after: fc.constantFrom("entries" as const, "tombstones" as const), count: fc.nat(14) }),
        fc.record({ after: fc.constant("outputs" as const) }),
      ) as fc.Arbitrary<Crash>,
    },
  ),
});

const play = async (
  records: readonly Admitted[],
  hands: readonly { size: number; next: "go on" | "restart" | Crash }[],
): Promise<Partition> => {
  const p = await openPartition(await openHouse(ring, { policy }));
  for (let at = 0, n = 0; at < records.length; n += 1) {
    const { size, next } = hands[n % hands.length] ?? { size: 1, next: "go on" };
    const batch = records.slice(at, (at += size));
    if (typeof next === "string") await p.feed(...batch);
    else await p.crash(next, ...batch);
    if (next !== "go on") await p.restart();
  }
  return p;
};

const summary = async (p: Partition) =>
  (await p.sections())
    .map((s) => ({
      of: s.conversation,
      line: s.line,
      at: s.closedAt,
      ...gist(s),
      replaces: s.turns.map((turn) => turn.replaces),
    }))
    .toSorted((a, b) => (a.of < b.of ? -1 : a.of > b.of ? 1 : a.n - b.n));

test("whatever is admitted, batches, restarts and crashes give the same sections, and every turn one end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.array(handling, { minLength: 1, maxLength: 6 }),
      async (steps, hands) => {
        const { both, ordinals, records } = await tell(steps);
        const plain = await summary(await play(records, [{ size: 1, next: "go on" }]));
        const p = await play(records, hands);
        expect(await summary(p)).toEqual(plain);
        expect(p.live().filter((key) => /\/(open|due)\//.test(key))).toEqual([]);
        for (const [i, c] of both.entries()) {
          const mine = plain.filter((s) => s.of === c.id);
          expect(mine.map((s) => s.n)).toEqual(mine.map((_, n) => n + 1));
          const all = mine.flatMap((s) => [...s.turns, ...s.ends].map(([ordinal]) => ordinal));
          expect(new Set(all).size).toBe(all.length);
          const recordings = steps.filter(([, one]) => one.do === "record" && one.who === i).length;
          expect(all.length).toBe((ordinals[i] ?? 0) - recordings);
        }
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});
