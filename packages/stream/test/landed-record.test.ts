import { expect, test } from "vitest";

import { encodeCbor, type Landed } from "@sotto/contracts";
import { seal, UnavailableError, type Keys } from "@sotto/envelope";

import { landedRecord, readLanded, type LogRecord } from "../src/index.ts";
import {
  away,
  instead,
  at,
  conversation,
  day,
  flip,
  openRecordKeys,
  spots,
  tenant,
  text,
  withHeader,
} from "./record-keys.ts";

const said: Landed = {
  v: 1,
  conversation,
  section: 2,
  ordinals: [1, 2],
  ends: [{ ordinal: 3, part: 0, end: "discarded", reason: "CONSENT_WITHDRAWN" }],
  object: "conversations/x",
  sha256: "abc",
  at,
};
const refused = { name: "QuarantineError", reason: "FRAME_REFUSED" };

const aRecord = async (keys: Keys, what: Landed = said): Promise<LogRecord> => {
  const { headers = [], ...out } = await landedRecord(keys, tenant, 4, what);
  return { ...out, partition: out.partition ?? -1, offset: 1, timestamp: at, headers };
};

test("an end is read as it was told, and whose it is", async () => {
  using keys = openRecordKeys();
  const record = await aRecord(keys);
  expect(record).toMatchObject({ topic: "landed", partition: 4, key: conversation });
  expect(await readLanded(keys, record)).toEqual({ ...said, tenant });
});

test("what does not fit its shape is not told at all", async () => {
  using keys = openRecordKeys();
  await expect(landedRecord(keys, tenant, 0, { ...said, ordinals: [0] })).rejects.toThrow();
});

test.each<[string, (record: LogRecord) => LogRecord]>([
  ["under another key", (r) => ({ ...r, key: "c_2" })],
  ["without a key", (r) => ({ ...r, key: null })],
  ["without a value", (r) => ({ ...r, value: null })],
  ["with garbage for a value", (r) => ({ ...r, value: text("garbage") })],
  ["without headers", (r) => ({ ...r, headers: [] })],
  ["of another section", (r) => withHeader(r, "name", `${conversation}/1`)],
  ["of no section", (r) => withHeader(r, "name", null)],
  ["of another tenant", (r) => withHeader(r, "tenant", "other")],
  ["of a tenant that has no key", (r) => withHeader(r, "tenant", "nobody")],
  ["of a tenant that is no id", (r) => withHeader(r, "tenant", "a/b")],
  ["of another day", (r) => withHeader(r, "day", String(day + 1))],
  ["of a day without a key", (r) => withHeader(r, "day", String(day + 2))],
  ["of a day that is none", (r) => withHeader(r, "day", "20261399")],
  ["of a day that is no number", (r) => withHeader(r, "day", "x")],
])("an end %s is refused", async (_name, change) => {
  using keys = openRecordKeys();
  await keys.toSeal({ slot: "grants", tenant: "other", conversation: null, generation: day });
  await keys.toSeal({ slot: "grants", tenant, conversation: null, generation: day + 1 });
  await expect(readLanded(keys, change(await aRecord(keys)))).rejects.toMatchObject(refused);
});

test("an end cut or changed anywhere is refused", async () => {
  using keys = openRecordKeys();
  const record = await aRecord(keys);
  for (const n of spots(record.value?.length ?? 0)) {
    await expect(readLanded(keys, { ...record, value: flip(record.value, n) })).rejects.toMatchObject(
      refused,
    );
    await expect(
      readLanded(keys, { ...record, value: (record.value ?? new Uint8Array()).subarray(0, n) }),
    ).rejects.toMatchObject(refused);
  }
});

test.each([
  ["under a key that ingest has", { slot: "facts" }],
  ["as a grant", { kind: "grant" }],
  ["for another conversation", { inside: "c_2" }],
] as const)("an end that was sealed %s is refused", async (_name, how) => {
  using keys = openRecordKeys();
  const record = await aRecord(keys);
  const slot = "slot" in how ? how.slot : "grants";
  const kind = "kind" in how ? how.kind : "landed";
  const about = "inside" in how ? how.inside : conversation;
  const key = await keys.toSeal({ slot, tenant, conversation: null, generation: day });
  const place = {
    tenant,
    conversation,
    slot,
    generation: day,
    kind,
    name: `${conversation}/2`,
    headers: null,
  } as const;
  const value = seal(encodeCbor({ ...said, conversation: about }), key, place);
  await expect(readLanded(keys, { ...record, value })).rejects.toMatchObject(refused);
});

test("an end of a day that was shredded is refused; one under a key that is away is not", async () => {
  using keys = openRecordKeys();
  const record = await aRecord(keys);
  const back = instead(keys, { toOpen: away });
  await expect(readLanded(keys, record)).rejects.toBeInstanceOf(UnavailableError);
  back();
  await keys.shredDay("grants", tenant, day);
  await expect(readLanded(keys, record)).rejects.toMatchObject(refused);
});
