import { AuditLogError } from "./error.ts";
import { emptyRoot, equal, hashLength, nodeHash } from "./hash.ts";

/** Reads the hash of the complete subtree over leaves [start, start + 2^k), both aligned. */
export type ReadSubtree = (start: number, width: number) => Promise<Uint8Array>;

/** Largest power of two smaller than `n`, for n > 1: where RFC 6962 splits a tree of n leaves. */
export const splitOf = (n: number): number => {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
};

/** Merkle tree hash of leaves [start, end) (RFC 6962 §2.1); `start` as the algorithms of that RFC arrive at it. */
export async function rangeHash(read: ReadSubtree, start: number, end: number): Promise<Uint8Array> {
  const n = end - start;
  if (n === 0) return emptyRoot;
  if (n === 1) return read(start, 1);
  const k = splitOf(n);
  if (2 * k === n) return read(start, n);
  return nodeHash(await read(start, k), await rangeHash(read, start + k, end));
}

/** PATH(index, D[0:size]), from the leaf's sibling up (RFC 6962 §2.1.1). */
export async function inclusionProof(read: ReadSubtree, index: number, size: number): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(await rangeHash(read, middle, end));
      end = middle;
    } else {
      path.push(await rangeHash(read, start, middle));
      start = middle;
    }
  }
  return path.toReversed();
}

/** PROOF(from, D[0:size]) (RFC 6962 §2.1.2); empty for equal sizes and for an empty older tree. */
export async function consistencyProof(read: ReadSubtree, from: number, size: number): Promise<Uint8Array[]> {
  const proof: Uint8Array[] = [];
  if (from === 0 || from === size) return proof;
  let start = 0;
  let end = size;
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      proof.push(await rangeHash(read, middle, end));
      end = middle;
    } else {
      proof.push(await rangeHash(read, start, middle));
      start = middle;
    }
  }
  // The older tree is known to the verifier as a whole; only a part of it has to be named.
  if (start > 0) proof.push(await rangeHash(read, start, end));
  return proof.toReversed();
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  /** Hash of the entry, `leafHash`. */
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Throws AuditLogError `proof` unless the leaf is at that index of the tree with that root (RFC 9162 §2.1.3.2). */
export function verifyInclusion({ index, size, leaf, root, proof }: Inclusion): void {
  const wrong = (why: string) =>
    new AuditLogError("proof", `Inclusion proof of entry ${index}: ${why}`, index);
  if (!isCount(index) || !isCount(size) || index >= size) throw wrong(`not in a tree of ${size}`);
  if ([leaf, root, ...proof].some((hash) => hash.length !== hashLength))
    throw wrong("a hash is not 32 bytes");
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0) throw wrong("it has too many hashes");
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw wrong("it has too few hashes");
  if (!equal(hash, root)) throw wrong("it leads to another root");
}

export interface Consistency {
  readonly from: number;
  readonly size: number;
  readonly fromRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Throws AuditLogError `proof` unless the older tree is a beginning of the newer one (RFC 9162 §2.1.4.2). */
export function verifyConsistency({ from, size, fromRoot, root, proof }: Consistency): void {
  const wrong = (why: string) => new AuditLogError("proof", `Consistency proof ${from} to ${size}: ${why}`);
  if (!isCount(from) || !isCount(size) || from > size) throw wrong("the older tree is not the smaller one");
  if ([fromRoot, root, ...proof].some((hash) => hash.length !== hashLength)) {
    throw wrong("a hash is not 32 bytes");
  }
  if (from === 0 || from === size) {
    if (proof.length > 0) throw wrong("it should be empty");
    if (from === 0 && !equal(fromRoot, emptyRoot)) throw wrong("the empty tree has another root");
    if (from === size && !equal(fromRoot, root)) throw wrong("two roots for one size");
    return;
  }
  // A power of two is one complete subtree, which the proof leaves out: the verifier has it.
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  let [fn, sn] = [from - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  const first = path[0];
  if (first === undefined || proof.length === 0) throw wrong("it is empty");
  let [older, newer] = [first, first];
  for (const hash of path.slice(1)) {
    if (sn === 0) throw wrong("it has too many hashes");
    if (fn % 2 === 1 || fn === sn) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      newer = nodeHash(newer, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw wrong("it has too few hashes");
  if (!equal(older, fromRoot)) throw wrong("it leads to another older root");
  if (!equal(newer, root)) throw wrong("it leads to another root");
}

const half = (n: number) => Math.floor(n / 2);
const isCount = (n: number) => Number.isSafeInteger(n) && n >= 0;
const isPowerOfTwo = (n: number) => n === 1 || splitOf(n) * 2 === n;
