import { bundledPolicy } from "@sotto/consent";
import { doorLimits, eventTypes, examples, type EventType } from "@sotto/contracts";
import { expect, test } from "vitest";

import { check } from "../src/check.ts";
import type { Sender } from "../src/sources.ts";

const now = Date.UTC(2026, 10, 24, 9, 1);
const sender: Sender = { source: "/acme/emea", tenant: "acme", lines: ["support", "sales"] };
const checked = (sent: unknown, from = sender) =>
  check(sent, from, { policy: bundledPolicy, now, bytes: undefined });
const refusal = (sent: unknown, from = sender) => {
  const answer = checked(sent, from);
  return "refused" in answer ? answer.refused : null;
};
const changed = (
  change: Record<string, unknown>,
  data: Record<string, unknown> = {},
  type: EventType = turn,
) => ({
  ...examples[type],
  ...change,
  data: { ...examples[type].data, ...data },
});
const turn = "sotto.turn.added.v1";
const updated = "sotto.conversation.updated.v1";

test.each(eventTypes)("the example of %s may come in, and nothing of it is dropped", (type) => {
  const answer = checked(examples[type]);
  expect(answer).toMatchObject({ ok: { line: "support", dropped: 0 } });
});

const later = new Date(now + doorLimits.futureMs + 1).toISOString();
test.each([
  ["MALFORMED", undefined, null],
  ["MALFORMED", undefined, "text"],
  ["MALFORMED", undefined, [changed({})]],
  ["UNKNOWN_TYPE", "/type", changed({ type: "sotto.turn.said.v1" })],
  ["UNKNOWN_TYPE", "/type", changed({ type: { toString: "x" } })],
  ["SOURCE_MISMATCH", "/source", changed({ source: "/acme/apac" })],
  ["TENANT_MISMATCH", "/tenant", changed({ tenant: "globex" })],
  ["TENANT_MISMATCH", "/tenant", changed({ tenant: null })],
  ["LINE_NOT_ALLOWED", "/line", changed({ line: "research" })],
  ["LINE_NOT_ALLOWED", "/line", changed({ line: "constructor" })],
  ["LINE_NOT_ALLOWED", "/data/line", changed({}, { line: "research" }, updated)],
  ["INVALID", "/line", changed({ line: undefined })],
  ["INVALID", "/id", changed({ id: 7 })],
  ["INVALID", "/data/startAt", changed({}, { startAt: "yesterday" })],
  ["INVALID", "/data/content/0/kind", changed({}, { content: [{ kind: "poem" }] })],
  ["TIME_IN_FUTURE", "/time", changed({ time: later })],
  ["TIME_IN_FUTURE", "/data/startAt", changed({}, { startAt: later })],
  ["TIME_IN_FUTURE", "/data/endAt", changed({}, { endAt: later })],
  ["TOO_LARGE", undefined, changed({ extra: "x".repeat(doorLimits.eventBytes) })],
])("%s at %s", (reason, pointer, sent) => {
  const answer = refusal(sent);
  expect(answer?.reason).toBe(reason);
  expect(answer?.errors?.[0]?.pointer).toBe(pointer);
});

test("five minutes ahead are forgiven, and a consent may expire when it will", () => {
  const soon = new Date(now + doorLimits.futureMs).toISOString();
  expect(refusal(changed({ time: soon }))).toBeNull();
  expect(refusal(changed({}, { expiresAt: later }, "sotto.consent.recorded.v1"))).toBeNull();
});

test("the rights are asked before the schema, so that a stranger learns nothing of it", () => {
  expect(refusal(changed({ tenant: "globex", id: 7 }))?.reason).toBe("TENANT_MISMATCH");
});

test("a line that the credential covers but the policy does not give to its tenant is refused", () => {
  const other = { ...sender, tenant: "globex" };
  expect(refusal(changed({ tenant: undefined }), other)?.reason).toBe("LINE_NOT_ALLOWED");
  expect(refusal(changed({ line: "unheard-of" }), { ...sender, lines: ["unheard-of"] })?.reason).toBe(
    "LINE_NOT_ALLOWED",
  );
});

test("with one line there is no need to name it", () => {
  expect(checked(changed({ line: undefined }), { ...sender, lines: ["sales"] })).toMatchObject({
    ok: { line: "sales" },
  });
});

test("what no schema names is counted, a whole branch once", () => {
  const sent = changed(
    { extra: 1, other: { a: 1, b: 2 } },
    { content: [{ kind: "text", text: "x", mood: "good" }] },
  );
  expect(checked(sent)).toMatchObject({ ok: { dropped: 3 } });
});

test("keys of the prototype are only unknown fields", () => {
  const text = JSON.stringify(changed({})).replace(
    '"data":{',
    '"__proto__":{"tenant":"globex"},"data":{"__proto__":{"x":1},',
  );
  expect(checked(JSON.parse(text))).toMatchObject({ ok: { dropped: 2, event: { tenant: "acme" } } });
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test("no refusal repeats what was sent", () => {
  const secret = "anna.lindqvist@example.com";
  const everywhere = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(everywhere);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, everywhere(field)]));
    return secret;
  };
  for (const type of eventTypes) {
    const { source, tenant, line } = examples[type];
    const sent = {
      ...examples[type],
      data: everywhere(examples[type].data),
      [secret]: secret,
      source,
      tenant,
      line,
    };
    for (const one of [
      sent,
      { ...sent, data: secret },
      { ...sent, data: { attributes: { [secret]: "\ud800" } } },
    ])
      expect(JSON.stringify(refusal(one) ?? {})).not.toContain(secret);
  }
});
