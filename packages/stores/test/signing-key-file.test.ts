import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openSigningKeyFile } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const message = Buffer.from("a checkpoint\n");
const verifies = (publicKey: Uint8Array, signature: Uint8Array): boolean => {
  const x = Buffer.from(publicKey).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, message, key, signature);
};

test("signs with Ed25519, under the same key each time it is opened", async () => {
  const path = join(temporaryDirectory(), "log-key.json");
  const signer = await openSigningKeyFile({ path, create: true });
  const signature = await signer.sign(message);
  const again = await openSigningKeyFile({ path, create: false });
  expect(signature).toHaveLength(64);
  expect(signer.publicKey).toHaveLength(32);
  expect(again.publicKey).toEqual(signer.publicKey);
  expect(verifies(again.publicKey, signature)).toBe(true);
  expect(verifies(again.publicKey, await again.sign(message))).toBe(true);
});

test("signs as RFC 8032 says (§7.1, test 2)", async () => {
  const path = join(temporaryDirectory(), "log-key.json");
  const base64url = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");
  const file = {
    version: 1,
    type: "sotto-signing-key",
    algorithm: "Ed25519",
    createdAt: 0,
    publicKey: base64url("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    privateKey: base64url("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
  };
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  const signature = await (await openSigningKeyFile({ path, create: false })).sign(Buffer.from("72", "hex"));
  expect(Buffer.from(signature).toString("hex")).toBe(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
});

test("refuses a public key that is not its private key's", async () => {
  const path = join(temporaryDirectory(), "log-key.json");
  await openSigningKeyFile({ path, create: true });
  const other = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x;
  const file = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...file, publicKey: other }));
  await expect(openSigningKeyFile({ path, create: false })).rejects.toThrow("is not that of its private key");
});
