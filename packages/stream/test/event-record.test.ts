import { expect, test } from "vitest";

import { decodeEventValue, digestHeaders, encodeCbor, encodeEventValue, type Facts } from "@sotto/contracts";
import { seal, UnavailableError, type Keys } from "@sotto/envelope";

import { headerText, isTick, openContent, openFacts, readEvent, type LogRecord } from "../src/index.ts";
import {
  away,
  instead,
  anEvent,
  at,
  attributes,
  conversation,
  day,
  flip,
  openRecordKeys,
  someContent,
  someFacts,
  spots,
  tenant,
  text,
  window,
  withHeader,
} from "./record-keys.ts";

const opened = async (keys: Keys, record: LogRecord): Promise<string> => {
  try {
    const event = readEvent(record);
    await openFacts(keys, event);
    await openContent(keys, event);
    return "opened";
  } catch (error) {
    if (error instanceof Error && "reason" in error) return String(error.reason);
    throw error;
  }
};
const frames = (record: LogRecord) => decodeEventValue(record.value ?? new Uint8Array());

test("an event opens as what was sealed, and tells its claims unopened", async () => {
  using keys = openRecordKeys();
  const event = readEvent(await anEvent(keys));
  expect(event).toMatchObject({ event: "e_1", conversation, tenant, line: "support" });
  expect(await openFacts(keys, event)).toEqual(someFacts);
  expect(await openContent(keys, event)).toEqual(someContent);
});

test("an event without content opens, and has none", async () => {
  using keys = openRecordKeys();
  const event = readEvent(await anEvent(keys, { content: null, facts: { ...someFacts, window: null } }));
  expect((await openFacts(keys, event)).window).toBeNull();
  expect(await openContent(keys, event)).toBeNull();
});

const bound = Object.keys(attributes())
  .filter((name) => !["receivedtime", "traceparent", "datacontenttype"].includes(name))
  .map((name) => `ce_${name}`);

test.each(bound)("header %s changed, left out, doubled or lengthened: refused", async (name) => {
  using keys = openRecordKeys();
  const record = await anEvent(keys);
  const was = headerText(record.headers, name) ?? "";
  const other = withHeader(record, name, `${was}x`);
  const attempts = [
    other,
    withHeader(record, name, was.slice(0, -1)),
    withHeader(record, name, null),
    withHeader(record, name, ""),
    { ...record, headers: [...record.headers, [name, text(was)] as const] },
    { ...record, headers: record.headers.map(([n, v]) => [n === name ? `${n}x` : n, v] as const) },
    { ...record, headers: record.headers.map(([n, v]) => [n, n === name ? null : v] as const) },
  ];
  for (const attempt of attempts)
    expect(await opened(keys, attempt)).toMatch(/^(FRAME_REFUSED|MALFORMED|KEY_GONE)$/);
});

test("a header that ingest did not set: refused", async () => {
  using keys = openRecordKeys();
  expect(await opened(keys, withHeader(await anEvent(keys), "ce_other", "x"))).toBe("FRAME_REFUSED");
});

test("what is of a try and not of the event may change", async () => {
  using keys = openRecordKeys();
  const record = await anEvent(keys);
  for (const name of ["ce_receivedtime", "traceparent", "content-type"]) {
    expect(await opened(keys, withHeader(record, name, "other"))).toBe("opened");
    expect(await opened(keys, withHeader(record, name, null))).toBe("opened");
  }
});

test("a value cut anywhere, or with any bit turned, opens nowhere", async () => {
  using keys = openRecordKeys();
  const record = await anEvent(keys);
  const length = record.value?.length ?? 0;
  for (const n of spots(length)) {
    expect(await opened(keys, { ...record, value: (record.value ?? new Uint8Array()).subarray(0, n) })).toBe(
      "MALFORMED",
    );
    expect(await opened(keys, { ...record, value: flip(record.value, n) })).not.toBe("opened");
  }
  expect(
    await opened(keys, { ...record, value: Buffer.concat([record.value ?? new Uint8Array(), Buffer.of(0)]) }),
  ).toBe("MALFORMED");
});

test.each<[string, (record: LogRecord, other: LogRecord) => Partial<LogRecord>, string]>([
  ["without a key", () => ({ key: null }), "MALFORMED"],
  ["without a value", () => ({ value: null }), "MALFORMED"],
  ["without headers", () => ({ headers: [] }), "MALFORMED"],
  ["under another key", () => ({ key: "c_2" }), "MALFORMED"],
  ["under a key that is no id", () => ({ key: "c/1" }), "MALFORMED"],
  ["without facts", (r) => ({ value: encodeEventValue(null, frames(r).content) }), "MALFORMED"],
  [
    "with facts and content in each other's place",
    (r) => ({ value: encodeEventValue(frames(r).content, frames(r).facts) }),
    "FRAME_REFUSED",
  ],
  ["with its content left out", (r) => ({ value: encodeEventValue(frames(r).facts, null) }), "FRAME_REFUSED"],
  [
    "with its facts as content",
    (r) => ({ value: encodeEventValue(frames(r).facts, frames(r).facts) }),
    "FRAME_REFUSED",
  ],
  [
    "with content that is no frame",
    (r) => ({ value: encodeEventValue(frames(r).facts, text("x")) }),
    "FRAME_REFUSED",
  ],
  [
    "with another event's facts",
    (r, o) => ({ value: encodeEventValue(frames(o).facts, frames(r).content) }),
    "FRAME_REFUSED",
  ],
  [
    "with another event's content",
    (r, o) => ({ value: encodeEventValue(frames(r).facts, frames(o).content) }),
    "FRAME_REFUSED",
  ],
  ["with another event's value", (_r, o) => ({ value: o.value }), "FRAME_REFUSED"],
])("an event %s is refused", async (_name, change, reason) => {
  using keys = openRecordKeys();
  const record = await anEvent(keys);
  const other = await anEvent(keys, {
    attributes: attributes({ id: "e_2" }),
    facts: { ...someFacts, id: "e_2" },
  });
  expect(await opened(keys, { ...record, ...change(record, other) })).toBe(reason);
});

test.each<[string, Partial<Facts>]>([
  ["another event", { id: "e_2" }],
  ["another conversation", { conversation: "c_2" }],
  ["another tenant", { tenant: "other" }],
  ["another line", { line: "sales" }],
  ["a day that is not the key's", { receivedAt: at + 86_400_000 }],
  ["a window that is not the content's", { window: window + 1 }],
  ["no content, where there is some", { window: null }],
])(
  "facts that say %s than their place are refused, though whoever sealed them had the key",
  async (_name, change) => {
    using keys = openRecordKeys();
    const event = readEvent(await anEvent(keys, { facts: { ...someFacts, ...change } }));
    await expect(openFacts(keys, event)).rejects.toMatchObject({
      name: "QuarantineError",
      reason: "FRAME_REFUSED",
    });
  },
);

test.each([
  ["another tenant's", { tenant: "other" }],
  ["another conversation's", { conversation: "c_2" }],
  ["another event's", { name: "e_2" }],
  ["content", { kind: "content" }],
  ["of other headers", { headers: digestHeaders([]) }],
] as const)("a frame that was sealed as %s opens nowhere else", async (_name, place) => {
  using keys = openRecordKeys();
  expect(await opened(keys, await anEvent(keys, { place }))).toBe("FRAME_REFUSED");
});

test("facts of the wrong day are refused: another day's key sealed them", async () => {
  using keys = openRecordKeys();
  const event = readEvent(await anEvent(keys, { day: day + 1 }));
  await expect(openFacts(keys, event)).rejects.toMatchObject({ reason: "FRAME_REFUSED" });
});

test.each([0, 5, 20260230, 2 ** 40])(
  "a frame of day %i names no key that can be, and is refused rather than breaking the reader",
  async (generation) => {
    using keys = openRecordKeys();
    const record = await anEvent(keys);
    const key = await keys.toSeal({ slot: "facts", tenant, conversation: null, generation: day });
    const place = {
      tenant,
      conversation,
      slot: "facts",
      generation,
      kind: "facts",
      name: "e_1",
      headers: null,
    } as const;
    const value = encodeEventValue(seal(encodeCbor(someFacts), key, place), frames(record).content);
    expect(await opened(keys, { ...record, value })).toBe("FRAME_REFUSED");
  },
);

test("what does not fit its schema is malformed, though it was sealed in its place", async () => {
  using keys = openRecordKeys();
  expect(await opened(keys, await anEvent(keys, { facts: { v: 1 } }))).toBe("MALFORMED");
  expect(await opened(keys, await anEvent(keys, { content: { v: 2 } }))).toBe("MALFORMED");
});

test("a key that is gone is told as such; one that cannot be had now is not", async () => {
  using keys = openRecordKeys();
  const event = readEvent(await anEvent(keys));
  const back = instead(keys, { toOpen: away });
  await expect(openFacts(keys, event)).rejects.toBeInstanceOf(UnavailableError);
  back();
  await keys.erase(tenant, conversation);
  await expect(openContent(keys, event)).rejects.toMatchObject({
    reason: "KEY_GONE",
    cause: { state: "erased" },
  });
  await keys.shredDay("facts", tenant, day);
  await expect(openFacts(keys, event)).rejects.toMatchObject({
    reason: "KEY_GONE",
    cause: { state: "shredded" },
  });
});

const tick: LogRecord = {
  topic: "t",
  partition: 0,
  offset: 0,
  timestamp: at,
  key: null,
  value: null,
  headers: [["type", text("tick")]],
};

test.each<[string, Partial<LogRecord>, boolean]>([
  ["a tick", {}, true],
  ["with a key", { key: "c_1" }, false],
  ["with a value", { value: new Uint8Array() }, false],
  ["without headers", { headers: [] }, false],
  ["of another type", { headers: [["type", text("tock")]] }, false],
  ["without a type", { headers: [["type", null]] }, false],
])("%s is a tick or is not", (_name, change, is) => {
  expect(isTick({ ...tick, ...change })).toBe(is);
});
