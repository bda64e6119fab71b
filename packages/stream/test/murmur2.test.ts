import { expect, test } from "vitest";

import { murmur2, partitionFor } from "../src/murmur2.ts";

test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
])("hashes %s as Java's client does", (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test.each([
  ["call-1", 10],
  ["call-42", 3],
  ["", 9],
  ["ü-é", 1],
])("finds the partition of '%s' among twelve as Java's client does", (key, partition) => {
  expect(partitionFor(key, 12)).toBe(partition);
});
