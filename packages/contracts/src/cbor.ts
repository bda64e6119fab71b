import { decode, encode } from "cborg";

/**
 * Deterministic CBOR (RFC 8949 §4.2): equal values give equal bytes, so an encoding can be authenticated.
 * An absent field is left out: undefined would be encoded, and refused on decoding.
 * The library sorts text keys shorter first, then bytewise (RFC 7049 §3.9), which for keys of one major type is the
 * order of RFC 8949 §4.2.1; its own RFC 8949 option gives the same bytes in twice the time. A test holds them together.
 */
export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** Decodes exactly one item; throws on trailing bytes, indefinite lengths, duplicate map keys and undefined. */
export const decodeCbor = (bytes: Uint8Array): unknown =>
  decode(bytes, {
    allowIndefinite: false,
    rejectDuplicateMapKeys: true,
    allowUndefined: false,
    strict: true,
  });
