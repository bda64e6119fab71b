import { openCheckpoint } from "./checkpoint.ts";
import { AuditLogError } from "./error.ts";
import { equal, leafHash } from "./hash.ts";
import { readBundle, readObject, type LogPlace, type TileReader } from "./tile-store.ts";
import { tileWidth } from "./tile.ts";
import { hashAt, openTree } from "./tree.ts";

export interface ReadOptions extends LogPlace<TileReader> {
  readonly origin: string;
  readonly publicKey: Uint8Array;
  /** First entry; default 0. */
  readonly from?: number;
  /** One past the last entry; default and at most the size that is signed. */
  readonly to?: number;
}

/**
 * Entries in order, each compared with the signed tree before it is handed out: who reads the log need not trust the
 * store. Nothing past the checkpoint. Throws AuditLogError at the first that does not hold.
 */
export async function* readEntries(
  o: ReadOptions,
): AsyncGenerator<{ readonly index: number; readonly entry: Uint8Array }> {
  const stored = await readObject(o, "checkpoint");
  if (stored === null) throw new AuditLogError("missing", "checkpoint is not there");
  const checkpoint = openCheckpoint(stored.bytes, o);
  const tree = await openTree(o, checkpoint);
  const to = Math.min(o.to ?? checkpoint.size, checkpoint.size);
  for (let index = o.from ?? 0; index < to;) {
    const n = Math.floor(index / tileWidth);
    const [hashes, entries] = [await tree.tile(0, n), await readBundle(o, n, checkpoint.size)];
    for (const end = Math.min(to, (n + 1) * tileWidth); index < end; index += 1) {
      const entry = entries[index % tileWidth];
      if (entry === undefined || !equal(leafHash(entry), hashAt(hashes, index % tileWidth))) {
        throw new AuditLogError("entry-changed", `Entry ${index} does not match the signed root`, index);
      }
      yield { index, entry };
    }
  }
}
