import { hash } from "node:crypto";

import { encodeCbor } from "./cbor.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Crockford base32, lower case, of the first 16 bytes: 26 characters, 128 bits. */
export const base32 = (bytes: Uint8Array): string => {
  let text = "";
  let value = 0;
  let bits = 0;
  for (const byte of bytes.subarray(0, 16)) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
  }
  // 128 bits are 25 characters and 3 bits.
  return text + alphabet[(value << 2) & 31];
};

/** Letter before the `_` of an id, by what it names. */
export type IdPrefix = "c" | "e" | "p" | "l" | "t" | "k" | "r" | "g" | "f" | "a" | "d";

/**
 * A deterministic id from parts that are ids, numbers and codes of ours already (never clear text: vendor ids go
 * through the tenant's pepper first). The same parts give the same id, so a repeat after a crash is recognised.
 */
export const deriveId = (prefix: IdPrefix, ...parts: ReadonlyArray<string | number | null>): string =>
  `${prefix}_${base32(hash("sha256", encodeCbor(parts), "buffer"))}`;
