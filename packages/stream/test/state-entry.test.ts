import { expect, test } from "vitest";

import { decodeCbor, encodeCbor } from "@sotto/contracts";
import { dataKey } from "@sotto/envelope";

import { openEntry, readEntry, sealEntry, type Kept } from "../src/index.ts";
import { flip, spots, text as buffer } from "./record-keys.ts";

/** As they come out of CBOR. */
const text = (value: string): Uint8Array => Uint8Array.from(buffer(value));

const key = dataKey(new Uint8Array(32).fill(1));
const where = { key, worker: "consent-gate", tenant: "acme", conversation: "c_1" };
const at = { ...where, day: 20261121, entry: "held/1" };
const info = { k: "held", ordinal: 1 };
const kept: Kept = {
  headers: [
    ["ce_id", text("e_1")],
    ["x", null],
  ],
  value: text("a sealed value"),
};
const other: Kept = { headers: [["ce_id", text("e_2")]], value: text("another sealed value") };

const open = (value: Uint8Array, name = "c_1/held/1", over: Partial<typeof where> = {}): unknown =>
  openEntry({ ...where, ...over }, name, readEntry(value));
const items = (value: Uint8Array): unknown[] => {
  const decoded = decodeCbor(value);
  if (!Array.isArray(decoded)) throw new Error("no entry");
  return decoded as unknown[];
};
/** The entry with one of its four items set to another. */
const withItem = (value: Uint8Array, index: number, item: unknown): Uint8Array =>
  encodeCbor(items(value).map((one, n) => (n === index ? item : one)));

test.each([
  ["with a record kept beside it", kept],
  ["by itself", null],
])("an entry %s opens as what was sealed, and shows what is beside it", (_name, beside) => {
  const entry = sealEntry(at, info, beside);
  expect(entry.key).toBe("c_1/held/1");
  expect(readEntry(entry.value)).toMatchObject({ tenant: "acme", day: 20261121, kept: beside });
  expect(open(entry.value)).toEqual(info);
});

test.each<[string, string, Partial<typeof where>]>([
  ["by another name", "c_1/held/2", {}],
  ["for another conversation", "c_2/held/1", { conversation: "c_2" }],
  ["of a conversation that is not its key's", "c_1/held/1", { conversation: "c_2" }],
  ["of another worker", "c_1/held/1", { worker: "redactor" }],
  ["of another tenant", "c_1/held/1", { tenant: "other" }],
  ["under another key", "c_1/held/1", { key: dataKey(new Uint8Array(32).fill(2)) }],
])("an entry %s is refused", (_name, name, over) => {
  expect(() => open(sealEntry(at, info, kept).value, name, over)).toThrow("Cannot open frame");
});

test.each<[string, (value: Uint8Array) => Uint8Array]>([
  ["another record's frame", (v) => withItem(v, 3, other.value)],
  ["another record's headers", (v) => withItem(v, 2, other.headers)],
  ["another record", (v) => withItem(withItem(v, 2, other.headers), 3, other.value)],
  ["a header more", (v) => withItem(v, 2, [...kept.headers, ["y", text("z")]])],
  ["headers in another order", (v) => withItem(v, 2, kept.headers.toReversed())],
  ["its frame left out", (v) => withItem(v, 3, null)],
  ["its headers left out", (v) => withItem(v, 2, null)],
  ["the whole record left out", (v) => withItem(withItem(v, 2, null), 3, null)],
  ["another entry's info", (v) => withItem(v, 1, items(sealEntry(at, info, other).value)[1])],
])("an entry that is paired with %s is refused", (_name, change) => {
  expect(() => open(change(sealEntry(at, info, kept).value))).toThrow("Cannot open frame");
});

test("an entry that was kept by itself cannot be given a record", () => {
  const alone = sealEntry(at, info).value;
  expect(() => open(withItem(withItem(alone, 2, kept.headers), 3, kept.value))).toThrow("Cannot open frame");
});

test("an entry of another day is refused: the day is part of what is sealed", () => {
  const entry = readEntry(sealEntry(at, info, kept).value);
  expect(() => openEntry(where, "c_1/held/1", { ...entry, day: 20261122 })).toThrow("Cannot open frame");
});

test("an entry cut or changed anywhere is refused", () => {
  const { value } = sealEntry(at, info, kept);
  const read = (bytes: Uint8Array): unknown => [readEntry(bytes).tenant, open(bytes)];
  for (const n of spots(value.length)) {
    expect(() => read(value.subarray(0, n))).toThrow();
    const changed = flip(value, n);
    // What an entry says of its tenant is a claim that chooses the key; it is held against the place.
    expect(() =>
      openEntry({ ...where, tenant: readEntry(changed).tenant }, "c_1/held/1", readEntry(changed)),
    ).toThrow();
  }
});

test.each<[string, Uint8Array]>([
  ["no CBOR", text("garbage")],
  ["nothing", new Uint8Array()],
  ["no list", encodeCbor({ tenant: "acme" })],
  ["a list of three", encodeCbor(["acme", new Uint8Array(), null])],
  ["a tenant that is no text", encodeCbor([1, new Uint8Array(), null, null])],
  ["an info that is no bytes", encodeCbor(["acme", "info", null, null])],
  ["an info that is no frame", encodeCbor(["acme", text("info"), null, null])],
])("%s is no entry", (_name, value) => {
  expect(() => readEntry(value)).toThrow(expect.objectContaining({ name: "EnvelopeError" }));
});
