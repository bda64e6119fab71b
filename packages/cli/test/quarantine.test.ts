import { encodeAudit, topics, version, type AuditEvent } from "@sotto/contracts";
import type { LogClient, LogRecord } from "@sotto/stream";
import { expect, test } from "vitest";

import type { Told } from "../src/audit-trail.ts";
import { openAccount } from "../src/account.ts";
import { erasedEntry } from "../src/erase/entries.ts";
import { findAside, readShelf, type QuarantinePlatform } from "../src/quarantine/aside.ts";
import { droppedId, releasedId } from "../src/quarantine/marks.ts";
import { ordinalsOf, whyNot } from "../src/quarantine/release.ts";

let offset = 0;
const record = (topic: string, o: Partial<LogRecord>): LogRecord => ({
  topic,
  partition: 0,
  offset: (offset += 1),
  timestamp: 1000,
  key: "c_1",
  value: new Uint8Array(3),
  headers: [],
  ...o,
});
const headers = (texts: Readonly<Record<string, string>>): LogRecord["headers"] =>
  Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
const aside = (texts: Readonly<Record<string, string>>, o: Partial<LogRecord> = {}): LogRecord =>
  record(topics.quarantine.name, { headers: headers({ reason: "HANDLER_FAILED", ...texts }), ...o });
const entry = (event: object): AuditEvent =>
  ({
    id: "a_x",
    at: 1,
    service: "cli",
    version,
    tenant: "acme",
    line: null,
    conversation: "c_1",
    ...event,
  }) as AuditEvent;
const told = (event: object): LogRecord =>
  record(topics.audit.name, { key: "-", value: encodeAudit(entry(event)) });
const released = (origin: string) => ({
  id: releasedId(origin),
  type: "sotto.audit.turn.released.v1",
  reason: "HANDLER_FAILED",
  digest: "d",
});
const dropped = (origin: string) => ({ id: droppedId(origin), type: "sotto.audit.turns.ended.v1", ends: [] });

/** A log of these records; nothing of it has been let go, so that nothing signed is asked for. */
const platformOf = (records: readonly LogRecord[]): QuarantinePlatform => {
  const log: Pick<LogClient, "ends" | "read"> = {
    ends: () => Promise.resolve([{ low: 0, high: records.length }]),
    read: async function* (topic) {
      yield records.filter((one) => one.topic === topic);
    },
  };
  return { log, clock: { now: () => 5000 } } as unknown as QuarantinePlatform;
};

test("what is left is what nobody took out, each record once, and nothing of who is erased", async () => {
  const shelf = await readShelf(
    platformOf([
      aside({ origin: "redacted/0/1" }),
      aside({ origin: "redacted/0/1" }),
      aside({ origin: "redacted/0/2" }),
      aside({ origin: "redacted/0/3" }),
      aside({ origin: "redacted/0/4" }, { key: "c_2" }),
      told(released("redacted/0/2")),
      told(dropped("redacted/0/3")),
      told(erasedEntry({ tenant: "acme", conversation: "c_2" }, { at: 1, counts: {}, unreachable: [] })),
    ]),
  );
  expect([...shelf.all.values()].map((one) => [one.origin, shelf.fateOf(one)])).toEqual([
    ["redacted/0/1", "left"],
    ["redacted/0/2", "released"],
    ["redacted/0/3", "dropped"],
    ["redacted/0/4", "erased"],
  ]);
  const codes = [...shelf.all.keys(), "redacted/0/9"].map((origin) => {
    try {
      return findAside(shelf, origin).origin;
    } catch (error) {
      return (error as { code: number }).code;
    }
  });
  expect(codes).toEqual(["redacted/0/1", 4, 4, 5, 4]);
});

test("only an operator's entry takes a record out: no worker's, and none of another origin", async () => {
  const shelf = await readShelf(
    platformOf([
      aside({ origin: "redacted/0/1" }),
      told({ ...released("redacted/0/1"), service: "redactor" }),
      told({ ...dropped("redacted/0/1"), id: "a_other" }),
    ]),
  );
  expect([...shelf.all.values()].map((one) => shelf.fateOf(one))).toEqual(["left"]);
});

test("nothing that a stranger wrote into a header reaches a terminal", async () => {
  const escape = "\u001b[2J";
  const shelf = await readShelf(
    platformOf([
      aside(
        { origin: "admitted/0/1", reason: `X${escape}`, was_ce_type: escape, was_ce_tenant: escape },
        { key: escape },
      ),
      aside({ origin: `admitted/0/${escape}` }),
      aside({ origin: "audit/0/1" }),
      aside({ origin: "consent-gate.state/0/1" }),
    ]),
  );
  expect([...shelf.all.keys()]).toEqual(["admitted/0/1"]);
  expect(shelf.all.get("admitted/0/1")).toMatchObject({
    reason: "UNKNOWN",
    type: null,
    tenant: null,
    conversation: null,
    bytes: 3,
  });
});

test.each([
  ["FRAME_REFUSED", false],
  ["NO_ADMISSION", false],
  ["ID_REUSED", false],
  ["MALFORMED", false],
  ["TOO_LATE", false],
  ["RAW_EXPIRED", false],
  ["NOT_STARTED", false],
  ["REDACTION_FAILED", false],
  ["KILL_SWITCH", true],
  ["PROCESSING_RESTRICTED", true],
  ["HANDLER_FAILED", true],
  ["SECTION_CONFLICT", true],
  ["KEY_GONE", true],
])("a record of reason %s can be put back: %s", (reason, can) => {
  expect(whyNot({ reason }) === null).toBe(can);
});

const line = (index: number, event: object): Told => {
  const whole = entry({ service: "archiver", ...event });
  return { partition: 0, index, event: whole, bytes: new Uint8Array() };
};
const quarantined = (index: number, at: number, o: object = {}): Told =>
  line(index, {
    id: `a_q${at}`,
    at: 7,
    type: "sotto.audit.turn.quarantined.v1",
    reason: "KILL_SWITCH",
    digest: "d",
    origin: { topic: "redacted", partition: 0, offset: at },
    ...o,
  });
const ends = (index: number, ordinals: readonly number[], o: object = {}, end = "quarantined"): Told =>
  line(index, {
    id: `a_e${index}`,
    at: 7,
    type: "sotto.audit.turns.ended.v1",
    ends: ordinals.map((ordinal) => ({ ordinal, end, reason: "KILL_SWITCH" })),
    ...o,
  });

test("a section's turns are those that its worker told of next, though two were put aside at once", () => {
  const entries = [
    ends(0, [9], {}),
    quarantined(1, 1),
    ends(2, [8], { service: "redactor" }),
    ends(3, [1, 2]),
    quarantined(4, 2),
    ends(5, [3]),
  ];
  expect(ordinalsOf(entries, "redacted/0/1")).toEqual([1, 2]);
  expect(ordinalsOf(entries, "redacted/0/2")).toEqual([3]);
  expect(ordinalsOf(entries, "redacted/0/3")).toEqual([]);
});

test("a turn that has ended otherwise since is not given up with the record", () => {
  const entries = [
    quarantined(0, 1),
    ends(1, [1, 2]),
    ends(2, [2], { service: "cli", at: 8 }, "erased"),
    quarantined(3, 5, { ordinal: 4 }),
  ];
  expect(ordinalsOf(entries, "redacted/0/1")).toEqual([1]);
  expect(ordinalsOf(entries, "redacted/0/5")).toEqual([4]);
});

test("the account follows a record without an ordinal out of quarantine, whichever way it goes", () => {
  const turn = headers({ ce_type: "sotto.turn.added.v1", ce_subject: "c_1", ce_id: "e_1" });
  const was = { was_ce_type: "sotto.turn.added.v1", was_ce_subject: "c_1" };
  const after = (...more: readonly LogRecord[]) => {
    const account = openAccount();
    account.add(record(topics.conversations.name, { headers: turn }));
    account.add(aside({ origin: "conversations/0/1", ...was }));
    for (const one of more) account.add(one);
    const { ends: all, inFlight, surplus, quarantined: left } = account.result();
    const some = Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
    return { ends: some, inFlight, surplus, left: left.size };
  };
  const origin = "conversations/0/1";
  expect(after()).toEqual({ ends: { quarantined: 1 }, inFlight: 0, surplus: 0, left: 1 });
  expect(after(told(dropped(origin)))).toEqual({ ends: { discarded: 1 }, inFlight: 0, surplus: 0, left: 0 });
  expect(after(told(released(origin)))).toEqual({ ends: {}, inFlight: 1, surplus: 0, left: 0 });
  const archived = told({
    service: "archiver",
    type: "sotto.audit.document.landed.v1",
    object: "o",
    sha256: "s",
    bytes: 1,
    section: 1,
    ordinals: [1],
    result: "created",
  });
  expect(after(told(released(origin)), archived)).toEqual({
    ends: { archived: 1 },
    inFlight: 0,
    surplus: 0,
    left: 0,
  });
  const erased = told(
    erasedEntry({ tenant: "acme", conversation: "c_1" }, { at: 1, counts: {}, unreachable: [] }),
  );
  expect(after(erased)).toEqual({ ends: { erased: 1 }, inFlight: 0, surplus: 0, left: 0 });
});
