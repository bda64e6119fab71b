import { createCipheriv, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

import { encodeCbor } from "@sotto/contracts";

import { encodeFrame, encodeProtected, encStructure, externalAad } from "../src/cose.ts";
import { sealWithNonce } from "../src/frame.ts";
import { admissionHeader, dataKey, digestFrame, type Place } from "../src/index.ts";
import { aPlace, otherPlaces } from "./a-place.ts";

/**
 * Makes test/vectors/frame.json and admission.json anew (`node packages/envelope/test/make-vectors.ts`). The formats are
 * for good: a vector changes with an ADR only. Keys and nonces are digests of their names, nothing is random.
 */
const keyOf = (name: string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(`sotto vector key ${name}`).digest());
const nonceOf = (name: string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(`sotto vector nonce ${name}`).digest().subarray(0, 12));

const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("hex");
const placeHex = (place: Place) => ({ ...place, headers: hex(place.headers) });

const said = "I live at twelve Acacia Road, and my number is nought one six three two.";
const sealed = [
  { name: "content", key: "raw", clear: Buffer.from(said), place: aPlace() },
  { name: "empty", key: "raw", clear: Buffer.from(""), place: aPlace({ name: "e_empty" }) },
  {
    name: "no conversation, no headers",
    key: "register",
    clear: Buffer.from("a fence"),
    place: aPlace({
      conversation: null,
      slot: "register",
      generation: 2026,
      kind: "fence",
      name: "acme/standing/f_0123456789abcdefghjkmnpqrs",
      headers: null,
    }),
  },
  {
    name: "day key",
    key: "facts",
    clear: Buffer.from(encodeCbor({ v: 1, kind: "turn.added" })),
    place: aPlace({ slot: "facts", generation: 20_261_124, kind: "facts" }),
  },
  {
    name: "names beyond ASCII, small generation",
    key: "archive",
    clear: Buffer.from("ü"),
    place: aPlace({
      tenant: "Bücher 📚",
      slot: "archive",
      generation: 1,
      kind: "section",
      name: "c/1",
      headers: null,
    }),
  },
  { name: "longer than compression starts at, but noise", key: "raw", clear: noise(1300), place: aPlace() },
  {
    name: "compressed",
    key: "raw",
    clear: Buffer.from(said.repeat(20)),
    place: aPlace({ kind: "document" }),
  },
];

const vectors = sealed.map(({ name, key, clear, place }) => {
  const data = dataKey(keyOf(key));
  const frame = sealWithNonce(clear, data, place, nonceOf(name));
  const isCompressed = name === "compressed";
  const { slot, generation } = place;
  return {
    name,
    key: hex(data.bytes),
    kid: hex(data.kid),
    place: placeHex(place),
    nonce: hex(nonceOf(name)),
    externalAad: hex(externalAad(place)),
    protected: hex(encodeProtected({ kid: data.kid, slot, generation, isCompressed })),
    compressed: isCompressed,
    clear: hex(clear),
    frame: hex(frame),
  };
});

const content = dataKey(keyOf("raw"));
const place = aPlace();
const frame = sealWithNonce(Buffer.from(said), content, place, nonceOf("content"));
const refused = [
  ...otherPlaces(place).map(([field, other]) =>
    refuse(`another ${field} than it was sealed for`, frame, other),
  ),
  refuse("the key of another slot", frame, place, keyOf("archive")),
  refuse("one bit of the ciphertext flipped", flip(frame, frame.length - 20), place),
  refuse("one bit of the tag flipped", flip(frame, frame.length - 1), place),
  refuse(
    "one bit of the nonce flipped",
    flip(frame, Buffer.from(frame).indexOf(nonceOf("content")) + 2),
    place,
  ),
  refuse("one bit of kid flipped", flip(frame, 12), place),
  refuse("truncated by one byte", frame.subarray(0, -1), place),
  refuse("truncated to its header", frame.subarray(0, 60), place),
  refuse("no bytes", new Uint8Array(0), place),
  refuse("a trailing byte", Buffer.concat([frame, Uint8Array.of(0)]), place),
  refuse("a length not in its shortest form", respelt(frame, "5858", "590058"), place),
  refuse(
    "a generation not in its shortest form",
    sealedUnder(longHeader(), encStructure(longHeader(), place)),
    place,
  ),
  refuse("an indefinite length", Buffer.concat([respelt(frame, "d083", "d09f"), Uint8Array.of(0xff)]), place),
  refuse("without the tag of COSE_Encrypt0", frame.subarray(1), place),
  refuse(
    "the tag of COSE_Encrypt (96)",
    Buffer.concat([Uint8Array.of(0xd8, 0x60), frame.subarray(1)]),
    place,
  ),
  refuse("format version 0 in external_aad", ofVersion(0), place),
  refuse("format version 2 in external_aad", ofVersion(2), place),
  refuse("a protected header that version 1 does not have", withHeader([[-65540, 1]]), place),
  refuse("another algorithm (A128GCM)", withHeader([[1, 1]]), place),
  refuse("an unknown slot", withHeader([[-65537, "row"]]), place),
  refuse("a header that names another generation", withHeader([[-65538, 498_885]]), place),
  refuse("said to be compressed, and is not", withHeader([[-65539, "zstd"]]), place),
  refuse(
    "the kid of another key, sealed under this one",
    withHeader([[4, dataKey(keyOf("archive")).kid]]),
    place,
  ),
];

const admission = {
  grant: "g_0123456789abcdefghjkmnpqrs",
  ordinal: 7,
  part: 0,
  cut: 1_795_500_000_000,
  day: 20_261_124,
};
const grants = dataKey(keyOf("grants"));
const facts = Buffer.from(vectors[3]?.frame ?? "", "hex");
const admitted = [
  { name: "a turn", a: admission, facts, content: frame },
  {
    name: "an event without content",
    a: { ...admission, ordinal: 0, grant: null },
    facts,
    content: new Uint8Array(0),
  },
].map(({ name, a, facts: f, content: c }) => ({
  name,
  key: hex(grants.bytes),
  macKey: hex(grants.derive("sotto admission").export()),
  admission: a,
  event: place.name,
  factsFrame: hex(f),
  contentFrame: hex(c),
  authenticated: hex(
    encodeCbor([a.grant, a.ordinal, a.part, a.cut, a.day, place.name, digestFrame(f), digestFrame(c)]),
  ),
  header: hex(admissionHeader(a, { key: grants, event: place.name, facts: f, content: c })),
}));

write("frame.json", { format: "docs/formats/frame.md", bytes: "hexadecimal", vectors, refused });
write("admission.json", { format: "docs/formats/admission.md", bytes: "hexadecimal", vectors: admitted });

function write(file: string, what: unknown): void {
  writeFileSync(
    new URL(`../../../test/vectors/${file}`, import.meta.url),
    `${JSON.stringify(what, null, 2)}\n`,
  );
}

function noise(length: number): Buffer {
  const digests = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    createHash("sha256").update(`${n}`).digest(),
  );
  return Buffer.concat(digests).subarray(0, length);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 0x01);
}

function refuse(name: string, bytes: Uint8Array, at: Place, key = keyOf("raw")) {
  return { name, key: hex(key), place: placeHex(at), frame: hex(bytes) };
}

/** Sealed as it should be, but with some parameters of the protected header set otherwise. */
function withHeader(changes: [number, unknown][]): Uint8Array {
  const parameters = new Map<number, unknown>([
    [1, 3],
    [4, content.kid],
    [-65537, place.slot],
    [-65538, place.generation],
    ...changes,
  ]);
  const header = encodeCbor(parameters);
  return sealedUnder(header, encStructure(header, place));
}

/** The header that the frame has, its generation in eight bytes instead of four. */
function longHeader(): Uint8Array {
  const { slot, generation } = place;
  const header = encodeProtected({ kid: content.kid, slot, generation, isCompressed: false });
  return respelt(header, "1a00079cc4", "1b0000000000079cc4");
}

function respelt(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(bytes).toString("hex").replace(from, to), "hex"));
}

function ofVersion(version: number): Uint8Array {
  const header = encodeProtected({
    kid: content.kid,
    slot: place.slot,
    generation: place.generation,
    isCompressed: false,
  });
  const { tenant, conversation, slot, generation, kind, name, headers } = place;
  const aad = encodeCbor([version, tenant, conversation, slot, generation, kind, name, headers]);
  return sealedUnder(header, encodeCbor(["Encrypt0", header, aad]));
}

function sealedUnder(header: Uint8Array, authenticated: Uint8Array): Uint8Array {
  const nonce = nonceOf("refused");
  const cipher = createCipheriv("aes-256-gcm", content.bytes, nonce);
  cipher.setAAD(authenticated);
  const text = Buffer.concat([cipher.update(said), cipher.final()]);
  return encodeFrame(header, nonce, [text, cipher.getAuthTag()]);
}
