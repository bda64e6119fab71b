import { emptyRoot, hashLength, nodeHash } from "./hash.ts";
import { tileWidth } from "./tile.ts";

/**
 * The right edge of a tree: at each level the hashes of the tile that is not full yet. It is all that appending
 * needs, at most 255 hashes a level. A value: growing it makes another one, so a failed write changes nothing.
 */
export interface Edge {
  readonly size: number;
  readonly levels: ReadonlyArray<readonly Uint8Array[]>;
}

export interface FullTile {
  readonly level: number;
  readonly n: number;
  readonly bytes: Buffer;
}

export const emptyEdge: Edge = { size: 0, levels: [] };

/** The edge after some more leaves, and the tiles that became full on the way, lower before upper. */
export function grow(
  edge: Edge,
  leaves: readonly Uint8Array[],
): { readonly edge: Edge; readonly full: readonly FullTile[] } {
  const levels = edge.levels.map((hashes) => [...hashes]);
  const full: FullTile[] = [];
  let size = edge.size;
  for (const leaf of leaves) {
    size += 1;
    let carried: Uint8Array | null = leaf;
    for (let level = 0; carried !== null; level += 1) {
      const hashes: Uint8Array[] = (levels[level] ??= []);
      hashes.push(carried);
      carried = null;
      if (hashes.length === tileWidth) {
        full.push({
          level,
          n: Math.floor(size / tileWidth ** (level + 1)) - 1,
          bytes: Buffer.concat(hashes),
        });
        carried = subtreeRoot(hashes);
        levels[level] = [];
      }
    }
  }
  return { edge: { size, levels }, full };
}

/** Root of the whole tree (RFC 6962 §2.1). */
export function edgeRoot(edge: Edge): Uint8Array {
  let root: Uint8Array | null = null;
  for (const hashes of edge.levels) {
    // The lowest set bit of the width is the last, smallest complete subtree of that tile.
    let end = hashes.length;
    for (let width = 1; end > 0; width *= 2) {
      if ((end & width) === 0) continue;
      const left = subtreeRoot(hashes.slice(end - width, end));
      root = root === null ? left : nodeHash(left, root);
      end -= width;
    }
  }
  return root ?? emptyRoot;
}

/** Root over a power of two of hashes. */
export function subtreeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const [left, right] = [row[i], row[i + 1]];
      if (left === undefined || right === undefined) throw new RangeError("Not a power of two of hashes");
      above.push(nodeHash(left, right));
    }
    row = above;
  }
  const [root] = row;
  if (root === undefined) throw new RangeError("No hashes");
  return root;
}

/** The hashes of a tile. */
export const hashesOf = (tile: Uint8Array): Uint8Array[] =>
  Array.from({ length: tile.length / hashLength }, (_, i) =>
    tile.subarray(i * hashLength, (i + 1) * hashLength),
  );
