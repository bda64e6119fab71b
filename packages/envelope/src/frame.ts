import { createCipheriv, createDecipheriv, hash, randomFillSync, timingSafeEqual } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { encodeFrame, encodeProtected, encStructure, nonceBytes, parseFrame, tagBytes } from "./cose.ts";
import type { DataKey } from "./data-key.ts";
import { EnvelopeError } from "./errors.ts";
import type { Place, Slot } from "./place.ts";

/** Most clear bytes a frame holds, before sealing and after opening: it bounds what a decompression can cost. */
export const maxClearBytes = 16 * 1_048_576;
/** Below it a zstd context costs more than sealing itself (about 20 µs) and saves a few hundred bytes. */
const smallestToCompress = 1025;
const algorithm = "aes-256-gcm";

/**
 * Seals under that key for that place: COSE_Encrypt0, AES-256-GCM (docs/formats/frame.md). Refuses more than 16 MiB
 * and a place that no frame can have (EnvelopeError). One key seals at most 2^32 frames (NIST SP 800-38D §8.3, random
 * nonces); a conversation's or a day's stays far below.
 */
export const seal = (clear: Uint8Array, key: DataKey, place: Place): Uint8Array =>
  sealWithNonce(clear, key, place, freshNonce());

/** Random bytes for nonces, drawn many at a time: a draw costs as much as sealing a short text. None is used twice. */
const pool = Buffer.alloc(256 * nonceBytes);
let drawn = pool.length;

const freshNonce = (): Uint8Array => {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += nonceBytes;
  return Uint8Array.from(pool.subarray(drawn - nonceBytes, drawn));
};

/** For vectors only, and not exported by the package: a nonce used twice under a key gives both clear texts away. */
export const sealWithNonce = (
  clear: Uint8Array,
  key: DataKey,
  place: Place,
  nonce: Uint8Array,
): Uint8Array => {
  if (clear.length > maxClearBytes) throw new EnvelopeError("Cannot seal more than 16 MiB in one frame");
  const small = compress(clear);
  const { slot, generation } = place;
  const header = encodeProtected({ kid: key.kid, slot, generation, isCompressed: small !== null });
  const cipher = createCipheriv(algorithm, key.secret, nonce, { authTagLength: tagBytes });
  cipher.setAAD(encStructure(header, place));
  const sealed = cipher.update(small ?? clear);
  cipher.final();
  return encodeFrame(header, nonce, [sealed, cipher.getAuthTag()]);
};

/**
 * Opens a frame that was sealed under that key for that very place; anything else, and any changed byte, is an
 * EnvelopeError, and no clear byte leaves before the tag was checked.
 */
export const open = (frame: Uint8Array, key: DataKey, place: Place): Uint8Array => {
  const parts = parseFrame(frame);
  // AES-GCM does not commit to its key: a frame can be made that opens under two keys to two texts (partitioning
  // oracles, "invisible salamanders"). kid is computed from the key in hand, so one frame has one key.
  if (!timingSafeEqual(parts.kid, key.kid))
    throw new EnvelopeError("Cannot open frame: not in its place (another key sealed it)");
  // The header chooses the key to ask for; it must not say another one than the place does.
  if (parts.slot !== place.slot || parts.generation !== place.generation)
    throw new EnvelopeError(`Cannot open frame: not in its place (${parts.slot} ${parts.generation})`);
  const body = parts.sealed.subarray(0, -tagBytes);
  const decipher = createDecipheriv(algorithm, key.secret, parts.nonce, { authTagLength: tagBytes });
  decipher.setAAD(encStructure(parts.protectedBytes, place));
  decipher.setAuthTag(parts.sealed.subarray(-tagBytes));
  const clear = decipher.update(body);
  try {
    decipher.final();
  } catch {
    clear.fill(0);
    throw new EnvelopeError("Cannot open frame: authentication failed");
  }
  return parts.isCompressed ? decompress(clear) : withinBounds(clear);
};

/** What a frame says of its key before it is opened. Not authenticated: good for choosing a key, for nothing else. */
export const peek = (frame: Uint8Array): { slot: Slot; generation: number } => {
  const { slot, generation } = parseFrame(frame);
  return { slot, generation };
};

/** SHA-256 of a sealed frame: how admissions and sections name it. */
export const digestFrame = (frame: Uint8Array): Uint8Array => hash("sha256", frame, "buffer");

/** null where it does not pay: short, or less than a tenth saved. */
const compress = (clear: Uint8Array): Uint8Array | null => {
  if (clear.length < smallestToCompress) return null;
  const small = zstdCompressSync(clear);
  return small.length < clear.length * 0.9 ? small : null;
};

/** Bounded, although only a holder of the key can have made it: a worker must not die of one frame. */
const decompress = (small: Uint8Array): Uint8Array => {
  try {
    return zstdDecompressSync(small, { maxOutputLength: maxClearBytes });
  } catch {
    throw new EnvelopeError("Cannot open frame: what it holds does not decompress to 16 MiB or less");
  }
};

const withinBounds = (clear: Uint8Array): Uint8Array => {
  if (clear.length > maxClearBytes) throw new EnvelopeError("Cannot open frame: more than 16 MiB");
  return clear;
};
