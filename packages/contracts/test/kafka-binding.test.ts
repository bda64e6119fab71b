import fc from "fast-check";
import { expect, test } from "vitest";

import {
  decodeEventValue,
  digestHeaders,
  encodeCbor,
  encodeEventValue,
  fromHeaders,
  toHeaders,
} from "../src/index.ts";

const attributes = {
  specversion: "1.0",
  type: "sotto.turn.added.v1",
  id: "e_0",
  source: "/acme/emea",
  tenant: "acme",
  receivedtime: "2026-11-24T09:00:00.000Z",
  datacontenttype: "application/cbor",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};
const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

test("attributes become ce_ headers, but for content-type and traceparent", () => {
  expect(toHeaders(attributes).map(([name]) => name)).toEqual([
    "ce_specversion",
    "ce_type",
    "ce_id",
    "ce_source",
    "ce_tenant",
    "ce_receivedtime",
    "content-type",
    "traceparent",
  ]);
});

test("what toHeaders wrote, fromHeaders reads", () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: "grapheme" })), (any) => {
      const headers = toHeaders(any);
      expect([...fromHeaders(headers).values()]).toEqual(Object.values(any));
      expect([...fromHeaders(headers).keys()]).toEqual(headers.map(([header]) => header));
    }),
  );
});

test("of the claims only those that are asked for are answered", () => {
  expect(fromHeaders(toHeaders(attributes), new Set(["ce_id", "ce_line"]))).toEqual(
    new Map([["ce_id", "e_0"]]),
  );
});

test("headers of others are left out", () => {
  expect(
    fromHeaders([...toHeaders({ id: "x" }), ["admission", bytes("a")], ["ce_Bad-Name", bytes("b")]]),
  ).toEqual(new Map([["ce_id", "x"]]));
});

test.each([
  ["comes twice", [...toHeaders({ id: "a" }), ...toHeaders({ id: "b" })]],
  ["is null", [["ce_id", null]]],
  ["is not UTF-8", [["ce_id", Uint8Array.of(0xff)]]],
  ["is a surrogate in UTF-8", [["ce_id", Uint8Array.of(0xed, 0xa0, 0x80)]]],
] as const)("an attribute that %s is refused", (_, headers) => {
  expect(() => fromHeaders(headers)).toThrow(/Cannot read headers: ce_id/);
  expect(() => fromHeaders(headers, new Set(["ce_type"]))).toThrow(/Cannot read headers: ce_id/);
});

test("a name that is no attribute's and a broken value are refused on the way in", () => {
  expect(() => toHeaders({ "Not-One": "x" })).toThrow();
  expect(() => toHeaders({ id: "\ud800" })).toThrow();
});

test("the digest is that of the sorted ce_ headers, by a vector", () => {
  // Made with Python's hashlib over the bytes of RFC 8949 §4.2, written by hand.
  const headers = toHeaders({ type: "t", id: "e_1" });
  expect(
    hex(
      encodeCbor([
        ["ce_id", bytes("e_1")],
        ["ce_type", bytes("t")],
      ]),
    ),
  ).toBe("82826563655f696443655f31826763655f747970654174");
  expect(hex(digestHeaders(headers))).toBe(
    "6a8025dbf552623e094db8c6e3092658efd309beab2dc41c1cc89f37f7dace5c",
  );
});

test.each([
  ["a value changed", toHeaders({ ...attributes, tenant: "other" })],
  ["a header added", [...toHeaders(attributes), ["ce_extra", bytes("1")] as const]],
  ["a header removed", toHeaders(attributes).filter(([name]) => name !== "ce_tenant")],
  ["a header doubled", [...toHeaders(attributes), ...toHeaders({ tenant: "acme" })]],
  ["an empty value for another", toHeaders({ ...attributes, tenant: "" })],
])("the digest tells %s", (_, headers) => {
  expect(hex(digestHeaders(headers))).not.toBe(hex(digestHeaders(toHeaders(attributes))));
});

test("the digest does not depend on order, receipt, trace, or what others add", () => {
  const shuffled = toHeaders({ ...attributes, receivedtime: "x", traceparent: "y" }).toReversed();
  expect(hex(digestHeaders([...shuffled, ["admission", bytes("a")]]))).toBe(
    hex(digestHeaders(toHeaders(attributes))),
  );
});

test("a value is a pair of frames", () => {
  const frame = fc.option(fc.uint8Array());
  fc.assert(
    fc.property(frame, frame, (facts, content) => {
      expect(decodeEventValue(encodeEventValue(facts, content))).toEqual({ facts, content });
    }),
  );
});

test.each([
  ["nothing", new Uint8Array()],
  ["no CBOR", bytes("{}")],
  ["a map", encodeCbor({ a: 1 })],
  ["one frame", encodeCbor([bytes("a")])],
  ["three frames", encodeCbor([null, null, null])],
  ["a text for a frame", encodeCbor(["a", null])],
  ["bytes after the pair", Buffer.concat([encodeEventValue(null, null), bytes("x")])],
])("%s is no value", (_, value) => expect(() => decodeEventValue(value)).toThrow());
