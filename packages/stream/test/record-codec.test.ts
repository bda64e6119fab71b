import fc from "fast-check";
import { expect, test } from "vitest";

import { decodeEntry, encodeBody, encodeRow, entriesOf, keyOfEntry } from "../src/embedded/record-codec.ts";

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const record = fc.record({
  key: fc.option(fc.string({ unit: "binary", maxLength: 200 }), { nil: null }),
  value: bytesOrNull,
  headers: fc.array(fc.tuple(fc.string({ unit: "binary", maxLength: 20 }), bytesOrNull), { maxLength: 6 }),
  /** Distance from the record before. */
  step: fc.record({
    offset: fc.integer({ min: 1, max: 2 ** 40 }),
    time: fc.integer({ min: 0, max: 2 ** 42 }),
  }),
});

const head = { topic: "t", partition: 3 };

test("a row gives back its records, with their offsets, holes and times", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 10 }), (records) => {
      let offset = 5;
      let timestamp = 1_800_000_000_000;
      const entries = records.map(({ key, value, headers, step }) => {
        offset += step.offset;
        timestamp += step.time;
        return { offset, timestamp, body: encodeBody(key, value, headers) };
      });
      const [first] = entries;
      const row = encodeRow(entries, first!.offset, first!.timestamp);
      const back = [...entriesOf(row, first!.offset, first!.timestamp)];
      expect(back.map((entry) => decodeEntry(entry, head))).toEqual(
        records.map(({ key, value, headers }, n) => ({
          ...head,
          offset: entries[n]!.offset,
          timestamp: entries[n]!.timestamp,
          key,
          value,
          headers,
        })),
      );
      expect(back.map(keyOfEntry)).toEqual(
        records.map(({ key, value }) => ({ key, tombstone: value === null })),
      );
    }),
  );
});

test("a row is what docs/formats/embedded-log.md says", () => {
  const body = encodeBody("k", Buffer.from("hi"), [["type", Buffer.from("tick")]]);
  const row = encodeRow([{ offset: 7, timestamp: 9, body }], 7, 9);
  expect(row.toString("hex")).toBe("000010026b036869010574797065057469636b");
});

test("a row that is cut anywhere, or has more behind it, is an error and not fewer records", () => {
  const body = encodeBody("key", new Uint8Array(200), [["name", new Uint8Array(3)]]);
  const row = encodeRow([{ offset: 7, timestamp: 9, body }], 7, 9);
  const read = (bytes: Uint8Array): unknown =>
    [...entriesOf(bytes, 7, 9)].map((entry) => decodeEntry(entry, head));
  for (let length = 1; length < row.length; length += 1) {
    expect(() => read(row.subarray(0, length))).toThrow("cut off");
  }
  const long = encodeRow([{ offset: 7, timestamp: 9, body: Buffer.concat([body, Buffer.from([0])]) }], 7, 9);
  expect(() => read(long)).toThrow("behind its end");
});

test("text that UTF-8 cannot carry is refused rather than changed", () => {
  expect(() => encodeBody("\ud800", null, [])).toThrow("not well-formed");
  expect(() => encodeBody("k", null, [["\udfff", null]])).toThrow("not well-formed");
});
