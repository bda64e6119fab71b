import { readFileSync } from "node:fs";

import { EnvelopeError } from "@sotto/envelope";
import { expect, test } from "vitest";

import { associatedData, unwrapKey, wrapKeyWithNonce } from "../src/key-wrap.ts";

interface Vector {
  name: string;
  kekBytes: string;
  kek: string;
  context: Record<string, string>;
  nonce: string;
  associatedData: string;
  key: string;
  wrapped: string;
}

const path = new URL("../../../test/vectors/key-wrap.json", import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(path, "utf8"));
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex");

test.each(vectors)("wraps and unwraps the vector: $name", (vector) => {
  const [key, kek] = [bytes(vector.key), bytes(vector.kekBytes)];
  expect(hex(associatedData(vector))).toBe(vector.associatedData);
  expect(hex(wrapKeyWithNonce(key, kek, vector, bytes(vector.nonce)))).toBe(vector.wrapped);
  expect(hex(unwrapKey(bytes(vector.wrapped), kek, vector))).toBe(vector.key);
});

test.each(vectors)("unwraps it for no other context or name: $name", (vector) => {
  const [wrapped, kek] = [bytes(vector.wrapped), bytes(vector.kekBytes)];
  for (const entry of Object.keys(vector.context)) {
    const context = { ...vector.context, [entry]: `${vector.context[entry]}x` };
    expect(() => unwrapKey(wrapped, kek, { ...vector, context })).toThrow(EnvelopeError);
  }
  expect(() => unwrapKey(wrapped, kek, { ...vector, kek: `${vector.kek}1` })).toThrow(EnvelopeError);
});
