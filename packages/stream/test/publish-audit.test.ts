import { decodeAudit, type AuditEvent } from "@sotto/contracts";
import { UnavailableError } from "@sotto/envelope";
import { expect, test } from "vitest";

import { publishAudit } from "../src/publish-audit.ts";
import { aLab, readAll, topic } from "./lab.ts";

const anEvent = (id: string): AuditEvent => ({
  type: "sotto.audit.log.checkpointed.v1",
  id,
  at: 1,
  service: "cli",
  version: "1",
  tenant: null,
  line: null,
  key: "k",
  size: 1,
  root: "r",
});

test("published events lie in the one audit log, in order", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("audit")]);
  await publishAudit(log, [anEvent("a_1"), anEvent("a_2")]);
  await publishAudit(log, []);
  const records = await readAll(log, "audit");
  expect(records.map(({ key }) => key)).toEqual(["-", "-"]);
  expect(records.map(({ value }) => decodeAudit(value ?? new Uint8Array()).id)).toEqual(["a_1", "a_2"]);
});

test("an event that was not acked, or does not fit, is an error to the caller", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await expect(publishAudit(log, [anEvent("a_1")])).rejects.toThrow("there is none");
  const away = {
    ...log,
    append: async () => [{ ok: false, retriable: true, unknown: true, error: new Error("away") } as const],
  };
  await expect(publishAudit(away, [anEvent("a_1")])).rejects.toThrow(UnavailableError);
  const ends = Array.from({ length: 5_000 }, (_, n) => ({
    ordinal: n + 1,
    end: "archived",
    reason: "x".repeat(20),
  }));
  const large = { ...anEvent("a_1"), type: "sotto.audit.turns.ended.v1", ends } as unknown as AuditEvent;
  await expect(publishAudit(log, [large])).rejects.toThrow();
});
