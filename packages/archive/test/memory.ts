import { createHash, randomBytes } from "node:crypto";

import type { ObjectStore } from "@sotto/archive";
import { EnvelopeError, openKeys, type Keys, type KeyService, type KeyStore } from "@sotto/envelope";

const etagOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** An object store in memory; `objects` is its content, for a test to look at and to change. */
export const memoryObjects = (): ObjectStore & { readonly objects: Map<string, Uint8Array> } => {
  const objects = new Map<string, Uint8Array>();
  const put = async (name: string, bytes: Uint8Array, allowed: boolean) => {
    if (!allowed) return null;
    objects.set(name, Uint8Array.from(bytes));
    return { etag: etagOf(bytes) };
  };
  return {
    objects,
    putIfAbsent: (name, bytes) => put(name, bytes, !objects.has(name)),
    putIfMatch: (name, bytes, etag) => {
      const there = objects.get(name);
      return put(name, bytes, there !== undefined && etagOf(there) === etag);
    },
    get: async (name) => {
      const bytes = objects.get(name);
      return bytes === undefined ? null : { bytes: Uint8Array.from(bytes), etag: etagOf(bytes) };
    },
    async *list(prefix) {
      for (const [name, bytes] of [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        if (name.startsWith(prefix)) yield { name, size: bytes.length, etag: etagOf(bytes) };
    },
    delete: async (name) => objects.delete(name),
  };
};

/** Real keys over a key store and a key service in memory. */
export const memoryKeys = (): Keys => {
  const objects = memoryObjects();
  const store: KeyStore = {
    create: (name, bytes) => objects.putIfAbsent(name, bytes),
    replace: (name, bytes, etag) => objects.putIfMatch(name, bytes, etag),
    read: (name) => objects.get(name),
  };
  const keys = new Map<string, { key: Uint8Array; context: string }>();
  const service: KeyService = {
    dataKey: async (kind, context) => {
      const [key, wrapped] = [randomBytes(32), randomBytes(16)];
      keys.set(wrapped.toString("hex"), { key, context: JSON.stringify(context) });
      return { key: Uint8Array.from(key), wrapped: { kek: kind, wrapped } };
    },
    open: async ({ wrapped }, context) => {
      const found = keys.get(Buffer.from(wrapped).toString("hex"));
      if (found?.context !== JSON.stringify(context)) throw new EnvelopeError("Cannot unwrap");
      return Uint8Array.from(found.key);
    },
  };
  return openKeys({ service, store, seals: ["archive"], opens: ["archive"], now: Date.now });
};
