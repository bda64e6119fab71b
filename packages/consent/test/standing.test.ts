import { expect, test } from "vitest";

import { standingFor } from "../src/index.ts";
import { customer, fold, standingOf, started, token } from "./a-conversation.ts";

const c = fold(started({ parties: [customer({ tokens: [token(1), token(2)] })] }));

test("finds the standing consents of the people in the conversation", () => {
  const [mine, alsoMine, other] = [
    standingOf({}),
    standingOf({ tokens: [token(2), token(1)] }),
    standingOf({ tokens: [token(3)] }),
  ];
  const { tokens: _none, ...nobodys } = standingOf({}).consent;
  const all = [other, alsoMine, mine, { ...mine, consent: nobodys }, { ...mine, tenant: "other" }];
  expect(standingFor(c, all)).toEqual(
    [mine, alsoMine].toSorted((a, b) => (a.consent.id < b.consent.id ? -1 : 1)),
  );
  expect(standingFor(c, all)).toEqual(standingFor(c, [...all]));
});

test("sees what was added to the list since", () => {
  const all = [standingOf({ tokens: [token(3)] })];
  expect(standingFor(c, all)).toEqual([]);
  all.push(standingOf({}));
  expect(standingFor(c, all)).toHaveLength(1);
});

test("nobody and nothing find nothing", () => {
  expect(standingFor(c, [])).toEqual([]);
  expect(standingFor(fold(started({ parties: [] })), [standingOf({})])).toEqual([]);
});

test("tells them in the order of their ids", () => {
  const [a, b, d] = ["k_a", "k_b", "k_d"].map((id) => standingOf({ id }));
  if (!a || !b || !d) throw new Error("Three were made");
  expect(standingFor(c, [d, a, b])).toEqual([a, b, d]);
});
