/** A search for many texts at once: one pass over the bytes, whatever the number of texts. */
export interface Search {
  /** Texts that are searched for (those of at least `minBytes` bytes). */
  readonly texts: number;
  readonly skipped: number;
  /** Looks through a whole file, or whatever else was written: what lies across two calls is not seen. */
  look(bytes: Uint8Array): void;
  /** Those seen so far. */
  found(): ReadonlySet<string>;
}

/**
 * Searches for texts of at least `minBytes` (≥ 4) bytes of UTF-8, each as a careless program may have written it: as it
 * is, escaped as JSON or for a URL, in UTF-16LE; and the first two of these in hex of either case and in base64 of
 * either alphabet, at each of its three alignments, to the bit. A text is found if and only if one of these is there.
 * Not seen: what is compressed, base64 or hex that is broken into lines, and a text in other letters than its own.
 * Throws RangeError when texts shorter than 4 bytes are asked for: in random bytes they are always found.
 */
export const searchFor = (texts: Iterable<string>, minBytes = 8): Search => {
  if (minBytes < 4) throw new RangeError("Cannot search for texts of less than 4 bytes");
  const unique = [...new Set(texts)];
  const long = unique.filter((text) => Buffer.byteLength(text) >= minBytes);
  const index = new Map<number, Shelf>();
  const filter = new Uint32Array(1 << (filterBits - 5));
  for (const text of long) {
    for (const needle of needlesOf(text)) {
      const start = needle.bytes.readUInt32LE(0);
      const bit = slotOf(start);
      filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
      shelve(index, start, needle);
    }
  }
  const seen = new Set<string>();
  return {
    texts: long.length,
    skipped: unique.length - long.length,
    look: (given) => {
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      let word = 0;
      for (let i = 0; i < bytes.length; i += 1) {
        word = (word >>> 8) | ((bytes[i] ?? 0) << 24);
        const bit = slotOf(word);
        if (((filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0 || i < 3) continue;
        const shelf = index.get(word >>> 0);
        if (shelf !== undefined) compare(shelf, bytes, i - 3, seen);
      }
    },
    found: () => seen,
  };
};

/** Of the first four bytes: one bit a slot, half a megabyte, so that it stays in the cache. */
const filterBits = 22;
const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - filterBits);

/** Needles that begin with the same four bytes: by length, then by all their bytes, however many begin alike. */
type Shelf = Map<number, Map<string, Needle[]>>;

const shelve = (index: Map<number, Shelf>, start: number, needle: Needle): void => {
  const { length } = needle.bytes;
  const shelf: Shelf = index.get(start) ?? new Map();
  const same = shelf.get(length) ?? new Map<string, Needle[]>();
  const key = needle.bytes.toString("latin1");
  index.set(start, shelf.set(length, same.set(key, [...(same.get(key) ?? []), needle])));
};

const compare = (shelf: Shelf, bytes: Buffer, at: number, seen: Set<string>): void => {
  for (const [length, same] of shelf) {
    if (at + length > bytes.length) continue;
    for (const needle of same.get(bytes.toString("latin1", at, at + length)) ?? []) {
      if (isEdge(needle.before, bytes[at - 1]) && isEdge(needle.after, bytes[at + length])) {
        seen.add(needle.text);
      }
    }
  }
};

interface Needle {
  readonly text: string;
  readonly bytes: Buffer;
  /** In base64: what the characters before and behind hold of the text's first and last byte. */
  readonly before?: Edge;
  readonly after?: Edge;
}

interface Edge {
  readonly mask: number;
  readonly value: number;
}

const isEdge = (edge: Edge | undefined, character: number | undefined): boolean => {
  if (edge === undefined) return true;
  const value = character === undefined ? -1 : sextets.indexOf(String.fromCharCode(character));
  return value >= 0 && (value & 63 & edge.mask) === edge.value;
};

/** Base64 (RFC 4648 §4), then base64url (§5): the place in it, less 64, is what a character stands for. */
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const sextets = `${letters}+/${letters}-_`;

const needlesOf = (text: string): Needle[] => {
  const utf8 = Buffer.from(text, "utf8");
  const json = JSON.stringify(text).slice(1, -1);
  const escaped = [json, withoutUnicode(json)].filter(
    (form, n, all) => form !== text && all.indexOf(form) === n,
  );
  const plain = [...escaped, encodeURIComponent(text.toWellFormed())].filter((form) => form !== text);
  const all = [
    { text, bytes: utf8 },
    { text, bytes: Buffer.from(text, "utf16le") },
    ...plain.map((form) => ({ text, bytes: Buffer.from(form, "utf8") })),
    ...[utf8, ...escaped.map((form) => Buffer.from(form, "utf8"))].flatMap((bytes) => coded(text, bytes)),
  ];
  return all;
};

/** As programs write JSON that want to be sure of ASCII. */
const withoutUnicode = (json: string): string =>
  json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

const coded = (text: string, bytes: Buffer): Needle[] => {
  const hex = bytes.toString("hex");
  const found: Needle[] = [hex, hex.toUpperCase()].map((form) => ({ text, bytes: Buffer.from(form) }));
  for (const shift of [0, 1, 2] as const) {
    const needles = (["base64", "base64url"] as const).map((alphabet) =>
      inBase64(text, bytes, shift, alphabet),
    );
    found.push(...needles.filter((needle, n) => n === 0 || !needles[0]?.bytes.equals(needle.bytes)));
  }
  return found;
};

/** Behind `shift` other bytes: the characters that the text alone decides, and the bits of it in those at its edges. */
const inBase64 = (
  text: string,
  bytes: Buffer,
  shift: 0 | 1 | 2,
  alphabet: "base64" | "base64url",
): Needle => {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString(alphabet);
  const from = shift === 0 ? 0 : shift + 1;
  const to = Math.floor(((shift + bytes.length) * 8) / 6);
  const ownBefore = [0, 4, 2][shift] ?? 0;
  const ownAfter = ((shift + bytes.length) * 8) % 6;
  const last = bytes.at(-1) ?? 0;
  return {
    text,
    bytes: Buffer.from(encoded.slice(from, to)),
    ...(ownBefore > 0 && {
      before: { mask: (1 << ownBefore) - 1, value: (bytes[0] ?? 0) >> (8 - ownBefore) },
    }),
    ...(ownAfter > 0 && {
      after: {
        mask: (63 >> (6 - ownAfter)) << (6 - ownAfter),
        value: (last & ((1 << ownAfter) - 1)) << (6 - ownAfter),
      },
    }),
  };
};
