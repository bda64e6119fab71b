import { createCipheriv, randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";

import fc from "fast-check";
import { expect, test } from "vitest";

import { encodeFrame, encodeProtected, encStructure, maxFrameBytes } from "../src/cose.ts";
import { sealWithNonce } from "../src/frame.ts";
import {
  dataKey,
  EnvelopeError,
  maxClearBytes,
  open,
  peek,
  seal,
  UnavailableError,
  type Place,
} from "../src/index.ts";
import { aPlace, otherPlaces } from "./a-place.ts";

const key = dataKey(new Uint8Array(32).fill(1));
const text = (length: number): Uint8Array =>
  Buffer.from("what was said ".repeat(length / 14 + 1)).subarray(0, length);

const slot = fc.constantFrom<Place["slot"]>(
  "facts",
  "grants",
  "parked",
  "register",
  "raw",
  "archive",
  "rows",
);
const kind = fc.constantFrom<Place["kind"]>("facts", "content", "grant", "section", "document", "manifest");
const places: fc.Arbitrary<Place> = fc.record({
  tenant: fc.string({ unit: "grapheme" }),
  conversation: fc.option(fc.string({ unit: "grapheme" })),
  slot,
  generation: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  kind,
  name: fc.string({ unit: "grapheme" }),
  headers: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
});

test("opens what it sealed, to the byte, whatever it holds and wherever it belongs", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), places, (clear, place) => {
      const frame = seal(clear, key, place);
      expect(Buffer.from(open(frame, key, place)).equals(clear)).toBe(true);
      expect(peek(frame)).toEqual({ slot: place.slot, generation: place.generation });
    }),
  );
});

test("opens for no other place", () => {
  fc.assert(
    fc.property(places, (place) => {
      const frame = seal(text(20), key, place);
      for (const [, other] of otherPlaces(place))
        expect(() => open(frame, key, other)).toThrow(EnvelopeError);
    }),
  );
});

test.each([
  ["short", 90],
  ["compressed", 2000],
])("refuses a %s frame with any one of its bytes changed, in any bit", (_, length) => {
  const frame = seal(text(length), key, aPlace());
  for (let at = 0; at < frame.length; at += 1)
    for (let bit = 1; bit < 256; bit <<= 1) {
      const changed = Uint8Array.from(frame).with(at, (frame[at] ?? 0) ^ bit);
      expect(() => open(changed, key, aPlace()), `byte ${at}, bit ${bit}`).toThrow(EnvelopeError);
    }
});

test("refuses a frame that was cut at any length, or has a byte more", () => {
  const frame = seal(text(90), key, aPlace());
  for (let length = 0; length < frame.length; length += 1) {
    expect(() => open(frame.subarray(0, length), key, aPlace())).toThrow(EnvelopeError);
    expect(() => peek(frame.subarray(0, length))).toThrow(EnvelopeError);
  }
  expect(() => open(Buffer.concat([frame, Buffer.from([0])]), key, aPlace())).toThrow(EnvelopeError);
});

test("refuses anything that is no frame, without any other error", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => open(bytes, key, aPlace())).toThrow(EnvelopeError);
    }),
  );
});

test("refuses the key of another slot, and says so", () => {
  const frame = seal(text(20), key, aPlace());
  const other = dataKey(new Uint8Array(32).fill(2));
  expect(() => open(frame, other, aPlace())).toThrow("not in its place (another key sealed it)");
});

test("tells a frame that was moved from one that was changed", () => {
  const frame = seal(text(20), key, aPlace());
  expect(() => open(frame, key, aPlace({ slot: "archive" }))).toThrow("not in its place (raw 498884)");
  const changed = Uint8Array.from(frame).with(frame.length - 1, (frame.at(-1) ?? 0) ^ 1);
  expect(() => open(changed, key, aPlace())).toThrow("authentication failed");
});

test("refuses a frame whose kid is another key's, although its tag is right: one frame, one key", () => {
  const nonce = randomBytes(12);
  const kid = dataKey(new Uint8Array(32).fill(9)).kid;
  const header = encodeProtected({ kid, slot: "raw", generation: 498_884, isCompressed: false });
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(encStructure(header, aPlace()));
  const sealed = Buffer.concat([cipher.update("said"), cipher.final()]);
  const frame = encodeFrame(header, nonce, [sealed, cipher.getAuthTag()]);
  expect(() => open(frame, key, aPlace())).toThrow("another key sealed it");
});

test("takes a fresh nonce each time", () => {
  const frames = Array.from({ length: 100 }, () =>
    Buffer.from(seal(text(20), key, aPlace())).toString("hex"),
  );
  expect(new Set(frames).size).toBe(100);
});

test("shows nothing of the clear bytes", () => {
  const frame = Buffer.from(seal(Buffer.from("secret word"), key, aPlace()));
  expect(frame.includes("secret word")).toBe(false);
  expect(frame.includes(Buffer.from(key.bytes))).toBe(false);
});

test("compresses where it pays, and only there", () => {
  const frameBytes = (clear: Uint8Array): number => seal(clear, key, aPlace()).length;
  const overhead = frameBytes(new Uint8Array(0));
  expect(frameBytes(text(1024))).toBeGreaterThan(1024);
  expect(frameBytes(text(4096))).toBeLessThan(1000);
  expect(frameBytes(randomBytes(4096))).toBeLessThan(4096 + overhead + 10);
  expect(frameBytes(randomBytes(4096))).toBeGreaterThan(4096);
});

test("takes 16 MiB, and refuses a byte more", () => {
  const clear = randomBytes(maxClearBytes);
  expect(open(seal(clear, key, aPlace()), key, aPlace()).length).toBe(maxClearBytes);
  expect(() => seal(new Uint8Array(maxClearBytes + 1), key, aPlace())).toThrow(EnvelopeError);
});

test("refuses to look at a frame of more than 20 MiB", () => {
  expect(() => peek(new Uint8Array(maxFrameBytes + 1))).toThrow("larger than 20 MiB");
});

test.each([
  ["17 MiB that were 2 KiB sealed", zstdCompressSync(new Uint8Array(17 * 1_048_576))],
  ["no zstd at all", Buffer.from("not compressed")],
])("refuses a holder of the key who sealed as compressed: %s", (_, sealedBytes) => {
  const header = encodeProtected({ kid: key.kid, slot: "raw", generation: 498_884, isCompressed: true });
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(encStructure(header, aPlace()));
  const frame = encodeFrame(header, nonce, [cipher.update(sealedBytes), cipher.final(), cipher.getAuthTag()]);
  expect(() => open(frame, key, aPlace())).toThrow("does not decompress");
});

test("refuses more than 16 MiB that were not compressed either", () => {
  const header = encodeProtected({ kid: key.kid, slot: "raw", generation: 498_884, isCompressed: false });
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(encStructure(header, aPlace()));
  const sealed = cipher.update(new Uint8Array(maxClearBytes + 1));
  cipher.final();
  const frame = encodeFrame(header, nonce, [sealed, cipher.getAuthTag()]);
  expect(() => open(frame, key, aPlace())).toThrow("more than 16 MiB");
});

test.each<[string, Partial<Place>]>([
  ["a lone surrogate in its tenant", { tenant: "a\ud800" }],
  ["a lone surrogate in its conversation", { conversation: "\udc00" }],
  ["a lone surrogate in its name", { name: "\ud800x" }],
  ["a fraction as generation", { generation: 1.5 }],
  ["a negative generation", { generation: -1 }],
  ["no number as generation", { generation: Number.NaN }],
  ["a generation beyond exact numbers", { generation: 2 ** 53 }],
])("seals for no place with %s", (_, given) => {
  expect(() => seal(text(20), key, aPlace(given))).toThrow(EnvelopeError);
});

test("never works with a key that was zeroed", () => {
  const gone = dataKey(new Uint8Array(32).fill(3));
  const frame = seal(text(20), gone, aPlace());
  gone.zero();
  expect(() => seal(text(20), gone, aPlace())).toThrow(UnavailableError);
  expect(() => open(frame, gone, aPlace())).toThrow(UnavailableError);
});

test("reads the frame alone when it lies within a larger buffer", () => {
  const frame = sealWithNonce(text(300), key, aPlace(), new Uint8Array(12));
  const around = Buffer.concat([Buffer.alloc(7), frame, Buffer.alloc(9)]);
  expect(Buffer.from(open(around.subarray(7, 7 + frame.length), key, aPlace())).equals(text(300))).toBe(true);
});

test("uses no nonce twice, however many frames it seals", () => {
  const key = dataKey(new Uint8Array(32).fill(3));
  const nonces = new Set<string>();
  for (let n = 0; n < 2000; n += 1) {
    const frame = Buffer.from(seal(Buffer.from("x"), key, aPlace()));
    // [protected, {5: nonce}, ciphertext]: the nonce follows the label 5 and the head of 12 bytes.
    const at = frame.indexOf(Buffer.from([0xa1, 0x05, 0x4c])) + 3;
    nonces.add(frame.subarray(at, at + 12).toString("hex"));
  }
  expect(nonces.size).toBe(2000);
});
