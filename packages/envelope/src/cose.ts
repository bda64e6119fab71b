import { encodeCbor } from "@sotto/contracts";

import { EnvelopeError } from "./errors.ts";
import { isSlot, type Place, type Slot } from "./place.ts";

/** The parts of a frame, as they stand in its bytes; nothing of it is authenticated yet. */
export interface FrameParts {
  readonly protectedBytes: Uint8Array;
  readonly kid: Uint8Array;
  readonly slot: Slot;
  readonly generation: number;
  readonly isCompressed: boolean;
  readonly nonce: Uint8Array;
  /** Ciphertext and 16-byte tag. */
  readonly sealed: Uint8Array;
}

/** Largest frame that is made or looked at. */
export const maxFrameBytes = 20 * 1_048_576;
export const nonceBytes = 12;
export const tagBytes = 16;

// COSE header parameters (RFC 9052 §3.1); labels below -65536 are for private use (§11.1).
const label = { alg: 1, kid: 4, iv: 5, slot: -65537, generation: -65538, compression: -65539 } as const;
const a256gcm = 3;
const formatVersion = 1;

/** The protected header, deterministic: alg, kid, slot, generation, and "zstd" only where the clear bytes were. */
export const encodeProtected = (h: {
  kid: Uint8Array;
  slot: Slot;
  generation: number;
  isCompressed: boolean;
}): Uint8Array => {
  if (h.kid.length !== kidBytes) throw new EnvelopeError("A key id has 32 bytes");
  return Buffer.concat([
    h.isCompressed ? fivePairs : fourPairs,
    algAndKidStart,
    h.kid,
    slotStart,
    encodeCbor(h.slot),
    generationStart,
    encodeCbor(h.generation),
    ...(h.isCompressed ? [compressionPair] : []),
  ]);
};

/**
 * What AES-GCM authenticates beside the clear bytes: Enc_structure (RFC 9052 §5.3), its external_aad the whole place.
 * It stops a frame from being opened as another event, of another kind, tenant or conversation, or beside changed
 * headers. Throws EnvelopeError for a place that no frame can have.
 */
export const encStructure = (protectedBytes: Uint8Array, place: Place): Uint8Array =>
  encodeCbor(["Encrypt0", protectedBytes, externalAad(place)]);

export const externalAad = (place: Place): Uint8Array => {
  const { tenant, conversation, slot, generation, kind, name, headers } = place;
  // Lone surrogates all become U+FFFD in UTF-8: two different names would authenticate as one.
  const isText = tenant.isWellFormed() && name.isWellFormed() && (conversation?.isWellFormed() ?? true);
  if (!isText) throw new EnvelopeError("A place holds a lone surrogate: it names nothing");
  if (!Number.isSafeInteger(generation) || generation < 0 || !isSlot(slot))
    throw new EnvelopeError("A place needs a known slot and a whole generation");
  return encodeCbor([formatVersion, tenant, conversation, slot, generation, kind, name, headers]);
};

/** Tag 16 around [protected, {5: nonce}, ciphertext]: the only layout there is. */
export const encodeFrame = (
  protectedBytes: Uint8Array,
  nonce: Uint8Array,
  sealed: readonly Uint8Array[],
): Uint8Array => {
  const size = sealed.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([
    frameStart,
    bytesHead(protectedBytes.length),
    protectedBytes,
    nonceStart,
    nonce,
    bytesHead(size),
    ...sealed,
  ]);
};

/**
 * Takes a frame apart. Exactly the deterministic layout is accepted, byte for byte: what is not authenticated (the
 * structure around the protected header) can then not be varied, so a frame has one encoding and one digest.
 */
export const parseFrame = (frame: Uint8Array): FrameParts => {
  if (frame.length > maxFrameBytes) throw malformed("larger than 20 MiB");
  const outer = reader(frame);
  outer.expect(frameStart);
  const protectedBytes = outer.string(bytesMajor);
  outer.expect(nonceStart);
  const nonce = outer.take(nonceBytes);
  const sealed = outer.string(bytesMajor);
  outer.end();
  if (sealed.length < tagBytes) throw malformed("no room for a tag");
  return { ...parseProtected(protectedBytes), protectedBytes, nonce, sealed };
};

const parseProtected = (bytes: Uint8Array) => {
  const header = reader(bytes);
  const count = header.head(mapMajor);
  if (count !== 4 && count !== 5) throw malformed("a header that version 1 does not have");
  header.expect(algAndKidStart);
  const kid = header.take(kidBytes);
  header.expect(slotStart);
  const slot = Buffer.from(header.string(textMajor)).toString("latin1");
  if (!isSlot(slot)) throw malformed("an unknown slot");
  header.expect(generationStart);
  const generation = header.head(uintMajor);
  if (count === 5) header.expect(compressionPair);
  header.end();
  return { kid, slot, generation, isCompressed: count === 5 };
};

const uintMajor = 0;
const bytesMajor = 2;
const textMajor = 3;
const mapMajor = 5;

const frameStart = Uint8Array.of(0xd0, 0x83);
const nonceStart = Uint8Array.of(0xa1, label.iv, 0x40 | nonceBytes);
const kidBytes = 32;
const fourPairs = Uint8Array.of(0xa4);
const fivePairs = Uint8Array.of(0xa5);
const algAndKidStart = Uint8Array.of(label.alg, a256gcm, label.kid, 0x58, kidBytes);
const slotStart = encodeCbor(label.slot);
const generationStart = encodeCbor(label.generation);
const compressionPair = Buffer.concat([encodeCbor(label.compression), encodeCbor("zstd")]);

const malformed = (what: string) => new EnvelopeError(`Cannot read frame: malformed (${what})`);

/** Head of a byte string (RFC 8949 §3), in the shortest form. */
const bytesHead = (length: number): Uint8Array => {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x1_0000) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  return Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
};

/** Reads deterministic CBOR (RFC 8949 §4.2.1) that is known beforehand but for some lengths and values. */
const reader = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw malformed("truncated");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const head = (major: number): number => {
    const first = take(1)[0] ?? 0;
    if (first >> 5 !== major) throw malformed("another type than expected");
    const short = first & 0x1f;
    if (short < 24) return short;
    if (short > 27) throw malformed("an indefinite length");
    const size = 1 << (short - 24);
    const start = at;
    take(size);
    const value = readUint(view, start, size);
    if (value < smallest(size) || value > Number.MAX_SAFE_INTEGER)
      throw malformed("a number not in its shortest form");
    return value;
  };
  return {
    take,
    head,
    string: (major: number): Uint8Array => take(head(major)),
    expect(literal: Uint8Array): void {
      const found = take(literal.length);
      for (let i = 0; i < literal.length; i += 1)
        if (found[i] !== literal[i]) throw malformed("not a frame of this format");
    },
    end(): void {
      if (at !== bytes.length) throw malformed("trailing bytes");
    },
  };
};

const readUint = (view: DataView, at: number, size: number): number => {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at);
  if (size === 4) return view.getUint32(at);
  return Number(view.getBigUint64(at));
};

/** The smallest value that needs that many bytes. */
const smallest = (size: number): number => (size === 1 ? 24 : 2 ** (4 * size));
