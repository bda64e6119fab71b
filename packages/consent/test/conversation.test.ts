import type { Facts } from "@sotto/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  applyFacts,
  attributesOf,
  bundledPolicy,
  decide,
  decisionFacts,
  lineAt,
  openConversation,
  partiesOf,
  pausesOf,
  tokensOf,
} from "../src/index.ts";
import {
  acknowledged,
  aFact,
  agent,
  agreed,
  aTurn,
  customer,
  fold,
  minute,
  second,
  start,
  started,
  told,
  token,
} from "./a-conversation.ts";

const eventful: Facts[] = [
  started({ attributes: { queue: "a" } }),
  told(),
  told({ at: start + 2 * second, notice: { id: "chat-privacy", version: "2", language: "en" } }),
  agreed(),
  agreed({ status: "withdrawn", at: start + 3 * minute }),
  agreed({ at: start + 4 * minute }),
  acknowledged(),
  aFact("party.joined", {
    party: customer({ id: "p_son", role: "third_party", tokens: [token(2)] }),
    at: start + minute,
  }),
  aFact("party.left", { party: "p_son", at: start + 2 * minute }),
  aFact("leg.started", { leg: "l_1", at: start + minute, reason: "consult", parties: ["p_boss"] }),
  aFact("leg.ended", { leg: "l_1", at: start + 2 * minute }),
  aFact("conversation.updated", { at: start + 90 * second, line: "sales", attributes: { queue: "b" } }),
  aFact("conversation.updated", { at: start + 95 * second, attributes: { skill: "c" } }),
  aFact("capture.changed", { at: start + 5 * minute, media: "text", state: "paused", reason: "payment" }),
  aFact("capture.changed", { at: start + 6 * minute, media: "text", state: "resumed" }),
  aFact("conversation.ended", { at: start + 9 * minute, reason: "completed", attributes: { skill: "d" } }),
];

test("folds to the same conversation, and the same decisions, in whatever order the facts arrive", () => {
  const sorted = fold(...eventful);
  const o = { now: start + 20 * minute, policy: bundledPolicy, standing: [], fences: [] };
  const decisions = (c: typeof sorted) =>
    [10, 70, 100, 200, 330, 600].map((s) =>
      decide(decisionFacts(c, aTurn({ startAt: start + s * second }), o)),
    );
  const expected = decisions(sorted);
  fc.assert(
    fc.property(fc.shuffledSubarray(eventful, { minLength: eventful.length }), (arrived) => {
      const c = fold(...arrived);
      expect(c).toEqual(sorted);
      expect(decisions(c)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test("a repeat changes nothing, and neither does a turn", () => {
  const turn = aFact("turn.added", {
    id: "t_1",
    party: "p_cust",
    startAt: start,
    timeFrom: "sent",
    parts: [],
    origin: "typed",
  });
  expect(fold(...eventful, ...eventful, turn)).toEqual(fold(...eventful));
});

test("is plain data: it survives JSON", () => {
  const c = fold(...eventful);
  expect(JSON.parse(JSON.stringify(c))).toEqual(c);
});

test("refuses facts of another conversation or tenant, and a fact of none", () => {
  const c = fold(started());
  expect(() => applyFacts(c, { ...told(), conversation: "c_2" })).toThrow("is not of conversation c_1");
  expect(() => applyFacts(c, { ...told(), tenant: "other" })).toThrow("is not of conversation c_1");
  expect(() => openConversation({ ...agreed(), conversation: null })).toThrow("belongs to no conversation");
});

test("knows neither start nor end until it is told", () => {
  const c = fold(told());
  expect([c.startedAt, c.endedAt, c.line]).toEqual([null, null, "support"]);
  applyFacts(c, started());
  applyFacts(c, aFact("conversation.ended", { at: start + minute, reason: "completed" }));
  expect([c.startedAt, c.endedAt]).toEqual([start, start + minute]);
});

test("opened by a turn it is empty, and of the line the turn names", () => {
  const c = openConversation(
    aFact(
      "turn.added",
      { id: "t_1", party: "p_cust", startAt: start, timeFrom: "sent", parts: [], origin: "typed" },
      { line: "sales" },
    ),
  );
  expect([c.known, c.line, lineAt(c, start)]).toEqual([[], "sales", "sales"]);
});

test("a change of line holds from its time on", () => {
  const c = fold(...eventful);
  expect([lineAt(c, start), lineAt(c, start + 90 * second), c.line]).toEqual(["support", "sales", "sales"]);
});

test("tells parties, tokens, attributes and pauses", () => {
  const c = fold(...eventful);
  expect(partiesOf(c).map(({ id, role }) => `${id} ${role}`)).toEqual([
    "p_agent agent",
    "p_boss third_party",
    "p_cust customer",
    "p_son third_party",
  ]);
  expect(tokensOf(c)).toEqual([token(1), token(2)]);
  expect(attributesOf(c)).toEqual({ queue: "b", skill: "d" });
  expect(pausesOf(c)).toEqual([{ from: start + 5 * minute, to: start + 6 * minute, reason: "payment" }]);
});

test("of what was said of a party more than once, the reading that assumes less counts", () => {
  const c = fold(
    started({ parties: [customer({ age: 40, jurisdiction: "US-NY", jurisdictionFrom: "number" })] }),
    aFact("party.joined", {
      at: start + second,
      party: customer({ age: 15, jurisdiction: "US-CA", tokens: [token(9)] }),
    }),
  );
  expect(partiesOf(c)).toEqual([customer({ age: 15, jurisdiction: "US-CA", tokens: [token(1), token(9)] })]);
  const facts = decisionFacts(c, aTurn(), { now: start, policy: bundledPolicy, standing: [], fences: [] });
  expect(facts.parties[0]?.jurisdiction).toEqual(["US-CA", "US-NY", "ZZ"]);
});

test("a role that was only guessed frees nobody from being asked", () => {
  const c = fold(started({ parties: [agent({ roleFrom: "guessed" }), customer({ roleFrom: "guessed" })] }));
  expect(partiesOf(c).map(({ role }) => role)).toEqual(["third_party", "customer"]);
});

test("who never says where they are may be anywhere", () => {
  const { jurisdiction: _nowhere, ...somebody } = customer();
  const c = fold(started({ parties: [somebody] }));
  const facts = decisionFacts(c, aTurn(), { now: start, policy: bundledPolicy, standing: [], fences: [] });
  expect(facts.parties[0]?.jurisdiction).toEqual([]);
});
