import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { encodeProtected, externalAad } from "../src/cose.ts";
import { sealWithNonce } from "../src/frame.ts";
import {
  admissionHeader,
  dataKey,
  EnvelopeError,
  open,
  peek,
  readAdmission,
  verifyAdmission,
  type Place,
} from "../src/index.ts";

interface Sealed {
  name: string;
  key: string;
  place: Omit<Place, "headers"> & { headers: string | null };
  frame: string;
}
interface Opened extends Sealed {
  kid: string;
  nonce: string;
  externalAad: string;
  protected: string;
  compressed: boolean;
  clear: string;
}
interface Admitted {
  name: string;
  key: string;
  macKey: string;
  admission: { grant: string | null; ordinal: number; part: number; cut: number; day: number };
  event: string;
  authenticated: string;
  factsFrame: string;
  contentFrame: string;
  header: string;
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/vectors/${file}`, import.meta.url), "utf8"));
const frames: { vectors: Opened[]; refused: Sealed[] } = read("frame.json");
const admissions: { vectors: Admitted[] } = read("admission.json");

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex");
const placeOf = ({ place }: Sealed): Place => ({
  ...place,
  headers: place.headers === null ? null : bytes(place.headers),
});

test.each(frames.vectors)("opens the vector: $name", (vector) => {
  const key = dataKey(bytes(vector.key));
  expect(hex(key.kid)).toBe(vector.kid);
  expect(hex(open(bytes(vector.frame), key, placeOf(vector)))).toBe(vector.clear);
  const { slot, generation } = vector.place;
  expect(peek(bytes(vector.frame))).toEqual({ slot, generation });
});

test.each(frames.vectors)("makes the same parts again: $name", (vector) => {
  const { slot, generation } = vector.place;
  const isCompressed = vector.compressed;
  expect(hex(externalAad(placeOf(vector)))).toBe(vector.externalAad);
  const header = encodeProtected({ kid: bytes(vector.kid), slot, generation, isCompressed });
  expect(hex(header)).toBe(vector.protected);
});

// How zstd packs may change with its version; what it unpacks may not.
test.each(frames.vectors.filter((vector) => !vector.compressed))(
  "seals the same frame again: $name",
  (vector) => {
    const key = dataKey(bytes(vector.key));
    expect(hex(sealWithNonce(bytes(vector.clear), key, placeOf(vector), bytes(vector.nonce)))).toBe(
      vector.frame,
    );
  },
);

test.each(frames.refused)("refuses: $name", (vector) => {
  const key = dataKey(bytes(vector.key));
  expect(() => open(bytes(vector.frame), key, placeOf(vector))).toThrow(EnvelopeError);
});

test("is AES-256-GCM over Enc_structure as RFC 9052 §5.3 builds it, by hand", () => {
  const [vector] = frames.vectors;
  if (vector === undefined) throw new Error("There are no vectors");
  const [header, aad] = [bytes(vector.protected), bytes(vector.externalAad)];
  const structure = Buffer.concat([
    Buffer.from([0x83, 0x68]),
    Buffer.from("Encrypt0", "utf8"),
    Buffer.from([0x58, header.length]),
    header,
    Buffer.from([0x58, aad.length]),
    aad,
  ]);
  const cipher = createCipheriv("aes-256-gcm", bytes(vector.key), bytes(vector.nonce));
  cipher.setAAD(structure);
  const sealed = Buffer.concat([cipher.update(bytes(vector.clear)), cipher.final(), cipher.getAuthTag()]);
  expect(vector.frame.endsWith(hex(sealed))).toBe(true);
});

test.each(admissions.vectors)("makes and accepts the admission: $name", (vector) => {
  const { admission, event } = vector;
  const key = dataKey(bytes(vector.key));
  expect(hex(key.derive("sotto admission").export())).toBe(vector.macKey);
  const o = { key, event, facts: bytes(vector.factsFrame), content: bytes(vector.contentFrame) };
  expect(hex(admissionHeader(admission, o))).toBe(vector.header);
  verifyAdmission(readAdmission(bytes(vector.header)), o);
});

test.each([
  ["frame.md", [frames.vectors[0]?.frame, frames.vectors[0]?.externalAad]],
  ["admission.md", [admissions.vectors[0]?.header, admissions.vectors[0]?.authenticated]],
])("the worked example of docs/formats/%s is the vector", (file, expected) => {
  const text = readFileSync(new URL(`../../../docs/formats/${file}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```hex\n(.*?)^```$/gms)].map(([, block]) => block ?? "");
  expect(blocks.map((block) => block.replaceAll(/;.*$|\s/gm, ""))).toEqual(expected);
});
