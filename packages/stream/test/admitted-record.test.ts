import { expect, test } from "vitest";

import { encodeCbor, encodeEventValue, type Admission, type Grant } from "@sotto/contracts";
import { admissionHeader, readAdmission, seal, UnavailableError, type Keys } from "@sotto/envelope";

import { checkAdmission, openGrant, readEvent, type LogRecord } from "../src/index.ts";
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
  someFacts,
  someGrant,
  spots,
  tenant,
  text,
  withHeader,
} from "./record-keys.ts";

const grantsKey = (keys: Keys, generation = day, of = tenant) =>
  keys.toSeal({ slot: "grants", tenant: of, conversation: null, generation });

const admission: Admission = { grant: "g_1", ordinal: 3, part: 0, cut: at, day };

/** An event as the gate lets it through. */
const admitted = async (
  keys: Keys,
  record?: LogRecord,
  over: Partial<Admission> = {},
): Promise<LogRecord> => {
  const came = record ?? (await anEvent(keys));
  const { event, factsFrame: facts, contentFrame: content } = readEvent(came);
  const header = admissionHeader(
    { ...admission, ...over },
    { key: await grantsKey(keys), event, facts, content },
  );
  return { ...came, topic: "admitted", headers: [...came.headers, ["admission", header] as const] };
};

const check = (keys: Keys, record: LogRecord) => checkAdmission(keys, record, readEvent(record));
const refused = { name: "QuarantineError", reason: "NO_ADMISSION" };
const headerOf = (record: LogRecord): Uint8Array =>
  record.headers.find(([name]) => name === "admission")?.[1] ?? new Uint8Array();

test("what the gate let through is admitted, as it said", async () => {
  using keys = openRecordKeys();
  expect(await check(keys, await admitted(keys))).toEqual(admission);
});

test.each<[string, Partial<Admission>]>([
  ["grant", { grant: "g_2" }],
  ["grant, left out", { grant: null }],
  ["ordinal", { ordinal: 4 }],
  ["part", { part: 1 }],
  ["cut", { cut: at + 1 }],
  ["day", { day: day + 1 }],
  ["day, of which there is no key", { day: day - 1 }],
  ["day, that is none", { day: 5 }],
  ["day, before all days", { day: -1 }],
])("an admission with its %s changed is refused", async (_name, change) => {
  using keys = openRecordKeys();
  await grantsKey(keys, day + 1);
  const record = await admitted(keys);
  const { mac } = readAdmission(headerOf(record));
  const header = encodeCbor([{ ...admission, ...change }, mac]);
  await expect(check(keys, withHeader(record, "admission", header))).rejects.toMatchObject(refused);
});

test("an admission cut or changed anywhere is refused, and one that is left out", async () => {
  using keys = openRecordKeys();
  const record = await admitted(keys);
  const header = headerOf(record);
  for (let n = 0; n < header.length; n += 1) {
    await expect(check(keys, withHeader(record, "admission", flip(header, n)))).rejects.toMatchObject(
      refused,
    );
    await expect(check(keys, withHeader(record, "admission", header.subarray(0, n)))).rejects.toMatchObject(
      refused,
    );
  }
  await expect(check(keys, withHeader(record, "admission", null))).rejects.toMatchObject(refused);
});

test.each<[string, (record: LogRecord, other: LogRecord) => Partial<LogRecord>]>([
  [
    "beside another event",
    (r, o) => ({ ...o, headers: [...o.headers, ["admission", headerOf(r)] as const] }),
  ],
  [
    "with another content",
    (r, o) => ({ value: encodeEventValue(readEvent(r).factsFrame, readEvent(o).contentFrame) }),
  ],
  [
    "with other facts",
    (r, o) => ({ value: encodeEventValue(readEvent(o).factsFrame, readEvent(r).contentFrame) }),
  ],
  ["with its content left out", (r) => ({ value: encodeEventValue(readEvent(r).factsFrame, null) })],
  ["as another event", (r) => withHeader(r, "ce_id", "e_2")],
  ["as another tenant's", (r) => withHeader(r, "ce_tenant", "other")],
  ["as a tenant's that has no key", (r) => withHeader(r, "ce_tenant", "nobody")],
])("an admission %s is refused", async (_name, change) => {
  using keys = openRecordKeys();
  await grantsKey(keys, day, "other");
  const record = await admitted(keys);
  const other = await anEvent(keys, {
    attributes: attributes({ id: "e_2" }),
    facts: { ...someFacts, id: "e_2" },
  });
  await expect(check(keys, { ...record, ...change(record, other) })).rejects.toMatchObject(refused);
});

test("an admission under a key that cannot be had now is neither held nor refused", async () => {
  using keys = openRecordKeys();
  const record = await admitted(keys);
  instead(keys, { toOpen: away });
  await expect(check(keys, record)).rejects.toBeInstanceOf(UnavailableError);
});

/** A grant record as the gate seals it, or somebody who has its key. */
const aGrant = async (
  keys: Keys,
  o: {
    readonly said?: Partial<Grant>;
    readonly slot?: "grants" | "facts";
    readonly kind?: "grant" | "landed";
  } = {},
): Promise<LogRecord> => {
  const slot = o.slot ?? "grants";
  const key = await keys.toSeal({ slot, tenant, conversation: null, generation: day });
  const place = {
    tenant,
    conversation,
    slot,
    generation: day,
    kind: o.kind ?? "grant",
    name: "g_1",
    headers: null,
  } as const;
  return {
    topic: "admitted",
    partition: 0,
    offset: 1,
    timestamp: at,
    key: conversation,
    value: seal(encodeCbor({ ...someGrant, ...o.said }), key, place),
    headers: Object.entries({ type: "grant", tenant, grant: "g_1", day: String(day) }).map(
      ([n, v]) => [n, text(v)] as const,
    ),
  };
};

test("a grant opens as what the gate granted", async () => {
  using keys = openRecordKeys();
  expect(await openGrant(keys, await aGrant(keys))).toEqual(someGrant);
});

test.each<[string, (record: LogRecord) => LogRecord]>([
  ["under another key", (r) => ({ ...r, key: "c_2" })],
  ["without a key", (r) => ({ ...r, key: null })],
  ["without a value", (r) => ({ ...r, value: null })],
  ["with garbage for a value", (r) => ({ ...r, value: text("garbage") })],
  ["as another grant", (r) => withHeader(r, "grant", "g_2")],
  ["as no grant", (r) => withHeader(r, "grant", null)],
  ["as another tenant's", (r) => withHeader(r, "tenant", "other")],
  ["as nobody's", (r) => withHeader(r, "tenant", null)],
  ["as a tenant's that is no id", (r) => withHeader(r, "tenant", "../x")],
  ["of another day", (r) => withHeader(r, "day", String(day + 1))],
  ["of no day", (r) => withHeader(r, "day", null)],
  ["of a day that is none", (r) => withHeader(r, "day", "today")],
])("a grant %s is refused", async (_name, change) => {
  using keys = openRecordKeys();
  await grantsKey(keys, day, "other");
  await grantsKey(keys, day + 1);
  await expect(openGrant(keys, change(await aGrant(keys)))).rejects.toMatchObject(refused);
});

test.each([
  ["for another conversation", { said: { conversation: "c_2" } }],
  ["for another tenant", { said: { tenant: "other" } }],
  ["by another name", { said: { id: "g_2" } }],
  ["under a key that ingest has", { slot: "facts" }],
  ["as another kind of record", { kind: "landed" }],
] as const)("a grant that was sealed %s is refused", async (_name, how) => {
  using keys = openRecordKeys();
  await expect(openGrant(keys, await aGrant(keys, how))).rejects.toMatchObject(refused);
});

test("a grant cut or changed anywhere is refused", async () => {
  using keys = openRecordKeys();
  const record = await aGrant(keys);
  for (const n of spots(record.value?.length ?? 0)) {
    await expect(openGrant(keys, { ...record, value: flip(record.value, n) })).rejects.toMatchObject(refused);
    await expect(
      openGrant(keys, { ...record, value: (record.value ?? new Uint8Array()).subarray(0, n) }),
    ).rejects.toMatchObject(refused);
  }
});

test("a grant of a day that was shredded is refused: what it admitted can no longer be proved", async () => {
  using keys = openRecordKeys();
  const record = await aGrant(keys);
  await keys.shredDay("grants", tenant, day);
  await expect(openGrant(keys, record)).rejects.toMatchObject({ ...refused, cause: { state: "shredded" } });
});

test("a grant under a key that cannot be had now is not refused", async () => {
  using keys = openRecordKeys();
  const record = await aGrant(keys);
  instead(keys, { toOpen: away });
  await expect(openGrant(keys, record)).rejects.toBeInstanceOf(UnavailableError);
});
