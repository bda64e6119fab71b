import { createHash, randomBytes } from "node:crypto";

import { EnvelopeError } from "@sotto/envelope";

const magic = "sotto-object-1 ";
const digestEnd = magic.length + 64 + 1;
/** Bytes before an object's own: `sotto-object-1 <SHA-256 of all after this line>`, then its etag, each a line. */
export const headBytes = digestEnd + 32 + 1;

/** An object as its file holds it: the digest inside, so that file and digest cannot part in a crash. */
export const encodeObjectFile = (bytes: Uint8Array): { readonly file: Uint8Array; readonly etag: string } => {
  const etag = randomBytes(16).toString("hex");
  const revision = Buffer.from(`${etag}\n`, "latin1");
  const digest = createHash("sha256").update(revision).update(bytes).digest("hex");
  return { file: Buffer.concat([Buffer.from(`${magic}${digest}\n`, "latin1"), revision, bytes]), etag };
};

/** EnvelopeError unless every byte is as it was written. */
export const decodeObjectFile = (name: string, file: Uint8Array): { bytes: Uint8Array; etag: string } => {
  const etag = etagOf(name, file);
  const digest = createHash("sha256").update(file.subarray(digestEnd)).digest("hex");
  if (Buffer.from(file.subarray(0, digestEnd)).toString("latin1") !== `${magic}${digest}\n`)
    throw new EnvelopeError(`Object ${name} does not match its digest: its file was changed or is damaged`);
  return { bytes: Uint8Array.from(file.subarray(headBytes)), etag };
};

/** From the head alone, unchecked: for comparing and listing. */
export const etagOf = (name: string, head: Uint8Array): string => {
  const text = Buffer.from(head.subarray(0, headBytes)).toString("latin1");
  const etag = /^sotto-object-1 [0-9a-f]{64}\n([0-9a-f]{32})\n$/.exec(text)?.[1];
  if (etag === undefined) throw new EnvelopeError(`Object ${name} is no object file: changed or damaged`);
  return etag;
};
