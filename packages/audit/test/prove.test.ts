import fc from "fast-check";
import { expect, test } from "vitest";

import {
  formatProof,
  leafHash,
  parseProof,
  prove,
  proveConsistency,
  readEntries,
  verifyConsistency,
  verifyInclusion,
  verifyProof,
} from "@sotto/audit";

import { aLog, entryOf, prefix } from "./memory-store.ts";

const sizes = [1, 2, 255, 256, 257, 300, 511, 512, 700, 1000];
const { store, where, checkpoints } = await aLog(sizes);
const head = checkpoints.at(-1);
if (head === undefined) throw new Error("No checkpoint");

test("proves any entry under any checkpoint, and no other entry passes for it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...checkpoints), fc.nat(), async (checkpoint, n) => {
      const index = n % checkpoint.size;
      const proof = await prove({ store, prefix, head: checkpoint, index });
      const given = {
        index,
        size: checkpoint.size,
        leaf: leafHash(entryOf(index)),
        root: checkpoint.root,
        proof,
      };
      verifyInclusion(given);
      expect(() => verifyInclusion({ ...given, leaf: leafHash(entryOf(index + 1)) })).toThrow(
        /another root$/,
      );
    }),
    { numRuns: 60 },
  );
});

test("proves that every checkpoint only adds to every one before it", async () => {
  for (const [i, newer] of checkpoints.entries()) {
    for (const older of checkpoints.slice(0, i + 1)) {
      const proof = await proveConsistency({ store, prefix, head: newer, from: older.size });
      const given = { from: older.size, size: newer.size, fromRoot: older.root, root: newer.root, proof };
      verifyConsistency(given);
      if (older !== newer) {
        expect(() => verifyConsistency({ ...given, fromRoot: leafHash(entryOf(0)).reverse() })).toThrow(
          /root$/,
        );
      }
    }
  }
});

test("proves nothing that is not in the tree, and nothing from tiles that were changed", async () => {
  await expect(prove({ store, prefix, head, index: 1000 })).rejects.toThrow(
    "No entry 1000 in a tree of 1000",
  );
  await expect(proveConsistency({ store, prefix, head, from: 1001 })).rejects.toMatchObject({
    fault: "proof",
  });
  const changed = store.copy();
  changed.bytes(`${prefix}tile/0/001`)[0] = 0;
  changed.bytes(`${prefix}tile/0/001`)[1] = 0;
  await expect(prove({ store: changed, prefix, head, index: 300 })).rejects.toMatchObject({
    fault: "tile-changed",
  });
});

test("one file proves one entry offline", async () => {
  const proof = await prove({ store, prefix, head, index: 700 });
  const file = formatProof({ index: 700, proof, note: head.note });
  expect(file.split("\n").slice(0, 2)).toEqual(["c2sp.org/tlog-proof@v1", "index 700"]);
  expect(formatProof(parseProof(file))).toBe(file);
  expect(verifyProof(file, { ...where, entry: entryOf(700) })).toMatchObject({
    index: 700,
    checkpoint: head,
  });
  expect(() => verifyProof(file, { ...where, entry: entryOf(701) })).toThrow("it leads to another root");
  expect(() => verifyProof(file, { ...where, entry: entryOf(700), origin: "x" })).toThrow("not of x");
  const extra = Buffer.from("anything");
  const withExtra = formatProof({ index: 700, proof, note: head.note, extra });
  expect(parseProof(withExtra).extra).toEqual(extra);
  expect(verifyProof(withExtra, { ...where, entry: entryOf(700) }).index).toBe(700);
});

const note = head.note;
const hash = leafHash(entryOf(0)).toString("base64");
test.each([
  ["another header", `c2sp.org/tlog-proof@v2\nindex 0\n\n${note}`],
  ["no index", `c2sp.org/tlog-proof@v1\n\n${note}`],
  ["an index that is not a number", `c2sp.org/tlog-proof@v1\nindex one\n\n${note}`],
  ["a negative index", `c2sp.org/tlog-proof@v1\nindex -5\n\n${note}`],
  ["a leading zero", `c2sp.org/tlog-proof@v1\nindex 01\n\n${note}`],
  ["extra data that is not base64", `c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n\n${note}`],
  ["a hash that is not base64", `c2sp.org/tlog-proof@v1\nindex 0\n!!\n\n${note}`],
  ["a hash that is too long", `c2sp.org/tlog-proof@v1\nindex 0\n${hash.slice(0, -1)}AAAA=\n\n${note}`],
  ["no checkpoint", `c2sp.org/tlog-proof@v1\nindex 0\n${hash}\n`],
  ["nothing", ""],
])("refuses a proof file with %s", (_, file) => {
  expect(() => verifyProof(file, { ...where, entry: entryOf(0) })).toThrow(/^Not a /);
});

test("reads entries in order, from and to where it is asked, and not past the checkpoint", async () => {
  const read = async (o = {}) => Array.fromAsync(readEntries({ ...where, ...o }));
  const all = await read();
  expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(all.every(({ index, entry }) => Buffer.from(entry).equals(entryOf(index)))).toBe(true);
  expect((await read({ from: 250, to: 260 })).map(({ index }) => index)).toEqual([
    250, 251, 252, 253, 254, 255, 256, 257, 258, 259,
  ]);
  expect(await read({ from: 999, to: 5000 })).toHaveLength(1);
  expect(await read({ from: 1000 })).toEqual([]);
});

test("hands out no entry that does not match the signed root", async () => {
  const changed = store.copy();
  const bytes = changed.bytes(`${prefix}tile/entries/001`);
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  const seen: number[] = [];
  const reading = async () => {
    for await (const { index } of readEntries({ ...where, store: changed })) seen.push(index);
  };
  await expect(reading()).rejects.toMatchObject({ fault: "entry-changed", index: 256 });
  expect(seen).toHaveLength(256);
});
