import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { decodeAudit, encodeAudit } from "@sotto/contracts";

import { quarantineEvent, quarantineRecord, sealedDigest, type LogRecord } from "../src/index.ts";
import { at, text } from "./record-keys.ts";

const record: LogRecord = {
  topic: "conversations",
  partition: 2,
  offset: 9,
  timestamp: at,
  key: "c_1",
  value: text("sealed"),
  headers: [
    ["ce_tenant", text("acme")],
    ["ce_line", text("support")],
    ["ce_id", text("e_1")],
    ["other", null],
  ],
};
const origin = { topic: "conversations", partition: 2, offset: 9 };
const digest = createHash("sha256").update("sealed").digest("base64url");

test("a record is put aside as it came, with why, from where, and what names it", () => {
  expect(quarantineRecord(record, "TOO_LATE", origin)).toEqual({
    topic: "quarantine",
    key: "c_1",
    value: record.value,
    headers: [
      ["reason", text("TOO_LATE")],
      ["origin", text("conversations/2/9")],
      ["digest", text(digest)],
      ["was_ce_tenant", text("acme")],
      ["was_ce_line", text("support")],
      ["was_ce_id", text("e_1")],
      ["was_other", null],
    ],
  });
});

test("a record without key or value can be put aside too", () => {
  const aside = quarantineRecord({ key: null, value: null, headers: [] }, "MALFORMED", origin);
  expect(aside).toMatchObject({ key: "-", value: null });
  expect(aside.headers?.[2]).toEqual(["digest", text(sealedDigest(null))]);
  expect(sealedDigest(null)).toBe(sealedDigest(new Uint8Array()));
});

test("a header of the record cannot pass for one of ours", () => {
  const sly: LogRecord = { ...record, headers: [["reason", text("RELEASED")]] };
  expect(quarantineRecord(sly, "TOO_LATE", origin).headers?.map(([name]) => name)).toEqual([
    "reason",
    "origin",
    "digest",
    "was_reason",
  ]);
});

test("audit hears whose it was as far as it claims ids, and the same again for a repeat", () => {
  const told = quarantineEvent("consent-gate")(record, "TOO_LATE", 4);
  expect(told).toMatchObject({
    type: "sotto.audit.turn.quarantined.v1",
    at,
    service: "consent-gate",
    tenant: "acme",
    line: "support",
    conversation: "c_1",
    events: ["e_1"],
    reason: "TOO_LATE",
    digest,
    ordinal: 4,
    origin,
  });
  expect(quarantineEvent("consent-gate")({ ...record }, "TOO_LATE", 4)).toEqual(told);
  const others = [{ offset: 10 }, { partition: 3 }, { topic: "landed" }].map(
    (change) => quarantineEvent("consent-gate")({ ...record, ...change }, "TOO_LATE", 4).id,
  );
  expect(new Set([told.id, quarantineEvent("redactor")(record, "TOO_LATE", 4).id, ...others]).size).toBe(5);
});

test("a record of ours that is no event names its tenant in another header", () => {
  const grant: LogRecord = { ...record, headers: [["tenant", text("acme")]] };
  const told = quarantineEvent("redactor")(grant, "NO_ADMISSION", undefined);
  expect(told).toMatchObject({ tenant: "acme", line: null });
  expect("ordinal" in told || "events" in told).toBe(false);
});

test("whatever a stranger wrote, it can be told of, and what is no id is not repeated", () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 80 }), { nil: null });
  const name = fc.constantFrom("ce_tenant", "ce_line", "ce_id", "tenant", "x");
  fc.assert(
    fc.property(
      fc.option(fc.string({ unit: "binary", maxLength: 80 }), { nil: null }),
      bytes,
      fc.array(fc.tuple(name, bytes), { maxLength: 6 }),
      (key, value, headers) => {
        const told = quarantineEvent("consent-gate")(
          { ...record, key, value, headers },
          "MALFORMED",
          undefined,
        );
        expect(decodeAudit(encodeAudit(told))).toEqual(told);
        expect(quarantineRecord({ key, value, headers }, "MALFORMED", origin).key).toBe(key ?? "-");
      },
    ),
  );
});
