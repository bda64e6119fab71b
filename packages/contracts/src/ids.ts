import { createHash } from "node:crypto";

import { encodeCbor } from "./cbor.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Crockford base32, lower case, of the first 16 bytes: 26 characters, 128 bits. */
export const base32 = (bytes: Uint8Array): string => {
  let value = 0n;
  for (const byte of bytes.subarray(0, 16)) value = (value << 8n) | BigInt(byte);
  value <<= 2n;
  let text = "";
  for (let i = 0; i < 26; i += 1) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
};

/** Letter before the `_` of an id, by what it names. */
export type IdPrefix = "c" | "e" | "p" | "l" | "t" | "k" | "r" | "g" | "f" | "a" | "d";

/**
 * A deterministic id from parts that are ids, numbers and codes of ours already (never clear text: vendor ids go
 * through the tenant's pepper first). The same parts give the same id, so a repeat after a crash is recognised.
 */
export const deriveId = (prefix: IdPrefix, ...parts: ReadonlyArray<string | number | null>): string =>
  `${prefix}_${base32(createHash("sha256").update(encodeCbor(parts)).digest())}`;
