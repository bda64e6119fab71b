import { expect, test } from "vitest";

import { decodeAudit, deriveId, encodeAudit, type AuditEvent } from "../src/index.ts";

const accepted: AuditEvent = {
  id: deriveId("a", "one"),
  at: 1_795_000_000_000,
  service: "ingest",
  version: "0.1.0",
  tenant: "acme",
  line: "support",
  type: "sotto.audit.event.accepted.v1",
  source: "/acme/emea",
  types: { "turn.added": 2 },
  bytes: 500,
  dropped: 0,
};

test("an entry comes back as it was", () => {
  expect(decodeAudit(encodeAudit(accepted))).toEqual(accepted);
});

test("an entry is the same bytes whatever the order its fields were given in", () => {
  const reversed = Object.fromEntries(Object.entries(accepted).toReversed()) as AuditEvent;
  expect(encodeAudit(reversed)).toEqual(encodeAudit(accepted));
});

test("a field that the schema does not name cannot get into the log", () => {
  expect(() => encodeAudit({ ...accepted, text: "what Anna said" } as AuditEvent)).toThrow();
});
