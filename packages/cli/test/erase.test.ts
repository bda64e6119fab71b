import { encodeAudit, topics, version, type AuditEvent } from "@sotto/contracts";
import type { LogClient, LogRecord } from "@sotto/stream";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { Told } from "../src/audit-trail.ts";
import { certificateOf } from "../src/erase/certificate.ts";
import {
  endEntries,
  erasedEntry,
  erasedId,
  erasureFence,
  fenceEntry,
  keyEntry,
} from "../src/erase/entries.ts";
import { landedNames, readTurns } from "../src/erase/survey.ts";
import { forGood, unreachableAfter } from "../src/erase/unreachable.ts";
import { lastEnds } from "../src/last-ends.ts";

const of = { tenant: "acme", conversation: "c_1" };
const day = 86_400_000;

const told = (index: number, event: object): Told => {
  const whole = {
    id: `a_${index}`,
    at: 1,
    service: "test",
    version,
    ...of,
    line: null,
    ...event,
  } as AuditEvent;
  return { partition: 0, index, event: whole, bytes: encodeAudit(whole) };
};
const ended = (index: number, ordinals: readonly number[], end: string): Told =>
  told(index, {
    type: "sotto.audit.turns.ended.v1",
    ends: ordinals.map((ordinal) => ({ ordinal, end, reason: "ERASED" })),
  });
const landed = (index: number, ordinals: readonly number[], object: string): Told =>
  told(index, {
    type: "sotto.audit.document.landed.v1",
    object,
    sha256: `sha-${index}`,
    bytes: 1,
    section: 1,
    ordinals,
    result: "created",
  });
const turnsOf = (all: readonly number[], entries: readonly Told[]) => ({
  all: new Set(all),
  ended: lastEnds(entries),
  held: [],
  open: [],
});
const endsIn = (events: readonly AuditEvent[]) =>
  events.flatMap((e) =>
    e.type === "sotto.audit.turns.ended.v1" ? e.ends.map(({ ordinal }) => ordinal) : [],
  );

test("says of every ordinal that is not erased yet that it is, whatever was said before", () => {
  const entries = [landed(0, [1, 2], "o"), ended(1, [3], "discarded"), ended(2, [2], "erased")];
  const told = endEntries(of, turnsOf([1, 2, 3, 4], entries), 7);
  expect(endsIn(told)).toEqual([1, 3, 4]);
  expect(
    told.every((e) => e.type === "sotto.audit.turns.ended.v1" && e.ends.every((x) => x.end === "erased")),
  ).toBe(true);
});

test("says the same for the same, whenever it is said, and something new once somebody said otherwise", () => {
  const before = [landed(0, [1], "o")];
  const ids = (entries: readonly Told[], at: number) =>
    endEntries(of, turnsOf([1], entries), at).map(({ id }) => id);
  expect(ids(before, 1)).toEqual(ids(before, 999));
  const own = ended(1, [1], "erased");
  expect(ids([...before, own], 2)).toEqual([]);
  const late = [...before, own, landed(2, [1], "o")];
  expect(ids(late, 3)).toHaveLength(1);
  expect(ids(late, 3)).not.toEqual(ids(before, 3));
});

test("fits its entries into the log, however many turns there are", () => {
  const all = Array.from({ length: 50_000 }, (_, n) => n + 1);
  const entries = endEntries(of, turnsOf(all, []), 8_640_000_000_000_000);
  expect(endsIn(entries)).toEqual(all);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  for (const entry of entries) expect(encodeAudit(entry).length).toBeLessThanOrEqual(65_535);
});

test("after an interruption between two of its entries, only the others are left to say, with the ids they had", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 60 }), (all) => {
      const whole = endEntries(of, turnsOf(all, []), 1);
      const done = whole.slice(0, Math.floor(whole.length / 2));
      const rest = endEntries(
        of,
        turnsOf(
          all,
          done.map((event, n) => ({ partition: 0, index: n, event, bytes: new Uint8Array() })),
        ),
        2,
      );
      expect(rest.map(({ id }) => id)).toEqual(whole.slice(done.length).map(({ id }) => id));
    }),
  );
});

test("makes every id of what is erased, and none of when", () => {
  const all = (at: number) => [
    erasureFence(of, at).id,
    fenceEntry(of, erasureFence(of, at)).id,
    keyEntry(of, "fingerprint", undefined, at).id,
    keyEntry(of, "fingerprint", { slot: "raw", generation: 3, fingerprint: "fingerprint" }, at).id,
    erasedEntry(of, { at, counts: {}, unreachable: [] }).id,
  ];
  expect(all(1)).toEqual(all(2));
  expect(new Set(all(1)).size).toBe(4);
  expect(erasedId(of)).not.toBe(erasedId({ conversation: "c_2" }));
});

test("the entry that ends it fits the log's schema, for good included", () => {
  const at = Date.UTC(2026, 10, 24, 9);
  const unreachable = unreachableAfter(at);
  expect(() => encodeAudit(erasedEntry(of, { at, counts: { documents: 1 }, unreachable }))).not.toThrow();
  const until = (what: string) => unreachable.find((one) => one.what.includes(what))?.until;
  expect(until("broker's disks")).toBe(at + 8 * day);
  expect(until("quarantine")).toBe(at + 14 * day);
  // No process shreds keys of the day yet, and a certificate must not date what nobody does.
  expect(until("facts")).toBe(forGood);
  expect(until("backups")).toBe(at + 7 * day);
  expect(until("audit log")).toBe(forGood);
});

test("takes no other conversation's document for its own, whatever an entry claims", () => {
  const name = (conversation: string, tenant = "acme") =>
    `conversations/tenant=${tenant}/dt=2026-11-24/${conversation}/1.g1.vcon`;
  const entries = [name("c_1"), name("c_2"), name("c_1", "other"), "rows/x"].map((object, n) =>
    landed(n, [1], object),
  );
  const trail = { entries, ids: new Set<string>(), readOn: () => Promise.resolve() };
  expect([...landedNames({ ...of, trail })]).toEqual([[name("c_1"), "sha-0"]]);
});

const state = (topic: string, keys: Readonly<Record<string, boolean>>): LogRecord[] =>
  Object.entries(keys).map(([key, isLive], offset) => ({
    topic,
    partition: 0,
    offset,
    timestamp: 1,
    key,
    value: isLive ? new Uint8Array(1) : null,
    headers: [],
  }));

test("knows ordinals by the names of state entries, and where each waits", async () => {
  const records = [
    ...state(topics.gateState.name, {
      "c_1/held/1": true,
      "c_1/held/2": false,
      "c_1/turn/2": true,
      "c_1/context/9": true,
      "c_10/held/8": true,
      "c_1/held/0": true,
    }),
    ...state(topics.redactorState.name, { "c_1/open/2.0": true, "c_1/owed/5": true, "c_1/section/1": true }),
  ];
  const log: Pick<LogClient, "ends" | "read"> = {
    ends: () => Promise.resolve([{ low: 0, high: 9 }]),
    read: async function* (topic) {
      yield records.filter((record) => record.topic === topic);
    },
  };
  const trail = {
    entries: [ended(0, [7], "discarded")],
    ids: new Set<string>(),
    readOn: () => Promise.resolve(),
  };
  const turns = await readTurns(log as LogClient, { conversation: "c_1", trail });
  expect(turns.all).toEqual(new Set([1, 2, 5, 7]));
  expect([turns.held, turns.open]).toEqual([[1], [2]]);
});

test("a certificate names what this command told, and what stays for good without a date", () => {
  const fence = fenceEntry(of, erasureFence(of, 1000));
  const last = erasedEntry(of, {
    at: 5000,
    counts: { documents: 1 },
    unreachable: [
      { what: "a", until: 9000 },
      { what: "b", until: forGood },
    ],
  });
  const own = [fence, keyEntry(of, "f", undefined, 2), last].map((event, n) => told(10 + n, event));
  const others = [ended(0, [1], "discarded"), ended(1, [1], "erased")];
  const entries = [...others, ...own, ...own];
  const trail = { entries, ids: new Set<string>(), readOn: () => Promise.resolve() };
  const certificate = certificateOf({
    found: { ...of, trail },
    fingerprints: ["f"],
    documents: new Map([["o", "sha"]]),
    warnings: [],
    inclusion: null,
  });
  expect(certificate.audit.map(({ index }) => index)).toEqual([10, 11, 12]);
  expect(certificate).toMatchObject({
    begunAt: "1970-01-01T00:00:01.000Z",
    erasedAt: "1970-01-01T00:00:05.000Z",
    documents: [{ object: "o", sha256: "sha" }],
    unreachable: [
      { what: "a", until: "1970-01-01T00:00:09.000Z" },
      { what: "b", until: null },
    ],
    proof: null,
  });
  expect(certificate.next).toContain("erase c_1 --yes again");
});
