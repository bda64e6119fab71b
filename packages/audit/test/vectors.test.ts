import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import {
  emptyRoot,
  formatCheckpoint,
  formatVerifierKey,
  keyId,
  leafHash,
  openAuditLog,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  prove,
  proveConsistency,
  signNote,
  tileName,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
} from "@sotto/audit";

import { levelsOf, widthOf } from "../src/tile.ts";
import { aSigner, MemoryStore, origin, prefix, signerFromSeed } from "./memory-store.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/vectors/c2sp/${name}.json`, import.meta.url), "utf8"));
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const base64 = (text: string) => Buffer.from(text, "base64");

const note = read("note");
const peter = parseVerifierKey(note.keys.peter);
const enoch = parseVerifierKey(note.keys.enoch);
const { text, peterSignature, enochSignature } = note;

test("signs a note to the published bytes with the published key", async () => {
  const seed = base64(note.peterSigningKey.split("+").slice(4).join("+")).subarray(1);
  const signer = signerFromSeed(seed);
  expect(formatVerifierKey({ name: "PeterNeumann", publicKey: signer.publicKey })).toBe(note.keys.peter);
  expect(await signNote(text, "PeterNeumann", signer)).toBe(`${text}\n${peterSignature}`);
});

test("verifies published notes by any known key and ignores unknown ones", () => {
  expect(verifyNote(`${text}\n${peterSignature}${enochSignature}`, [peter])).toBe(text);
  expect(verifyNote(`${text}\n${peterSignature}${enochSignature}`, [enoch, peter])).toBe(text);
  expect(verifyNote(`${text}\n${peterSignature.repeat(2)}${enochSignature.repeat(2)}`, [peter])).toBe(text);
  expect(() => verifyNote(`${text}\n${peterSignature}`, [enoch])).toThrow("Not signed by EnochRoot+af0cfe78");
  expect(() => verifyNote(`${text}\n${peterSignature}`, [])).toThrow("Not signed by");
});

test("refuses a published note whose text or signature was changed", () => {
  const bad = `${peterSignature.slice(0, 60)}ABCD${peterSignature.slice(60)}`;
  expect(() => verifyNote(`${text}\n${bad}`, [peter])).toThrow("is not of this text");
  expect(() => verifyNote(`${text}\n${bad}${enochSignature}`, [peter, enoch])).toThrow("is not of this text");
  expect(() => verifyNote(`x${text}\n${peterSignature}`, [peter])).toThrow("is not of this text");
});

test.each(note.malformed as string[])("refuses the published malformed note %j", (bad) => {
  expect(() => verifyNote(bad, [peter])).toThrow("Not a signed note");
});

test("refuses notes that are not UTF-8 and notes of more than a hundred signatures", () => {
  const bytes = Buffer.from(`${text}\n${peterSignature}`);
  expect(() => verifyNote(Buffer.concat([Buffer.of(0xff), bytes]), [peter])).toThrow("Not a signed note");
  expect(() => verifyNote(`${text}\n${peterSignature.repeat(101)}`, [peter])).toThrow("Not a signed note");
  expect(verifyNote(`${text}\n${enochSignature.repeat(15)}${peterSignature}`, [peter])).toBe(text);
});

test("refuses every part of a published verifier key and every changed character", () => {
  const key: string = note.keys.peter;
  for (const bad of note.badKeys) expect(() => parseVerifierKey(bad)).toThrow("erifier key");
  for (let i = 0; i < key.length; i += 1) {
    for (let j = i + 1; j <= key.length; j += 1) {
      if (i > 0 || j < key.length) expect(() => parseVerifierKey(key.slice(i, j))).toThrow("erifier key");
    }
    const next = String.fromCharCode(key.charCodeAt(i) + 1);
    expect(() => parseVerifierKey(key.slice(0, i) + next + key.slice(i + 1))).toThrow("erifier key");
  }
});

test("reads the published checkpoint and writes its text again", () => {
  const published = read("checkpoint");
  const checkpoint = parseCheckpoint(published.note);
  expect(checkpoint).toMatchObject({ origin: published.origin, size: published.size });
  expect(checkpoint.root).toEqual(base64(published.root));
  const { text: body, signatures } = parseNote(published.note);
  expect(formatCheckpoint(checkpoint)).toBe(body);
  expect(signatures.map(({ name, keyId: id }) => [name, id])).toEqual([
    [published.origin, Number.parseInt(published.keyId, 16)],
  ]);
  expect(keyId(peter)).toBe(0xc74f20a3);
});

test("names tiles as the specification does", () => {
  const { paths, trees } = read("tiles");
  for (const { n, path } of paths) {
    expect(tileName(0, n)).toBe(`tile/0/${path}`);
    expect(tileName("entries", n, 17)).toBe(`tile/entries/${path}.p/17`);
  }
  for (const { size, levels } of trees) {
    expect(levelsOf(size)).toBe(levels.length);
    for (const [level, { full, partial }] of levels.entries()) {
      expect([widthOf(level, full, size), full === 0 || widthOf(level, full - 1, size) === 256]).toEqual([
        partial,
        true,
      ]);
    }
  }
});

test("verifies the published proofs of a log of 961,984,013 entries", () => {
  const { size, index, from, ...log } = read("argon2020");
  const root = base64(log.root);
  const inclusion = {
    index,
    size,
    leaf: leafHash(base64(log.entry)),
    root,
    proof: log.inclusion.map(base64),
  };
  verifyInclusion(inclusion);
  expect(() => verifyInclusion({ ...inclusion, index: index + 1 })).toThrow("leads to another root");
  const consistency = {
    from,
    size,
    fromRoot: base64(log.fromRoot),
    root,
    proof: log.consistency.map(base64),
  };
  verifyConsistency(consistency);
  expect(() => verifyConsistency({ ...consistency, from: from + 1 })).toThrow(/^Consistency proof/);
});

interface PublishedProof {
  readonly index: number;
  readonly from: number;
  readonly size: number;
  readonly proof: readonly string[];
}
const tree = read("reference-tree");
const inclusions: PublishedProof[] = tree.inclusion;
const consistencies: PublishedProof[] = tree.consistency;
const leaves: Buffer[] = tree.leaves.map(hex);
const roots: Buffer[] = tree.roots.map(hex);
const rootOf = (size: number) => roots[size - 1] ?? emptyRoot;

test("gives the published root for every size of the reference tree", async () => {
  expect(emptyRoot).toEqual(hex(tree.emptyRoot));
  const log = await openAuditLog({ store: new MemoryStore(), origin, prefix, signer: aSigner() });
  expect((await log.checkpoint()).root).toEqual(emptyRoot);
  for (const [i, leaf] of leaves.entries()) {
    await log.append([leaf], i);
    expect(Buffer.from((await log.checkpoint()).root)).toEqual(roots[i]);
  }
});

test("makes the published inclusion and consistency proofs", async () => {
  const store = new MemoryStore();
  const log = await openAuditLog({ store, origin, prefix, signer: aSigner() });
  for (const [i, leaf] of leaves.entries()) {
    await log.append([leaf], i);
    const head = await log.checkpoint();
    for (const { index, size, proof } of inclusions) {
      if (size === head.size)
        expect(await prove({ store, prefix, head, index })).toEqual(proof.map((hash) => hex(hash)));
    }
    for (const { from, size, proof } of consistencies) {
      if (size === head.size)
        expect(await proveConsistency({ store, prefix, head, from })).toEqual(proof.map((hash) => hex(hash)));
    }
  }
});

const some = hex("abacaba000000000000000000000000000000000000000000060061e00123456");
const flipped = (proof: readonly Buffer[], i: number) =>
  proof.map((hash, k) =>
    k === i ? Buffer.from(hash.map((byte, at) => (at === 0 ? byte ^ 8 : byte))) : hash,
  );

test.each(inclusions)(
  "verifies inclusion of $index in $size, and refuses it changed in any way",
  (published) => {
    const { index, size } = published;
    const proof: Buffer[] = published.proof.map((hash) => hex(hash));
    const good = { index, size, leaf: leafHash(leaves[index] ?? some), root: rootOf(size), proof };
    verifyInclusion(good);
    const bad = [
      { index: index - 1 },
      { index: index + 1 },
      { index: index ^ 2 },
      { size: size * 2 },
      { size: Math.floor(size / 2) },
      { leaf: Buffer.from("WrongLeaf") },
      { leaf: some },
      { root: emptyRoot },
      { root: some },
      { proof: [...proof, Buffer.alloc(0)] },
      { proof: [...proof, rootOf(size)] },
      { proof: [Buffer.alloc(0), ...proof] },
      { proof: [rootOf(size), ...proof] },
      ...proof.map((_, i) => ({ proof: flipped(proof, i) })),
      ...(proof.length > 0 ? [{ proof: proof.slice(0, -1) }] : []),
      ...(proof.length > 1 ? [{ proof: [...proof.slice(0, 1), some, ...proof.slice(1)] }] : []),
    ];
    for (const change of bad)
      expect(() => verifyInclusion({ ...good, ...change })).toThrow(/^Inclusion proof/);
  },
);

test.each(consistencies)(
  "verifies that $size goes on from $from, and refuses it changed in any way",
  (published) => {
    const { from, size } = published;
    const proof: Buffer[] = published.proof.map((hash) => hex(hash));
    const good = { from, size, fromRoot: rootOf(from), root: rootOf(size), proof };
    verifyConsistency(good);
    const bad = [
      { from: from - 1 },
      { from: from + 1 },
      { from: from ^ 2 },
      { size: size * 2 },
      { size: Math.floor(size / 2) },
      { fromRoot: some },
      { root: some },
      { root: Buffer.from("WrongRoot") },
      ...[Buffer.alloc(0), rootOf(from), rootOf(size)].flatMap((hash) => [
        { proof: [...proof, hash] },
        { proof: [hash, ...proof] },
      ]),
      ...proof.map((_, i) => ({ proof: flipped(proof, i) })),
      ...(proof.length > 0 ? [{ proof: [] }, { proof: proof.slice(0, -1) }] : []),
      ...(from < size ? [{ fromRoot: rootOf(size), root: rootOf(from) }] : []),
    ];
    for (const change of bad)
      expect(() => verifyConsistency({ ...good, ...change })).toThrow(/^Consistency proof/);
  },
);
