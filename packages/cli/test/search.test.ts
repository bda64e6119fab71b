import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { searchFor } from "../src/demo/search.ts";

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const ascii = (text: string): string =>
  json(text).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** How a text may have been written; `before` and `behind` are whatever was written with it. */
type Coding = (text: string, before: Buffer, behind: Buffer) => Buffer;
const whole =
  (alphabet: BufferEncoding, form: (text: string) => string): Coding =>
  (text, before, behind) =>
    Buffer.from(Buffer.concat([before, Buffer.from(form(text)), behind]).toString(alphabet));
const within =
  (write: (text: string) => Buffer): Coding =>
  (text, before, behind) =>
    Buffer.concat([before, write(text), behind]);
const same = (text: string): string => text;

const codings: Readonly<Record<string, Coding>> = {
  "as it is": within((text) => Buffer.from(text)),
  "in UTF-16LE": within((text) => Buffer.from(text, "utf16le")),
  "escaped as JSON": within((text) => Buffer.from(json(text))),
  "escaped as JSON in ASCII": within((text) => Buffer.from(ascii(text))),
  "escaped for a URL": within((text) => Buffer.from(encodeURIComponent(text))),
  "in hex": within((text) => Buffer.from(Buffer.from(text).toString("hex"))),
  "in HEX": within((text) => Buffer.from(Buffer.from(text).toString("hex").toUpperCase())),
  "in base64": whole("base64", same),
  "in base64url": whole("base64url", same),
  "in base64 of JSON": whole("base64", json),
  "in hex of JSON": whole("hex", json),
};

const texts = fc.oneof(
  fc.string({ minLength: 8, maxLength: 60, unit: "grapheme" }),
  fc.string({ minLength: 8, maxLength: 60, unit: "grapheme-ascii" }),
  fc.constantFrom(
    'she said "no"\nand left',
    "Grüße aus Köln-Süd",
    "日本語のテキスト",
    "tab\tand\\slash",
    "ÿÿÿÿ????>>>>",
  ),
);
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

const finds = (text: string, bytes: Uint8Array): boolean => {
  const search = searchFor([text, "another text, not there"]);
  search.look(bytes);
  return search.found().has(text);
};

test.each(Object.entries(codings))("finds any text at any place, %s", (_, code) => {
  fc.assert(
    fc.property(texts, noise, noise, (text, before, behind) => finds(text, code(text, before, behind))),
  );
});

test.each(Object.entries(codings))("finds it at the very beginning and the very end, %s", (_, code) => {
  fc.assert(fc.property(texts, (text) => finds(text, code(text, Buffer.alloc(0), Buffer.alloc(0)))));
});

test.each([0, 1, 2])("finds it in base64 behind %i bytes, padded or not", (shift) => {
  for (let length = 8; length < 14; length += 1) {
    const text = "kö?>~ÿ, and on".slice(0, length);
    for (const alphabet of ["base64", "base64url"] as const) {
      const written = Buffer.concat([Buffer.alloc(shift, 0xfb), Buffer.from(text)]).toString(alphabet);
      expect(finds(text, Buffer.from(written))).toBe(true);
      expect(finds(text, Buffer.from(written.replaceAll("=", "")))).toBe(true);
    }
  }
});

/** Whether the text came about by itself: an escape can end as it begins (`\\u0010` before spaces is `0` before spaces). */
const isThere = (text: string, other: string, before: Buffer, behind: Buffer): boolean =>
  [same, json, ascii, encodeURIComponent].some((form) => {
    const clear = Buffer.concat([before, Buffer.from(form(other)), behind]);
    return clear.includes(text) || clear.includes(json(text));
  });

test("finds nothing that is not there, however little is missing", () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
  const all = fc.constantFrom(...Object.values(codings));
  fc.assert(
    fc.property(texts, change, all, noise, noise, (text, [at, bits], code, before, behind) => {
      const bytes = Buffer.from(text);
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
      const other = bytes.toString("latin1");
      // One byte changed, read as Latin-1: another text, though its neighbour by every measure.
      fc.pre(!code(other, before, behind).toString("latin1").includes(Buffer.from(text).toString("latin1")));
      fc.pre(!isThere(text, other, before, behind));
      return !finds(text, code(other, before, behind));
    }),
    { numRuns: 500 },
  );
});

test("tells a text from its neighbours in base64 to the last bit", () => {
  for (const shift of [0, 1, 2]) {
    for (let length = 8; length < 11; length += 1) {
      for (const [edge, place] of [
        ["first", 0],
        ["last", length - 1],
      ] as const) {
        const bytes = Buffer.alloc(length, "a");
        const other = Buffer.from(bytes);
        other[place] = "b".charCodeAt(0);
        const search = searchFor([bytes.toString(), other.toString()]);
        search.look(
          Buffer.from(Buffer.concat([Buffer.alloc(shift, 7), other, Buffer.from("zz")]).toString("base64")),
        );
        expect([edge, shift, length, ...search.found()]).toEqual([edge, shift, length, other.toString()]);
      }
    }
  }
});

test("finds nothing in random bytes", () => {
  const search = searchFor(Array.from({ length: 2000 }, (_, n) => `a text with the number ${n}`));
  search.look(randomBytes(4_000_000));
  expect([...search.found()]).toEqual([]);
});

test("finds what lies in the middle of a large file, and begins or ends with others", () => {
  const file = randomBytes(8_000_000);
  const written = ["needle in a haystack", "haystack of needles", "needle in"];
  file.write("needle in a haystack of needles", 3_999_999);
  const search = searchFor([...written, "needle in a hayrick"]);
  search.look(file);
  expect([...search.found()].toSorted()).toEqual(written.toSorted());
});

test("counts what is too short and looks for the rest, each text once", () => {
  const search = searchFor(["short", "long enough", "long enough", "äöüß"]);
  expect([search.texts, search.skipped]).toEqual([2, 1]);
  search.look(Buffer.from("short äöüß"));
  expect([...search.found()]).toEqual(["äöüß"]);
  expect(searchFor(["four", "öö", "abc"], 4)).toMatchObject({ texts: 2, skipped: 1 });
  expect(() => searchFor(["abc"], 3)).toThrow(RangeError);
});

test("finds a text of the smallest length in every coding", () => {
  for (const code of Object.values(codings)) {
    for (const before of ["", "x", "xy"]) {
      const search = searchFor(['ab"ö'], 4);
      search.look(code('ab"ö', Buffer.from(before), Buffer.from("zzz")));
      expect(search.found().size).toBe(1);
    }
  }
});

test("goes through 50 MB a second with 12,000 texts, though they begin alike", () => {
  const some = Array.from(
    { length: 12_000 },
    (_, n) => `${n % 2 === 0 ? "customer" : n}-${n}-said something`,
  );
  const search = searchFor(some);
  const file = randomBytes(16_000_000);
  for (let n = 0; n < 2000; n += 1) file.write("customer-1-said something", n * 4000);
  search.look(file.subarray(0, 1_000_000));
  const began = performance.now();
  search.look(file);
  const perSecond = file.length / (performance.now() - began) / 1000;
  // Half of what it must do on an idle machine, for tests run side by side.
  expect(perSecond).toBeGreaterThan(25);
});
