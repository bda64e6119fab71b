import { randomBytes } from "node:crypto";

import { EnvelopeError, type KekKind, type KeyService } from "@sotto/envelope";
import { z } from "zod";

import { unwrapKey, wrapKey } from "./key-wrap.ts";
import { openSecretFile } from "./secret-file.ts";

const kinds = [
  "raw",
  "archive",
  "rows",
  "facts",
  "grants",
  "parked",
  "register",
  "pepper",
] as const satisfies KekKind[];

const keyFile = z.strictObject({
  version: z.literal(1),
  type: z.literal("sotto-kek"),
  /** Part of every wrap's key name, so that a wrap of another file is told from a damaged one. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  createdAt: z.int().min(0),
  keys: z.record(
    z.enum(kinds),
    z.strictObject({
      /** The version that wraps; the others are kept for what they wrapped. */
      current: z.int().min(1),
      versions: z.record(z.string().regex(/^[1-9][0-9]{0,5}$/), z.base64().length(44)),
    }),
  ),
});

/**
 * A key service from one file that only its owner can read (`SOTTO_KMS=file:…`): a 256-bit key-encryption key a kind,
 * AES-256-GCM, bound to the encryption context (docs/formats/keys.md). `create` makes the file when there is none;
 * without it a missing file is an error, as a malformed one, a symbolic link, a foreign owner and a looser mode are.
 */
export const openKeyFile = async (o: { path: string; create: boolean }): Promise<KeyService> => {
  const file = parse(o.path, openSecretFile({ ...o, fresh: freshKeyFile }));
  const keks = new Map<string, Uint8Array>();
  for (const kind of kinds)
    for (const [version, key] of Object.entries(file.keys[kind].versions))
      keks.set(kekName(file.id, kind, version), Buffer.from(key, "base64"));
  for (const kind of kinds)
    if (!keks.has(kekName(file.id, kind, file.keys[kind].current)))
      throw new Error(`Key file ${o.path} has no current key for ${kind}`);

  const kekOf = (name: string): Uint8Array => {
    const kek = keks.get(name);
    if (kek === undefined)
      throw new EnvelopeError("Cannot open a data key: no key of this key file wrapped it");
    return kek;
  };

  return {
    async dataKey(kind, context) {
      const kek = kekName(file.id, kind, file.keys[kind].current);
      const key = new Uint8Array(randomBytes(32));
      return { key, wrapped: { kek, wrapped: wrapKey(key, kekOf(kek), { kek, context }) } };
    },
    async open({ kek, wrapped }, context) {
      return unwrapKey(wrapped, kekOf(kek), { kek, context });
    },
  };
};

const kekName = (file: string, kind: KekKind, version: number | string): string =>
  `file:${file}/${kind}/${version}`;

const freshKeyFile = (): string => {
  const keys = Object.fromEntries(
    kinds.map((kind) => [kind, { current: 1, versions: { "1": randomBytes(32).toString("base64") } }]),
  );
  const id = randomBytes(8).toString("hex");
  return `${JSON.stringify({ version: 1, type: "sotto-kek", id, createdAt: Date.now(), keys }, null, 2)}\n`;
};

const parse = (path: string, text: string): z.infer<typeof keyFile> => {
  try {
    return keyFile.parse(JSON.parse(text));
  } catch {
    // Without the cause: a parser's message quotes what it read, and that is keys.
    throw new Error(`Key file ${path} is malformed: restore it from its backup`);
  }
};
