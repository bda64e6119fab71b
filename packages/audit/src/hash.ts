import { hash } from "node:crypto";

export const hashLength = 32;

/** Root of the tree without leaves: the hash of nothing (RFC 6962 §2.1). */
export const emptyRoot: Buffer = hash("sha256", new Uint8Array(0), "buffer");

/** Hash of one entry. The first byte keeps leaves and nodes apart, so that no node passes for an entry (RFC 6962 §2.1). */
export const leafHash = (entry: Uint8Array): Buffer => {
  const input = Buffer.allocUnsafe(entry.length + 1);
  input[0] = 0;
  input.set(entry, 1);
  return hash("sha256", input, "buffer");
};

const pair = Buffer.alloc(1 + 2 * hashLength, 1);

/** Hash of two subtrees, left and right (RFC 6962 §2.1). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => {
  pair.set(left, 1);
  pair.set(right, 1 + hashLength);
  return hash("sha256", pair, "buffer");
};

/** Equal in length and bytes. Roots and leaf hashes are public: no constant time is needed. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
