import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { base32, deriveId, encodeCbor, id } from "../src/index.ts";

test.each([
  [new Uint8Array(16), "0".repeat(26)],
  [new Uint8Array(16).fill(0xff), `${"z".repeat(25)}w`],
  [Uint8Array.from({ length: 32 }, (_, n) => n), "000g40r40m30e209185gr38e1w"],
])("base32 of %s, by a vector made with another encoder", (bytes, text) => expect(base32(bytes)).toBe(text));

test("base32 keeps all of the first 128 bits apart", () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => (base32(a) === base32(b)) === Buffer.from(a).equals(Buffer.from(b))),
  );
});

test("a derived id is an id, repeats, and tells its parts apart", () => {
  const digest = createHash("sha256")
    .update(encodeCbor(["c_1", 2]))
    .digest();
  expect(deriveId("g", "c_1", 2)).toBe(`g_${base32(digest)}`);
  expect(id.safeParse(deriveId("g", "c_1", 2)).success).toBe(true);
  const parts = fc.array(fc.oneof(fc.string(), fc.nat(), fc.constant(null)), { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(deriveId("a", ...a) === deriveId("a", ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
