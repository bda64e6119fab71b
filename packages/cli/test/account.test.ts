import { encodeAudit, topics, version, type AuditEvent } from "@sotto/contracts";
import type { LogRecord } from "@sotto/stream";
import { expect, test } from "vitest";

import { openAccount, type Account } from "../src/account.ts";

let offset = 0;
const record = (topic: { readonly name: string }, o: Partial<LogRecord>): LogRecord => ({
  topic: topic.name,
  partition: 0,
  offset: (offset += 1),
  timestamp: 1000 + offset,
  key: "c_1",
  value: new Uint8Array(1),
  headers: [],
  ...o,
});
const headers = (texts: Record<string, string>): LogRecord["headers"] =>
  Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);

const turn = (id: string, o: { conversation?: string; type?: string; offset?: number } = {}): LogRecord => {
  const { conversation = "c_1", type = "turn.added" } = o;
  return record(topics.conversations, {
    key: conversation,
    headers: headers({ ce_type: `sotto.${type}.v1`, ce_subject: conversation, ce_id: id }),
    ...(o.offset === undefined ? {} : { offset: o.offset }),
  });
};
const held = (ordinal: number, o: Partial<LogRecord> = {}): LogRecord =>
  record(topics.gateState, { key: `c_1/held/${ordinal}`, ...o });
const open = (ordinal: number, part = 0): LogRecord =>
  record(topics.redactorState, { key: `c_1/open/${ordinal}.${part}` });
const told = (event: Record<string, unknown>): LogRecord =>
  record(topics.audit, {
    value: encodeAudit({
      id: `a_${offset}`,
      at: 1,
      service: "test",
      version,
      tenant: "t",
      line: null,
      conversation: "c_1",
      ...event,
    } as AuditEvent),
  });
const landed = (...ordinals: number[]): LogRecord =>
  told({
    type: "sotto.audit.document.landed.v1",
    object: "o",
    sha256: "s",
    bytes: 1,
    section: 1,
    ordinals,
    result: "created",
  });
const ended = (ordinal: number, end: string): LogRecord =>
  told({ type: "sotto.audit.turns.ended.v1", ends: [{ ordinal, end, reason: "LANDED" }] });
const quarantined = (at: number, o: { ordinal?: number; reason?: string } = {}): LogRecord =>
  told({
    type: "sotto.audit.turn.quarantined.v1",
    reason: o.reason ?? "MALFORMED",
    digest: "d",
    origin: { topic: "conversations", partition: 0, offset: at },
    ...(o.ordinal === undefined ? {} : { ordinal: o.ordinal }),
  });
const aside = (at: number, o: { reason?: string; type?: string } = {}): LogRecord =>
  record(topics.quarantine, {
    headers: headers({
      reason: o.reason ?? "MALFORMED",
      origin: `conversations/0/${at}`,
      was_ce_type: `sotto.${o.type ?? "turn.added"}.v1`,
      was_ce_subject: "c_1",
      was_ce_id: "e_1",
    }),
  });

const account = (...records: LogRecord[]): Account => {
  const book = openAccount();
  for (const one of records) book.add(one);
  return book.result();
};
/** Only what is not 0. */
const figures = (a: Account): Record<string, number> => {
  const { accepted, ends, held: h, open: o, inFlight, surplus } = a;
  const all = Object.entries({ accepted, ...ends, held: h, open: o, inFlight, surplus });
  return Object.fromEntries(all.filter(([, count]) => count !== 0));
};

test.each<[string, LogRecord[], Record<string, number>]>([
  ["a turn that nobody has seen is in flight", [turn("e_1")], { accepted: 1, inFlight: 1 }],
  ["a turn sent twice is one", [turn("e_1"), turn("e_1")], { accepted: 1, inFlight: 1 }],
  [
    "the same id in another conversation is another",
    [turn("e_1"), turn("e_1", { conversation: "c_2" })],
    { accepted: 2, inFlight: 2 },
  ],
  [
    "a replacement and a recording are turns",
    [turn("e_1", { type: "turn.replaced" }), turn("e_2", { type: "recording.available" })],
    { accepted: 2, inFlight: 2 },
  ],
  [
    "a fact is no turn",
    [turn("e_1", { type: "consent.recorded" }), turn("e_2", { type: "turn.removed" })],
    {},
  ],
  [
    "a tick is no turn",
    [record(topics.conversations, { key: null, value: null, headers: headers({ type: "tick" }) })],
    {},
  ],
  ["held at the gate", [turn("e_1"), held(1)], { accepted: 1, held: 1 }],
  [
    "no longer held once its entry is tombstoned",
    [turn("e_1"), held(1), held(1, { value: null })],
    { accepted: 1, inFlight: 1 },
  ],
  ["in an open section", [turn("e_1"), open(1)], { accepted: 1, open: 1 }],
  [
    "passed on, its hold not tombstoned yet: in one place only",
    [turn("e_1"), held(1), open(1)],
    { accepted: 1, open: 1 },
  ],
  ["archived", [turn("e_1"), turn("e_2"), landed(1, 2)], { accepted: 2, archived: 2 }],
  [
    "ended, its entries not tombstoned yet: in one place only",
    [turn("e_1"), held(1), open(1), landed(1)],
    { accepted: 1, archived: 1 },
  ],
  ["parts of a recording are one turn", [turn("e_1"), open(1, 0), open(1, 1)], { accepted: 1, open: 1 }],
  [
    "the last end of an ordinal counts",
    [turn("e_1"), landed(1), ended(1, "erased")],
    { accepted: 1, erased: 1 },
  ],
  [
    "an end told twice is one",
    [turn("e_1"), ended(1, "discarded"), ended(1, "discarded")],
    { accepted: 1, discarded: 1 },
  ],
  [
    "quarantined with its ordinal",
    [turn("e_1", { offset: 7 }), quarantined(7, { ordinal: 1 }), aside(7)],
    { accepted: 1, quarantined: 1 },
  ],
  [
    "quarantined without an ordinal",
    [turn("e_1", { offset: 7 }), quarantined(7), aside(7)],
    { accepted: 1, quarantined: 1 },
  ],
  [
    "quarantined twice after a crash is one",
    [turn("e_1", { offset: 7 }), aside(7), aside(7)],
    { accepted: 1, quarantined: 1 },
  ],
  ["a fact in quarantine is no turn", [aside(7, { type: "consent.recorded" })], {}],
  [
    "an id that was used again was accepted twice",
    [
      turn("e_1"),
      turn("e_1", { offset: 9 }),
      landed(1),
      quarantined(9, { reason: "ID_REUSED" }),
      aside(9, { reason: "ID_REUSED" }),
    ],
    { accepted: 2, archived: 1, quarantined: 1 },
  ],
  [
    "an id that was used again and got an ordinal",
    [
      turn("e_1"),
      turn("e_1", { offset: 9 }),
      landed(1),
      quarantined(9, { ordinal: 2, reason: "ID_REUSED" }),
      aside(9, { reason: "ID_REUSED" }),
    ],
    { accepted: 2, archived: 1, quarantined: 1 },
  ],
  [
    "more ends than turns are found out",
    [turn("e_1"), landed(1, 2)],
    { accepted: 1, archived: 2, surplus: 1 },
  ],
])("%s", (_, records, expected) => {
  expect(figures(account(...records))).toEqual(expected);
  // Topics are read one after the other: their order to each other must not matter.
  const byTopic = records.toSorted((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0));
  expect(figures(account(...byTopic))).toEqual(expected);
});

test("adds up: accepted is the sum of everything else", () => {
  const records = [
    turn("e_1"),
    turn("e_2"),
    turn("e_3"),
    turn("e_4"),
    turn("e_5"),
    landed(1),
    ended(2, "discarded"),
    held(3),
    open(4),
  ];
  const { accepted, ends, held: h, open: o, inFlight } = account(...records);
  const ended_ = Object.values(ends).reduce((a, b) => a + b, 0);
  expect(accepted).toBe(ended_ + h + o + inFlight);
  expect(inFlight).toBe(1);
});

test("tells since when the oldest turn is held, and reasons of quarantine", () => {
  const a = account(
    turn("e_1"),
    held(2, { timestamp: 900 }),
    held(1, { timestamp: 500 }),
    landed(1),
    aside(3),
    aside(4),
    aside(5, { reason: "ID_REUSED" }),
  );
  expect(a.oldestHeldAt).toBe(900);
  expect([...a.quarantined]).toEqual([
    ["MALFORMED", 2],
    ["ID_REUSED", 1],
  ]);
});

test("can be asked again after more has come, and for some conversations only", () => {
  const book = openAccount();
  book.add(turn("e_1"));
  book.add(held(1));
  expect(figures(book.result())).toEqual({ accepted: 1, held: 1 });
  book.add(landed(1));
  book.add(held(1, { value: null }));
  book.add(turn("e_9", { conversation: "c_2" }));
  expect(figures(book.result())).toEqual({ accepted: 2, archived: 1, inFlight: 1 });
  expect(book.result().of(["c_1", "c_3"])).toMatchObject({ accepted: 1, inFlight: 0 });
});
