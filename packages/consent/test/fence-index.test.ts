import fc from "fast-check";
import { expect, test } from "vitest";

import {
  covers,
  decide,
  decisionFacts,
  FenceIndex,
  fenceVerdict,
  grantOf,
  stopped,
  type Subject,
} from "../src/index.ts";
import { aFence, aTurn, circumstances, goodChat, minute, start, token } from "./a-conversation.ts";

const subject: Subject = {
  tenant: "acme",
  conversation: "c_1",
  line: "support",
  source: "/test/acme",
  tokens: [token(1), token(2)],
  startedAt: start,
};

const aGrant = (answered: readonly string[] = []) => {
  const c = goodChat();
  const o = circumstances();
  const facts = decisionFacts(c, aTurn(), o);
  const grant = grantOf(c, decide(facts, o.policy), facts, {
    from: 1,
    at: start,
    day: 20_261_121,
    policy: o.policy,
    fences: [],
  });
  return { ...grant, fences: [...answered] };
};

const indexOf = (...fences: ReturnType<typeof aFence>[]) => {
  const index = new FenceIndex();
  for (const fence of fences) index.set(`acme/x/${fence.id}`, fence);
  return index;
};

test.each([
  ["its conversation", { scope: { conversation: "c_1" } }, true],
  ["another conversation", { scope: { conversation: "c_2" } }, false],
  ["one of its tokens", { scope: { token: [token(2), token(3)] } }, true],
  ["other tokens", { scope: { token: [token(3)] } }, false],
  ["its line", { scope: { line: "support" } }, true],
  ["its line, but another source", { scope: { line: "support", source: "/other" } }, false],
  ["its source", { scope: { source: "/test/acme" } }, true],
  ["another line", { scope: { line: "sales" } }, false],
  ["nothing: the whole tenant", { kind: "kill_switch", scope: {} }, true],
  ["no token: the whole tenant", { kind: "kill_switch", scope: { token: [] } }, true],
  ["another tenant", { tenant: "other", scope: {} }, false],
  [
    "a person erased before it started",
    { kind: "erasure", scope: { token: [token(1)] }, receivedAt: start },
    false,
  ],
  [
    "a person erased after it started",
    { kind: "erasure", scope: { token: [token(1)] }, receivedAt: start + 1 },
    true,
  ],
  [
    "the conversation erased, whenever",
    { kind: "erasure", scope: { conversation: "c_1" }, receivedAt: start - 1 },
    true,
  ],
  [
    "a conversation and a token of it erased, whenever",
    { kind: "erasure", scope: { conversation: "c_1", token: [token(1)] }, receivedAt: 0 },
    true,
  ],
] as const)("a fence is in scope when all it names matches: %s", (_title, over, expected) => {
  const fence = aFence(over as unknown as Parameters<typeof aFence>[0]);
  expect(covers(fence, subject)).toBe(expected);
  expect(indexOf(fence).scope(subject)).toEqual(expected ? [fence] : []);
});

test("finds exactly the fences that cover, whatever was set and deleted before", () => {
  const scope = fc.record(
    {
      conversation: fc.constantFrom("c_1", "c_2"),
      token: fc.array(fc.constantFrom(token(1), token(2), token(3)), { maxLength: 2 }),
      line: fc.constantFrom("support", "sales"),
      source: fc.constantFrom("/test/acme", "/other"),
    },
    { requiredKeys: [] },
  );
  const step = fc.record({
    key: fc.nat(9),
    gone: fc.boolean(),
    tenant: fc.constantFrom("acme", "other"),
    scope,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const index = new FenceIndex();
      const live = new Map<string, ReturnType<typeof aFence>>();
      for (const { key, gone, tenant, scope: at } of steps) {
        const fence = aFence({ tenant, scope: at });
        if (gone) {
          index.delete(`k${key}`);
          live.delete(`k${key}`);
        } else {
          index.set(`k${key}`, fence);
          live.set(`k${key}`, fence);
        }
      }
      expect(index.size).toBe(live.size);
      const expected = [...live.values()].filter((fence) => covers(fence, subject));
      expect(index.scope(subject)).toEqual(expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    }),
  );
});

test("asking among 100,000 fences costs what is in scope", () => {
  const index = new FenceIndex();
  for (let i = 0; i < 100_000; i += 1) {
    index.set(
      `acme/x/${i}`,
      aFence({ scope: i % 2 === 0 ? { conversation: `c_${i + 10}` } : { token: [token(i + 10)] } }),
    );
  }
  const own = aFence();
  index.set("acme/c_1/f", own);
  expect(index.size).toBe(100_001);
  const began = process.hrtime.bigint();
  let found = 0;
  for (let i = 0; i < 5000; i += 1) found += index.scope(subject).length;
  expect(found).toBe(5000);
  expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(2000);
});

test("a fence stops the purposes it names and leaves the others", () => {
  expect([...stopped(aGrant(), indexOf(aFence({ purposes: ["analytics", "marketing"] }))).keys()]).toEqual([
    "analytics",
  ]);
  expect([...stopped(aGrant(), indexOf(aFence())).keys()]).toEqual([
    "transcription",
    "qa_review",
    "analytics",
  ]);
  expect([...stopped(aGrant(), indexOf()).keys()]).toEqual([]);
});

test("a fence that the grant answers stops nothing, the next one does", () => {
  const [answered, next] = [aFence(), aFence({ at: start + minute })];
  expect(stopped(aGrant([answered.id]), indexOf(answered)).size).toBe(0);
  expect(stopped(aGrant([answered.id]), indexOf(answered, next)).get("transcription")).toEqual(next);
});

test("of several fences the more final one speaks", () => {
  const fences = [aFence({ kind: "kill_switch", scope: {} }), aFence({ kind: "erasure" }), aFence()];
  expect(stopped(aGrant(), indexOf(...fences)).get("transcription")?.kind).toBe("erasure");
});

test.each([
  ["withdrawal", { end: "discarded", reason: "CONSENT_WITHDRAWN" }],
  ["refusal", { end: "discarded", reason: "CONSENT_REFUSED" }],
  ["objection", { end: "discarded", reason: "OBJECTION_RECORDED" }],
  ["erasure", { end: "erased", reason: "ERASED" }],
  ["restriction", { held: "PROCESSING_RESTRICTED" }],
  ["kill_switch", { held: "KILL_SWITCH" }],
] as const)("a %s has its own end, or none yet", (kind, expected) => {
  expect(fenceVerdict(aFence({ kind }))).toEqual(expected);
});

test("of two fences of one kind the one with the lower id speaks, in whatever order they came", () => {
  const [a, b] = [aFence({ id: "f_a" }), aFence({ id: "f_b" })];
  expect(stopped(aGrant(), indexOf(b, a)).get("transcription")?.id).toBe("f_a");
  expect(stopped(aGrant(), indexOf(a, b)).get("transcription")?.id).toBe("f_a");
  expect(
    indexOf(b, a)
      .scope(subject)
      .map(({ id }) => id),
  ).toEqual(["f_a", "f_b"]);
});
