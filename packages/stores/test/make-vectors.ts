import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

import { associatedData, wrapKeyWithNonce } from "../src/key-wrap.ts";

/** Makes test/vectors/key-wrap.json anew (`node packages/stores/test/make-vectors.ts`); changes with an ADR only. */
const digest = (name: string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(`sotto vector ${name}`).digest());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const wraps = [
  {
    name: "a raw window",
    kek: "file:00112233445566ff/raw/1",
    context: {
      tenant: "acme",
      conversation: "c_0123456789abcdefghjkmnpqrs",
      slot: "raw",
      generation: "498884",
    },
  },
  {
    name: "a day of facts, second version",
    kek: "file:00112233445566ff/facts/2",
    context: { tenant: "acme", slot: "facts", generation: "20261124" },
  },
  {
    name: "a pepper",
    kek: "file:00112233445566ff/pepper/1",
    context: { tenant: "acme", slot: "pepper", generation: "1", name: "id" },
  },
];

const vectors = wraps.map(({ name, kek, context }) => {
  const [kekBytes, key, nonce] = [
    digest(`kek ${kek}`),
    digest(`key ${name}`),
    digest(`nonce ${name}`).subarray(0, 12),
  ];
  return {
    name,
    kekBytes: hex(kekBytes),
    kek,
    context,
    nonce: hex(nonce),
    associatedData: hex(associatedData({ kek, context })),
    key: hex(key),
    wrapped: hex(wrapKeyWithNonce(key, kekBytes, { kek, context }, nonce)),
  };
});
const file = { format: "docs/formats/keys.md", bytes: "hexadecimal", vectors };
writeFileSync(
  new URL("../../../test/vectors/key-wrap.json", import.meta.url),
  `${JSON.stringify(file, null, 2)}\n`,
);
