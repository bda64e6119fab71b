import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

import type { Signer } from "@sotto/envelope";
import { z } from "zod";

import { openSecretFile } from "./secret-file.ts";

const key32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const signingKeyFile = z.strictObject({
  version: z.literal(1),
  type: z.literal("sotto-signing-key"),
  algorithm: z.literal("Ed25519"),
  createdAt: z.int().min(0),
  /** 32 bytes each, base64url, as in a JWK (RFC 8037 §2). */
  publicKey: key32,
  privateKey: key32,
});

/**
 * Signs with the Ed25519 key of a file that only its owner can read (`SOTTO_SIGNING_KEY=file:…`). Made and refused as
 * `openKeyFile` does; a file whose two halves do not belong together is refused as well.
 */
export const openSigningKeyFile = async (o: { path: string; create: boolean }): Promise<Signer> => {
  const file = parse(o.path, openSecretFile({ ...o, fresh: freshSigningKeyFile }));
  const jwk = { kty: "OKP", crv: "Ed25519", d: file.privateKey, x: file.publicKey };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  // Node takes d and x unchecked; a public half that an attacker put there would verify nothing, or his own log.
  if (publicHalf(privateKey) !== file.publicKey)
    throw new Error(`Key file ${o.path}: its public key is not that of its private key`);
  const publicKey = new Uint8Array(Buffer.from(file.publicKey, "base64url"));
  return { publicKey, sign: async (message) => new Uint8Array(sign(null, message, privateKey)) };
};

/** Recomputed from the private half alone, through its PKCS #8 form. */
const publicHalf = (privateKey: KeyObject): string | undefined => {
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const again = createPrivateKey({ key: der, type: "pkcs8", format: "der" });
  return createPublicKey(again).export({ format: "jwk" }).x;
};

const freshSigningKeyFile = (): string => {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const what = { version: 1, type: "sotto-signing-key", algorithm: "Ed25519", createdAt: Date.now() };
  return `${JSON.stringify({ ...what, publicKey: x, privateKey: d }, null, 2)}\n`;
};

const parse = (path: string, text: string): z.infer<typeof signingKeyFile> => {
  try {
    return signingKeyFile.parse(JSON.parse(text));
  } catch {
    throw new Error(`Key file ${path} is malformed: restore it from its backup`);
  }
};
