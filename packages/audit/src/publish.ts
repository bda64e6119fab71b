import { openCheckpoint, parseCheckpoint, type Checkpoint, type TreeHead } from "./checkpoint.ts";
import type { Edge } from "./edge.ts";
import { AuditLogError } from "./error.ts";
import { equal } from "./hash.ts";
import type { AuditLogOptions } from "./log.ts";
import { nameIn, putOnce, readObject, type LogPlace, type TileStore } from "./tile-store.ts";
import { tileName, tileWidth } from "./tile.ts";

/** A checkpoint as the store has it. */
export interface Seen {
  readonly checkpoint: Checkpoint;
  readonly etag: string;
}

/**
 * The checkpoint that the next one is to replace, or null when there is none. It must be one that this writer knows:
 * the one it saw last, or one of `own` (sent before, perhaps written). A log never signs what contradicts its word.
 */
export async function readPredecessor(
  options: AuditLogOptions,
  seen: Seen | null,
  own: ReadonlyArray<TreeHead | null>,
): Promise<Seen | null> {
  const { origin, signer } = options;
  const stored = await readObject(options, "checkpoint");
  const last = seen?.checkpoint.size ?? 0;
  if (stored === null) {
    if (seen === null) return null;
    throw new AuditLogError("rolled-back", `Checkpoint of size ${last} is gone`);
  }
  const checkpoint = openCheckpoint(stored.bytes, { origin, publicKey: signer.publicKey });
  const { size, root } = checkpoint;
  if (size < last)
    throw new AuditLogError("rolled-back", `Checkpoint is of size ${size}, but was of ${last}`);
  const known = [seen?.checkpoint, ...own].find((head) => head?.size === size);
  if (!known) throw new AuditLogError("superseded", `Somebody else wrote the checkpoint of size ${size}`);
  if (!equal(known.root, root)) {
    throw new AuditLogError("forked", `Checkpoint of size ${size} has another root`);
  }
  return { checkpoint, etag: stored.etag };
}

/**
 * The partial tiles that a checkpoint of this size needs. `written` remembers those that are there, so that they are not
 * written again for the next checkpoint, or for this one after a write that failed.
 */
export async function putPartials(
  place: LogPlace<TileStore>,
  edge: Edge,
  pending: readonly Buffer[],
  written: Set<string>,
): Promise<void> {
  const wanted = new Map<string, Buffer>();
  for (const [level, hashes] of edge.levels.entries()) {
    if (hashes.length === 0) continue;
    const n = Math.floor(edge.size / tileWidth ** (level + 1));
    wanted.set(tileName(level, n, hashes.length), Buffer.concat(hashes));
    if (level === 0) wanted.set(tileName("entries", n, hashes.length), Buffer.concat(pending));
  }
  for (const name of written) if (!wanted.has(name)) written.delete(name);
  await Promise.all(
    [...wanted].map(async ([name, bytes]) => {
      if (written.has(name)) return;
      await putOnce(place, name, bytes);
      written.add(name);
    }),
  );
}

/** `checkpoints/<size>`: the same tree head signed anew may differ in its signature, never in its text. */
export async function putCopy({ store, prefix }: LogPlace<TileStore>, note: string): Promise<void> {
  const { size, root } = parseCheckpoint(note);
  const name = nameIn(prefix, `checkpoints/${size}`);
  if ((await store.putIfAbsent(name, Buffer.from(note, "utf8"))) !== null) return;
  const there = await readObject({ store, prefix }, `checkpoints/${size}`);
  if (there === null || !equal(parseCheckpoint(there.bytes).root, root)) {
    throw new AuditLogError("forked", `checkpoints/${size} has another root`);
  }
}
