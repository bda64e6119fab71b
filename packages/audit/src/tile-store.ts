import { AuditLogError } from "./error.ts";
import { equal, hashLength } from "./hash.ts";
import { decodeBundle, tileName, tileWidth, widthOf } from "./tile.ts";

/** What a log needs of an object store; the archive's `ObjectStore` has it. Durable before a promise resolves. */
export interface TileStore {
  get(name: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | null>;
  /** null: the name is taken, nothing was changed. */
  putIfAbsent(name: string, bytes: Uint8Array): Promise<{ readonly etag: string } | null>;
  /** null: that is not the current etag, nothing was changed. */
  putIfMatch(name: string, bytes: Uint8Array, etag: string): Promise<{ readonly etag: string } | null>;
}

/** Reading is all that a verifier may do. */
export type TileReader = Pick<TileStore, "get">;

/** Where a log is: a store and the names before its own (`audit/0/`). */
export interface LogPlace<Store extends TileReader = TileReader> {
  readonly store: Store;
  readonly prefix: string;
}

export const nameIn = (prefix: string, name: string): string =>
  prefix === "" || prefix.endsWith("/") ? prefix + name : `${prefix}/${name}`;

/**
 * Reads an object. A store that keeps digests refuses damaged bytes itself; to a reader of the log that is a finding
 * about this object (AuditLogError `malformed`), not a store that cannot answer.
 */
export async function readObject(
  { store, prefix }: LogPlace,
  name: string,
): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | null> {
  try {
    return await store.get(nameIn(prefix, name));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "EnvelopeError") throw error;
    throw new AuditLogError("malformed", `${name} is damaged: its store refuses it`, undefined, {
      cause: error,
    });
  }
}

/** Writes once: the same bytes again are success, other bytes are a fork, whoever wrote them. */
export async function putOnce(
  { store, prefix }: LogPlace<TileStore>,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  if ((await store.putIfAbsent(nameIn(prefix, name), bytes)) !== null) return;
  const there = await readObject({ store, prefix }, name);
  if (there === null || !equal(there.bytes, bytes)) {
    throw new AuditLogError("forked", `${name} holds other bytes than this log would write`);
  }
}

/** Tile or entry bundle `n` as a tree of `size` has it. A partial one may have given way to the full one (tlog-tiles). */
async function read(place: LogPlace, level: number | "entries", n: number, width: number) {
  const name = tileName(level, n, width);
  const partial = await readObject(place, name);
  if (partial !== null || width === tileWidth) return { name, bytes: partial?.bytes };
  const full = await readObject(place, tileName(level, n));
  return full === null ? { name, bytes: undefined } : { name: tileName(level, n), bytes: full.bytes };
}

/** Hashes of a tile, not yet checked against anything. Throws AuditLogError `missing` or `malformed`. */
export async function readTile(place: LogPlace, level: number, n: number, size: number): Promise<Uint8Array> {
  const width = widthOf(level, n, size);
  const { name, bytes } = await read(place, level, n, width);
  const first = n * tileWidth ** (level + 1);
  if (bytes === undefined) throw new AuditLogError("missing", `${name} is not there`, first);
  const whole = name === tileName(level, n) ? tileWidth : width;
  if (bytes.length !== whole * hashLength) {
    throw new AuditLogError(
      "malformed",
      `${name} is ${bytes.length} bytes, not ${whole * hashLength}`,
      first,
    );
  }
  return bytes.subarray(0, width * hashLength);
}

/**
 * Entries of a bundle, not yet checked against anything: of a full bundle that stands for a partial one only the
 * first. There may be more or fewer than the tree says. Throws AuditLogError `missing` or `malformed`.
 */
export async function readBundle(place: LogPlace, n: number, size: number): Promise<Uint8Array[]> {
  const width = widthOf(0, n, size);
  const { name, bytes } = await read(place, "entries", n, width);
  if (bytes === undefined) throw new AuditLogError("missing", `${name} is not there`, n * tileWidth);
  const entries = decodeBundle(bytes, name);
  return name === tileName("entries", n, width) ? entries : entries.slice(0, width);
}
