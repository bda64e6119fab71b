import fc from "fast-check";
import { expect, test } from "vitest";

import { spread, type Holding } from "../src/embedded/spread.ts";

const names = ["a", "b", "c", "d", "e"];

const situation = fc
  .record({ members: fc.integer({ min: 1, max: 5 }), partitions: fc.integer({ min: 1, max: 24 }) })
  .chain(({ members, partitions }) =>
    fc.record({
      members: fc.constant(names.slice(0, members)),
      holdings: fc
        .array(
          fc.record({
            member: fc.option(fc.constantFrom(...names.slice(0, members)), { nil: null }),
            isRevoking: fc.boolean(),
          }),
          { minLength: partitions, maxLength: partitions },
        )
        .map((all): Holding[] =>
          all.map(({ member, isRevoking }, partition) => ({
            partition,
            member,
            revoking: member !== null && isRevoking ? 1 : null,
          })),
        ),
    }),
  );

/** One step as the table takes it: grants, revocations, and what was asked back comes back. */
const step = (members: readonly string[], holdings: readonly Holding[]): Holding[] => {
  const { grants, revokes } = spread(members, holdings);
  return holdings.map((held) => {
    const granted = grants.get(held.partition);
    if (granted !== undefined) return { ...held, member: granted };
    if (held.revoking !== null) return { ...held, member: null, revoking: null };
    return revokes.includes(held.partition) ? { ...held, revoking: 1 } : held;
  });
};

test("whatever was held, a few steps end balanced, with every partition held, and then nothing moves", () => {
  fc.assert(
    fc.property(situation, ({ members, holdings }) => {
      let now: readonly Holding[] = holdings;
      for (let n = 0; n < 5; n += 1) now = step(members, now);
      const sizes = members.map((member) => now.filter((held) => held.member === member).length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(now.every((held) => held.member !== null && held.revoking === null)).toBe(true);
      expect(spread(members, now)).toEqual({ grants: new Map(), revokes: [] });
    }),
  );
});

test("no more is asked back than is needed, and only free partitions are granted", () => {
  fc.assert(
    fc.property(situation, ({ members, holdings }) => {
      const { grants, revokes } = spread(members, holdings);
      for (const partition of grants.keys()) expect(holdings[partition]?.member).toBeNull();
      const most = Math.ceil(holdings.length / members.length);
      for (const member of members) {
        const held = holdings.filter((one) => one.member === member && one.revoking === null);
        const asked = held.filter((one) => revokes.includes(one.partition)).length;
        expect(asked).toBeLessThanOrEqual(Math.max(0, held.length - most + 1));
        if (asked > 0) expect(held.length - asked).toBeGreaterThanOrEqual(most - 1);
      }
    }),
  );
});

test("without members nothing happens", () => {
  const holdings = [{ partition: 0, member: null, revoking: null }];
  expect(spread([], holdings)).toEqual({ grants: new Map(), revokes: [] });
});
