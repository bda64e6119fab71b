import { edgeRoot, hashesOf, subtreeRoot, type Edge } from "./edge.ts";
import { AuditLogError } from "./error.ts";
import { equal, hashLength } from "./hash.ts";
import type { ReadSubtree } from "./proof.ts";
import { readTile, type LogPlace } from "./tile-store.ts";
import { levelsOf, tileName, tileWidth, widthOf } from "./tile.ts";

/** A stored tree, read from its signed root downwards: what it hands out is what was signed, or it throws. */
export interface Tree {
  readonly size: number;
  readonly edge: Edge;
  /** Hashes of a tile, found under the root. Throws AuditLogError `tile-changed`, `missing`, `malformed`. */
  tile(level: number, n: number): Promise<Uint8Array>;
  readonly subtree: ReadSubtree;
}

/** The right edge as the store has it, not yet checked against a root. */
export async function readEdge(place: LogPlace, size: number): Promise<Edge> {
  const levels: Uint8Array[][] = [];
  for (let level = 0; level < levelsOf(size); level += 1) {
    const n = Math.floor(size / tileWidth ** (level + 1));
    levels.push(widthOf(level, n, size) === 0 ? [] : hashesOf(await readTile(place, level, n, size)));
  }
  return { size, levels };
}

/** Opens the tree under a root that is trusted. Throws AuditLogError `tile-changed` when the edge has another root. */
export async function openTree(
  place: LogPlace,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): Promise<Tree> {
  const edge = await readEdge(place, size);
  if (!equal(edgeRoot(edge), root)) {
    throw new AuditLogError("tile-changed", "Tiles at the right edge do not give the signed root");
  }
  const kept = new Map<number, { readonly n: number; readonly bytes: Uint8Array }>();

  const tile = async (level: number, n: number): Promise<Uint8Array> => {
    if (widthOf(level, n, size) < tileWidth) return Buffer.concat(edge.levels[level] ?? []);
    const last = kept.get(level);
    if (last?.n === n) return last.bytes;
    const parent = await tile(level + 1, Math.floor(n / tileWidth));
    const signed = hashAt(parent, n % tileWidth);
    const bytes = await readTile(place, level, n, size);
    if (!equal(subtreeRoot(hashesOf(bytes)), signed)) {
      const first = n * tileWidth ** (level + 1);
      throw new AuditLogError("tile-changed", `${tileName(level, n)} is not what was signed`, first);
    }
    kept.set(level, { n, bytes });
    return bytes;
  };

  const subtree: ReadSubtree = async (start, width) => {
    let level = 0;
    let [at, hashes] = [start, width];
    while (hashes >= tileWidth) [level, at, hashes] = [level + 1, at / tileWidth, hashes / tileWidth];
    const bytes = await tile(level, Math.floor(at / tileWidth));
    const from = (at % tileWidth) * hashLength;
    return subtreeRoot(hashesOf(bytes.subarray(from, from + hashes * hashLength)));
  };

  return { size, edge, tile, subtree };
}

export const hashAt = (tile: Uint8Array, i: number): Uint8Array =>
  tile.subarray(i * hashLength, (i + 1) * hashLength);
