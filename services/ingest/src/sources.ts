import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

import { id, sourceName } from "@sotto/contracts";
import { UnavailableError, type KeyStore } from "@sotto/envelope";
import { z } from "zod";

/** Where the key store keeps who may send: it has compare-and-swap, no versions, and is not the archive. */
export const registryName = "sources/registry.json";

const entry = z.strictObject({
  source: sourceName,
  tenant: id,
  lines: z.array(id).min(1).max(1000),
  /** SHA-256 of the credential, hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.int().min(0),
});
const registry = z.strictObject({ sources: z.array(entry).max(10_000) });
type Registry = z.infer<typeof registry>;

/** Who a credential speaks for. */
export interface Sender {
  readonly source: string;
  readonly tenant: string;
  readonly lines: readonly string[];
}
/** What may be told of a source; never its hash. */
export interface Source extends Sender {
  readonly createdAt: number;
}

/** A change of sources that cannot be made: the name is taken, unknown, or not a name. The message may be shown. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

/**
 * Makes a credential for a source that there is not yet. It is in the answer and nowhere else: only its hash is kept.
 * A plain SHA-256 is enough, for the credential is 256 random bits: a slow hash (scrypt) protects what people choose,
 * and here would only cost the door 50 ms a request. Throws SourceError; UnavailableError when the store cannot answer.
 */
export const addSource = async (
  store: KeyStore,
  o: Sender & { readonly now?: number },
): Promise<{ credential: string }> => {
  const credential = makeCredential();
  await change(store, (sources) => {
    if (sources.some((known) => known.source === o.source))
      throw new SourceError(`Source ${o.source} is there already`);
    const added = entry.safeParse({
      source: o.source,
      tenant: o.tenant,
      lines: o.lines,
      hash: hashOf(credential),
      createdAt: o.now ?? Date.now(),
    });
    if (!added.success) {
      const fields = new Set(added.error.issues.map((issue) => String(issue.path[0])));
      throw new SourceError(`Cannot add a source: ${[...fields].join(", ")} not of the expected form`);
    }
    return [...sources, added.data];
  });
  return { credential };
};

/** A new credential for a source that is there; the old one is refused from the next reading of the registry on (1 s). */
export const rotateSource = async (
  store: KeyStore,
  o: { readonly source: string },
): Promise<{ credential: string }> => {
  const credential = makeCredential();
  await change(store, (sources) => {
    if (!sources.some((known) => known.source === o.source))
      throw new SourceError(`There is no source ${o.source}`);
    return sources.map((known) =>
      known.source === o.source ? { ...known, hash: hashOf(credential) } : known,
    );
  });
  return { credential };
};

/** Every source in the order they were added. */
export const listSources = async (store: KeyStore): Promise<Source[]> => {
  const { sources } = await readRegistry(store);
  return sources.map(({ source, tenant, lines, createdAt }) => ({ source, tenant, lines, createdAt }));
};

/** Throws when what is stored is no registry: then nobody is let in. */
export const readRegistry = async (store: KeyStore): Promise<Registry> =>
  parseRegistry((await store.read(registryName))?.bytes);

/**
 * Whose credential it is, or null. Compares with every hash there is, each in constant time, so that the time taken
 * tells nothing about which bytes were right (CWE-208).
 */
export const recognise = ({ sources }: Registry, credential: string): Sender | null => {
  const presented = Buffer.from(hashOf(credential), "hex");
  let found: Sender | null = null;
  for (const { hash, source, tenant, lines } of sources)
    if (timingSafeEqual(presented, Buffer.from(hash, "hex"))) found = { source, tenant, lines };
  return found;
};

const makeCredential = (): string => `sotto_${randomBytes(32).toString("base64url")}`;
const hashOf = (credential: string): string => createHash("sha256").update(credential, "utf8").digest("hex");

const parseRegistry = (bytes: Uint8Array | undefined): Registry =>
  bytes === undefined ? { sources: [] } : registry.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));

const maxTries = 20;

/** Compare-and-swap until it holds: two operators at once both get what they asked for, or an error. */
const change = async (
  store: KeyStore,
  edit: (sources: Registry["sources"]) => Registry["sources"],
): Promise<void> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await store.read(registryName);
    const sources = edit(parseRegistry(stored?.bytes).sources);
    const bytes = Buffer.from(JSON.stringify({ sources }), "utf8");
    const done = stored
      ? await store.replace(registryName, bytes, stored.etag)
      : await store.create(registryName, bytes);
    if (done) return;
  }
  throw new UnavailableError("Cannot change the registry of sources: others keep changing it");
};
