/** How a text may lie in bytes: as it is, in base64 at each of its three alignments, in hex. */
const variants = (text: string): Buffer[] => {
  const raw = Buffer.from(text, "utf8");
  const escaped = Buffer.from(JSON.stringify(text).slice(1, -1), "utf8");
  const all = [raw, Buffer.from(raw.toString("hex")), Buffer.from(raw.toString("hex").toUpperCase())];
  if (!escaped.equals(raw)) all.push(escaped);
  for (const encoding of ["base64", "base64url"] as const) {
    for (const shift of [0, 1, 2]) {
      // Only the characters that the text alone decides: those at its edges depend on its neighbours.
      const encoded = Buffer.concat([Buffer.alloc(shift), raw]).toString(encoding);
      const from = shift === 0 ? 0 : shift + 1;
      all.push(Buffer.from(encoded.slice(from, Math.floor(((shift + raw.length) * 8) / 6))));
    }
  }
  return all;
};

interface Needle {
  readonly text: string;
  readonly bytes: Buffer;
}

/** A search for many texts at once: one pass over the bytes, whatever the number of texts. */
export interface Search {
  /** Texts that are searched for (those of at least `minBytes` bytes). */
  readonly texts: number;
  readonly skipped: number;
  look(bytes: Buffer): void;
  /** Those seen so far. */
  found(): ReadonlySet<string>;
}

const filterBits = 20;
const slot = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - filterBits);

/** Searches for texts of at least `minBytes` (≥ 4) bytes, raw, base64 and hex. */
export const searchFor = (texts: Iterable<string>, minBytes = 8): Search => {
  const unique = [...new Set(texts)];
  const long = unique.filter((text) => Buffer.byteLength(text) >= minBytes);
  const byStart = new Map<number, Needle[]>();
  const filter = new Uint8Array(1 << filterBits);
  for (const text of long) {
    for (const bytes of variants(text)) {
      if (bytes.length < 4) continue;
      const start = bytes.readUInt32LE(0);
      filter[slot(start)] = 1;
      const list = byStart.get(start);
      if (list) list.push({ text, bytes });
      else byStart.set(start, [{ text, bytes }]);
    }
  }
  const seen = new Set<string>();
  return {
    texts: long.length,
    skipped: unique.length - long.length,
    look: (bytes) => {
      let word = 0;
      for (let i = 0; i < bytes.length; i += 1) {
        word = (word >>> 8) | ((bytes[i] ?? 0) << 24);
        if (i < 3 || filter[slot(word)] === 0) continue;
        const at = i - 3;
        for (const needle of byStart.get(word >>> 0) ?? []) {
          if (!seen.has(needle.text) && bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) {
            seen.add(needle.text);
          }
        }
      }
    },
    found: () => seen,
  };
};
