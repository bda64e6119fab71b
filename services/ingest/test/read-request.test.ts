import { expect, test } from "vitest";

import { modeOf, readRequest } from "../src/read-request.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

test.each([
  ["application/cloudevents+json", "structured"],
  ["Application/CloudEvents+JSON; charset=UTF-8", "structured"],
  ["application/cloudevents-batch+json", "batch"],
  ['application/json;charset="utf-8"', "binary"],
  ["application/cloudevents+json; charset=latin1", null],
  ["text/plain", null],
  ["application/cloudevents", null],
  [undefined, null],
])("%s is %s", (type, mode) => expect(modeOf(type)).toBe(mode));

test("attributes come from ce- headers, decoded, and the body is the data", () => {
  const headers = { "ce-specversion": "1.0", "ce-id": "a%20%C3%A9 50%", host: "x", "ce-__proto__": "y" };
  const [event] = readRequest("binary", headers, bytes('{"a":1}')) as readonly Record<string, unknown>[];
  expect(event).toMatchObject({ specversion: "1.0", id: "a é 50%", data: { a: 1 } });
  expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
});

test.each([
  ["no JSON", "structured", {}, bytes("{")],
  ["nothing", "structured", {}, bytes("")],
  ["a raw NUL", "structured", {}, bytes('{"id":"\u0000"}')],
  ["no UTF-8", "structured", {}, Uint8Array.of(0x22, 0xff, 0x22)],
  ["a surrogate in UTF-8", "structured", {}, Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ["UTF-16", "structured", {}, Buffer.from("{}", "utf16le")],
  ["a batch that is no array", "batch", {}, bytes("{}")],
  ["binary mode without ce- headers", "binary", {}, bytes("{}")],
  ["a header that is no UTF-8", "binary", { "ce-specversion": "1.0", "ce-id": "%ff" }, bytes("{}")],
  ["data as a header", "binary", { "ce-specversion": "1.0", "ce-data": "x" }, bytes("{}")],
] as const)("%s is malformed", (_, mode, headers, body) => {
  expect(readRequest(mode, headers, body)).toEqual({ reason: "MALFORMED" });
});

test("a batch of a thousand is taken, of one more not", () => {
  expect(readRequest("batch", {}, bytes(JSON.stringify(Array(1000).fill(1))))).toHaveLength(1000);
  expect(readRequest("batch", {}, bytes(JSON.stringify(Array(1001).fill(1))))).toEqual({
    reason: "TOO_MANY",
  });
});
