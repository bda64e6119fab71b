import { decode, encode, rfc8949EncodeOptions } from "cborg";

/**
 * Deterministic CBOR (RFC 8949 §4.2): equal values give equal bytes, so an encoding can be authenticated.
 * `undefined` is refused: an absent field is left out, never encoded.
 */
export const encodeCbor = (value: unknown): Uint8Array => encode(value, rfc8949EncodeOptions);

/** Decodes exactly one item; throws on trailing bytes, indefinite lengths, duplicate map keys and undefined. */
export const decodeCbor = (bytes: Uint8Array): unknown =>
  decode(bytes, {
    allowIndefinite: false,
    rejectDuplicateMapKeys: true,
    allowUndefined: false,
    strict: true,
  });
