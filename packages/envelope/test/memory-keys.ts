import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { encodeCbor } from "@sotto/contracts";

import { EnvelopeError, type KeyContext, type KeyService, type KeyStore } from "../src/index.ts";

/** A key store whose every call waits for `before`: races and failures happen where a test wants them. */
export const memoryKeyStore = () => {
  const objects = new Map<string, { bytes: Uint8Array; etag: string }>();
  let writes = 0;
  const store = {
    before: async (_call: "create" | "read" | "replace", _name: string): Promise<void> => {},
    async create(name: string, bytes: Uint8Array) {
      await store.before("create", name);
      return objects.has(name) ? null : put(name, bytes);
    },
    async read(name: string) {
      await store.before("read", name);
      return objects.get(name) ?? null;
    },
    async replace(name: string, bytes: Uint8Array, etag: string) {
      await store.before("replace", name);
      return objects.get(name)?.etag === etag ? put(name, bytes) : null;
    },
    objects,
    /** A key object as JSON, changed by a test as an attacker with the store's rights would. */
    json: (name: string) => JSON.parse(Buffer.from(objects.get(name)?.bytes ?? []).toString("utf8")),
    tamper: (name: string, object: unknown) => void put(name, Buffer.from(JSON.stringify(object))),
  } satisfies KeyStore & Record<string, unknown>;
  const put = (name: string, bytes: Uint8Array) => {
    writes += 1;
    const etag = `${writes}`;
    objects.set(name, { bytes: Uint8Array.from(bytes), etag });
    return { etag };
  };
  return store;
};

/** A key service that remembers what it was asked. */
export const memoryKeyService = () => {
  const kek = randomBytes(32);
  const asked: { op: "dataKey" | "open"; kek: string; context: KeyContext }[] = [];
  const given: Uint8Array[] = [];
  const service: KeyService = {
    async dataKey(kind, context) {
      asked.push({ op: "dataKey", kek: kind, context });
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", kek, nonce).setAAD(encodeCbor([kind, { ...context }]));
      const key = new Uint8Array(randomBytes(32));
      given.push(key);
      const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
      return { key, wrapped: { kek: kind, wrapped } };
    },
    async open(wrapped, context) {
      asked.push({ op: "open", kek: wrapped.kek, context });
      const bytes = wrapped.wrapped;
      const decipher = createDecipheriv("aes-256-gcm", kek, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(encodeCbor([wrapped.kek, { ...context }])).setAuthTag(bytes.subarray(-16));
      try {
        const key = new Uint8Array(
          Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]),
        );
        given.push(key);
        return key;
      } catch {
        throw new EnvelopeError("Cannot open a data key: authentication failed, or another context");
      }
    },
  };
  return { ...service, asked, given };
};
