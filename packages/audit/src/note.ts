import { createPublicKey, hash, verify } from "node:crypto";

import { AuditLogError } from "./error.ts";

/** A public key that signs notes, under a name. Its text form is Go's verifier key, `name+id+key`. */
export interface NoteKey {
  readonly name: string;
  /** Ed25519, 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
}

/** Signs with Ed25519 (RFC 8032): a key file, or a key service. */
export interface NoteSigner {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its last newline: what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Ed25519, the only type that is made or checked here; others are ignored as unknown keys. */
const ed25519 = 0x01;
const maxNoteBytes = 1_000_000;
const maxSignatures = 100;
// Cc below U+0020 other than newline; key names: no Unicode space, no plus.
// oxlint-disable-next-line no-control-regex -- the control characters are what is looked for
const control = /[\u0000-\u0009\u000b-\u001f]/;
const keyName = /^[^\s\u0085+]+$/u;

/** First four bytes of SHA-256(name, newline, type, public key): an address, not a commitment (C2SP signed-note). */
export const keyId = ({ name, publicKey }: NoteKey): number =>
  hash(
    "sha256",
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519), publicKey]),
    "buffer",
  ).readUInt32BE();

/** `name+id+key`: how an auditor is given the key, and what Go's note package reads. */
export const formatVerifierKey = (key: NoteKey): string =>
  `${key.name}+${hex(keyId(key))}+${Buffer.concat([Buffer.of(ed25519), key.publicKey]).toString("base64")}`;

/** Throws AuditLogError `malformed`, also when the id does not belong to name and key. */
export function parseVerifierKey(text: string): NoteKey {
  const [, name, id, encoded] = /^([^\s\u0085+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? [];
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  if (name === undefined || bytes?.length !== 33 || bytes[0] !== ed25519) {
    throw new AuditLogError("malformed", "Not the verifier key of an Ed25519 key");
  }
  const key = { name, publicKey: bytes.subarray(1) };
  if (id !== hex(keyId(key))) throw new AuditLogError("malformed", "Verifier key has another key's id");
  return key;
}

/** Signs a text (one or more lines, each ended) under a name. The signature is checked before it is handed out. */
export async function signNote(text: string, name: string, signer: NoteSigner): Promise<string> {
  const key = { name, publicKey: signer.publicKey };
  const signature = await signer.sign(Buffer.from(text, "utf8"));
  const id = Buffer.alloc(4);
  id.writeUInt32BE(keyId(key));
  const note = `${text}\n— ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
  verifyNote(note, [key]);
  return note;
}

/** Takes a signed note apart without checking who signed it; throws AuditLogError `malformed`. */
export function parseNote(note: Uint8Array | string): Note {
  const all = typeof note === "string" ? note : decodeUtf8(note);
  const gap = all.lastIndexOf("\n\n");
  const [text, lines] = [all.slice(0, gap + 1), all.slice(gap + 2)];
  if (
    all.length > maxNoteBytes ||
    gap < 0 ||
    !lines.endsWith("\n") ||
    control.test(all) ||
    !all.isWellFormed()
  ) {
    throw malformed();
  }
  const signatures = lines.slice(0, -1).split("\n").map(parseSignature);
  if (signatures.length > maxSignatures) throw malformed();
  return { text, signatures };
}

/**
 * Checks a note against known keys and returns its text. Signatures by other keys are ignored, as the specification
 * demands; a known key's wrong signature spoils the note, and so does the lack of any by a known key.
 */
export function verifyNote(note: Uint8Array | string, keys: readonly NoteKey[]): string {
  const { text, signatures } = parseNote(note);
  let verified = 0;
  for (const { name, keyId: id, signature } of signatures) {
    const key = keys.find((known) => known.name === name && keyId(known) === id);
    if (key === undefined) continue;
    if (!verify(null, Buffer.from(text, "utf8"), publicKeyOf(key), signature)) {
      throw new AuditLogError("signature", `Signature by ${name}+${hex(id)} is not of this text`);
    }
    verified += 1;
  }
  if (verified === 0) {
    const wanted = keys.map((key) => `${key.name}+${hex(keyId(key))}`).join(", ");
    const found = signatures.map(({ name, keyId: id }) => `${name}+${hex(id)}`).join(", ");
    throw new AuditLogError("signature", `Not signed by ${wanted}, but by ${found}`);
  }
  return text;
}

function parseSignature(line: string): NoteSignature {
  const parts = line.split(" ");
  const [dash, name, encoded] = parts;
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  if (parts.length !== 3 || dash !== "—" || name === undefined || !keyName.test(name)) throw malformed();
  if (bytes === null || bytes.length < 5) throw malformed();
  return { name, keyId: bytes.readUInt32BE(), signature: bytes.subarray(4) };
}

/** Standard base64 (RFC 4648 §4) in its one canonical spelling, or null: a note has one form only. */
export const fromBase64 = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
};

const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed();
  }
};

const publicKeyOf = ({ publicKey }: NoteKey) =>
  createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") },
    format: "jwk",
  });

const hex = (id: number) => id.toString(16).padStart(8, "0");
const malformed = () => new AuditLogError("malformed", "Not a signed note");
