import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

import { openAuditLog, type NoteSigner, type TileStore } from "@sotto/audit";

/** A store in memory whose objects a test may change behind the log's back. */
export class MemoryStore implements TileStore {
  readonly objects = new Map<string, Uint8Array>();
  puts = 0;
  /** Fails the n-th write from now, before or after it took effect. */
  failing: { in: number; after: boolean } | null = null;

  get(name: string) {
    const bytes = this.objects.get(name);
    return Promise.resolve(bytes === undefined ? null : { bytes, etag: etagOf(bytes) });
  }

  putIfAbsent(name: string, bytes: Uint8Array) {
    return this.#write(() => {
      if (this.objects.has(name)) return null;
      this.objects.set(name, Uint8Array.from(bytes));
      return { etag: etagOf(bytes) };
    });
  }

  putIfMatch(name: string, bytes: Uint8Array, etag: string) {
    return this.#write(() => {
      const there = this.objects.get(name);
      if (there === undefined || etagOf(there) !== etag) return null;
      this.objects.set(name, Uint8Array.from(bytes));
      return { etag: etagOf(bytes) };
    });
  }

  copy(): MemoryStore {
    const copy = new MemoryStore();
    for (const [name, bytes] of this.objects) copy.objects.set(name, Uint8Array.from(bytes));
    return copy;
  }

  bytes(name: string): Uint8Array {
    const bytes = this.objects.get(name);
    if (bytes === undefined) throw new Error(`No ${name}; there are ${[...this.objects.keys()].join(" ")}`);
    return bytes;
  }

  #write<T>(work: () => T): Promise<T> {
    this.puts += 1;
    const fails = this.failing !== null && this.failing.in-- === 0;
    if (fails && !this.failing?.after) return Promise.reject(new Error("Store is away"));
    const result = work();
    return fails ? Promise.reject(new Error("Store is away")) : Promise.resolve(result);
  }
}

const etagOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

export const origin = "sotto.example/audit/0";
export const prefix = "audit/0/";

export const signerOf = (key: KeyObject): NoteSigner => ({
  publicKey: Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url"),
  sign: (message) => Promise.resolve(sign(null, message, key)),
});
export const aSigner = (): NoteSigner => signerOf(generateKeyPairSync("ed25519").privateKey);

/** A key from its seed, 32 bytes (RFC 8032, in the PKCS #8 wrapping of RFC 8410 §7). */
export const signerFromSeed = (seed: Uint8Array): NoteSigner =>
  signerOf(
    createPrivateKey({
      key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
      format: "der",
      type: "pkcs8",
    }),
  );

export const entryOf = (index: number): Buffer => Buffer.from(`{"entry":${index}}`);
export const entriesFrom = (first: number, end: number): Buffer[] =>
  Array.from({ length: end - first }, (_, i) => entryOf(first + i));

/** A log of so many entries, signed at each of the sizes. */
export async function aLog(sizes: readonly number[], o: { store?: MemoryStore; signer?: NoteSigner } = {}) {
  const store = o.store ?? new MemoryStore();
  const signer = o.signer ?? aSigner();
  const log = await openAuditLog({ store, origin, prefix, signer });
  const checkpoints = [];
  for (const size of sizes) {
    await log.append(entriesFrom(log.size, size), log.size);
    checkpoints.push(await log.checkpoint());
  }
  return { store, signer, log, checkpoints, where: { store, origin, prefix, publicKey: signer.publicKey } };
}
