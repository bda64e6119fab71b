import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { encodeCbor } from "@sotto/contracts";
import { EnvelopeError, type KeyContext } from "@sotto/envelope";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** What a wrap is bound to: the name of its key-encryption key and the whole context. */
export interface Bound {
  readonly kek: string;
  readonly context: KeyContext;
}

/** AES-256-GCM under a key-encryption key: 12-byte random nonce, 32 bytes, 16-byte tag. */
export const wrapKey = (key: Uint8Array, kek: Uint8Array, bound: Bound): Uint8Array =>
  wrapKeyWithNonce(key, kek, bound, randomBytes(nonceBytes));

/** For vectors only: a nonce used twice under a key gives both data keys away. */
export const wrapKeyWithNonce = (
  key: Uint8Array,
  kek: Uint8Array,
  bound: Bound,
  nonce: Uint8Array,
): Uint8Array => {
  const cipher = createCipheriv(algorithm, kek, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(bound));
  return new Uint8Array(Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]));
};

/** EnvelopeError unless that key wrapped it for exactly that context. */
export const unwrapKey = (wrapped: Uint8Array, kek: Uint8Array, bound: Bound): Uint8Array => {
  if (wrapped.length !== nonceBytes + 32 + tagBytes)
    throw new EnvelopeError("Cannot open a data key: it is not 60 bytes long");
  const decipher = createDecipheriv(algorithm, kek, wrapped.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData(bound));
  decipher.setAuthTag(wrapped.subarray(-tagBytes));
  const key = decipher.update(wrapped.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
    return new Uint8Array(key);
  } catch {
    throw new EnvelopeError("Cannot open a data key: authentication failed, or another context");
  } finally {
    key.fill(0);
  }
};

/** Stops a wrapped key from being moved to another tenant, conversation, slot or generation. */
export const associatedData = ({ kek, context }: Bound): Uint8Array => encodeCbor([kek, { ...context }]);
