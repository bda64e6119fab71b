import { expect, test } from "vitest";

import type { EventKind, Facts, FactsData } from "@sotto/contracts";

import { describe } from "../src/describe.ts";

let n = 0;
const fact = <K extends EventKind>(kind: K, time: number, data: FactsData<K>): Facts => {
  const common = {
    v: 1,
    conversation: "c_1",
    tenant: "acme",
    line: "support",
    channel: "voice",
    source: "/twilio/acme",
  };
  return {
    ...common,
    id: `e_${(n += 1)}`,
    time,
    receivedAt: time,
    digest: new Uint8Array(),
    window: null,
    kind,
    data,
  } as Facts;
};
const started = fact("conversation.started", 10, {
  channel: "voice",
  direction: "inbound",
  startedAt: 10,
  personalData: true,
  parties: [{ id: "p_1", role: "customer", tokens: [] }],
  attributes: { queue: "a" },
});
const capture = (at: number, state: FactsData<"capture.changed">["state"], reason?: "payment") =>
  fact("capture.changed", at, { at, media: "audio", state, ...(reason ? { reason } : {}) });

test("says nothing of a conversation that has not started", () => {
  expect(describe([fact("conversation.ended", 20, { at: 20, reason: "completed" })])).toBeNull();
});

test("says how it began, and how it ended once it has", () => {
  expect(describe([started])).toMatchObject({
    channel: "voice",
    direction: "inbound",
    vendor: "twilio",
    startedAt: 10,
  });
  expect(describe([started])).not.toHaveProperty("endedAt");
  const ended = fact("conversation.ended", 20, { at: 20, reason: "completed", disposition: "sold" });
  expect(describe([ended, started])).toMatchObject({
    endedAt: 20,
    endReason: "completed",
    disposition: "sold",
  });
});

test("takes the latest word for an attribute and for a party, in whatever order they were let through", () => {
  const updated = (at: number, queue: string) =>
    fact("conversation.updated", at, { at, attributes: { queue } });
  const joined = fact("party.joined", 15, { at: 15, party: { id: "p_1", role: "agent", tokens: [] } });
  const about = describe([updated(30, "c"), started, updated(20, "b"), joined]);
  expect(about?.attributes).toEqual({ queue: "c" });
  expect(about?.parties.map((party) => [party.id, party.role])).toEqual([["p_1", "agent"]]);
});

test.each<[string, Facts[], unknown]>([
  [
    "one that ended",
    [capture(20, "paused", "payment"), capture(30, "resumed")],
    [{ from: 20, to: 30, reason: "payment" }],
  ],
  ["one that goes on", [capture(20, "stopped")], [{ from: 20, reason: "operator" }]],
  [
    "one, though paused twice",
    [capture(20, "paused"), capture(25, "paused"), capture(30, "started")],
    [{ from: 20, to: 30, reason: "operator" }],
  ],
  ["none, though resumed", [capture(20, "resumed")], []],
])("tells of pauses: %s", (_, facts, expected) => {
  expect(describe([started, ...facts.toReversed()])?.pauses).toEqual(expected);
});
