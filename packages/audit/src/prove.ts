import type { TreeHead } from "./checkpoint.ts";
import { AuditLogError } from "./error.ts";
import { consistencyProof, inclusionProof } from "./proof.ts";
import type { LogPlace, TileReader } from "./tile-store.ts";
import { openTree } from "./tree.ts";

export interface ProveOptions extends LogPlace<TileReader> {
  /** A tree head that is trusted (`openCheckpoint`). The proof leads to its root. */
  readonly head: Pick<TreeHead, "size" | "root">;
}

/** Proves that entry `index` is in the tree: hashes from the leaf's sibling up. Throws AuditLogError. */
export async function prove(o: ProveOptions & { readonly index: number }): Promise<readonly Uint8Array[]> {
  if (o.index >= o.head.size) {
    throw new AuditLogError("proof", `No entry ${o.index} in a tree of ${o.head.size}`, o.index);
  }
  return inclusionProof((await openTree(o, o.head)).subtree, o.index, o.head.size);
}

/** Proves that the tree begins with the first `from` entries as they were signed then. Throws AuditLogError. */
export async function proveConsistency(
  o: ProveOptions & { readonly from: number },
): Promise<readonly Uint8Array[]> {
  if (o.from > o.head.size) {
    throw new AuditLogError("proof", `A tree of ${o.head.size} does not begin with ${o.from} entries`);
  }
  return consistencyProof((await openTree(o, o.head)).subtree, o.from, o.head.size);
}
