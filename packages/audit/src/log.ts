import { formatCheckpoint, openCheckpoint, type Checkpoint, type TreeHead } from "./checkpoint.ts";
import { edgeRoot, emptyEdge, grow, hashesOf, type Edge } from "./edge.ts";
import { AuditLogError } from "./error.ts";
import { equal, leafHash } from "./hash.ts";
import { signNote, type NoteSigner } from "./note.ts";
import { putCopy, putPartials, readPredecessor, type Seen } from "./publish.ts";
import {
  nameIn,
  putOnce,
  readBundle,
  readObject,
  readTile,
  type LogPlace,
  type TileStore,
} from "./tile-store.ts";
import { encodeEntry, tileName, tileWidth } from "./tile.ts";
import { openTree } from "./tree.ts";

/**
 * The writing end of a log. Entries that fill a tile are durable when `append` resolves, the others when
 * `checkpoint` does: commit what was read only after it. Calls are done one after the other. After a store that
 * cannot answer threw, the same call may be made again.
 */
export interface AuditLog {
  /** Entries taken so far, signed or not. */
  readonly size: number;
  /** The newest checkpoint this log has read or written. */
  readonly signed: Checkpoint | null;
  /**
   * Entries `first`, `first + 1`, … Those that the log has already must be the same and are skipped. Throws
   * AuditLogError `gap`, `forked` (with the index) or `too-large`; then nothing was taken.
   */
  append(entries: readonly Uint8Array[], first: number): Promise<void>;
  /**
   * Signs all that was appended. The checkpoint before it must be signed by the same key and be a beginning of this
   * tree. Throws AuditLogError `rolled-back`, `forked`, or `superseded`: somebody else wrote it, open the log again.
   */
  checkpoint(): Promise<Checkpoint>;
}

export interface AuditLogOptions extends LogPlace<TileStore> {
  /** First line of every checkpoint and the name of the key (C2SP tlog-checkpoint). */
  readonly origin: string;
  readonly signer: NoteSigner;
}

/**
 * Opens a log for one writer, or begins it. What is there is verified first: signature, root of the right edge, and
 * the entries of the last bundle. Throws AuditLogError when any of it does not hold.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { origin, signer } = options;
  let { edge, pending, seen } = await resume(options);
  /** A checkpoint that was sent and perhaps written, when the answer was lost. */
  let attempted: TreeHead | null = null;
  const partials = new Set<string>();
  const inTurn = oneAtATime();

  const append = async (entries: readonly Uint8Array[], first: number): Promise<void> => {
    if (first > edge.size) {
      throw new AuditLogError(
        "gap",
        `Entries begin at ${first}, but the log ends at ${edge.size}`,
        edge.size,
      );
    }
    const encoded = entries.map((entry, i) => encodeEntry(entry, first + i));
    await assertSame(options, edge, entries.slice(0, edge.size - first), first);
    for (let at = edge.size - first; at < entries.length; at = edge.size - first) {
      const end = at + tileWidth - pending.length;
      const { edge: next, full } = grow(edge, entries.slice(at, end).map(leafHash));
      const bundle = [...pending, ...encoded.slice(at, end)];
      if (bundle.length === tileWidth) {
        const n = Math.floor(edge.size / tileWidth);
        await Promise.all([
          putOnce(options, tileName("entries", n), Buffer.concat(bundle)),
          ...full.map((tile) => putOnce(options, tileName(tile.level, tile.n), tile.bytes)),
        ]);
      }
      // Only now: a write that failed leaves the log as it was.
      pending = full.length > 0 ? [] : bundle;
      edge = next;
    }
  };

  const checkpoint = async (): Promise<Checkpoint> => {
    const head = { origin, size: edge.size, root: edgeRoot(edge) };
    const before = await readPredecessor(options, seen, [head, attempted]);
    if (before?.checkpoint.size === head.size) {
      seen = before;
      return before.checkpoint;
    }
    await putPartials(options, edge, pending, partials);
    const note = await signNote(formatCheckpoint(head), origin, signer);
    // The copy that is never overwritten comes first: a fork of this size shows before the pointer moves.
    await putCopy(options, note);
    attempted = head;
    const bytes = Buffer.from(note, "utf8");
    const name = nameIn(options.prefix, "checkpoint");
    const put =
      before === null
        ? await options.store.putIfAbsent(name, bytes)
        : await options.store.putIfMatch(name, bytes, before.etag);
    if (put === null) {
      throw new AuditLogError(
        "superseded",
        `Somebody else moved the checkpoint on from ${before?.checkpoint.size ?? 0}`,
      );
    }
    seen = { checkpoint: { ...head, note }, etag: put.etag };
    return seen.checkpoint;
  };

  return {
    get size() {
      return edge.size;
    },
    get signed() {
      return seen?.checkpoint ?? null;
    },
    append: (entries, first) => inTurn(() => append(entries, first)),
    checkpoint: () => inTurn(checkpoint),
  };
}

interface State {
  readonly edge: Edge;
  /** Entries of the bundle that is not full, as they stand in it. */
  readonly pending: readonly Buffer[];
  readonly seen: Seen | null;
}

async function resume(options: AuditLogOptions): Promise<State> {
  const { origin, signer } = options;
  const stored = await readObject(options, "checkpoint");
  if (stored === null) return { edge: emptyEdge, pending: [], seen: null };
  const checkpoint = openCheckpoint(stored.bytes, { origin, publicKey: signer.publicKey });
  const { edge } = await openTree(options, checkpoint);
  const n = Math.floor(checkpoint.size / tileWidth);
  const width = edge.levels[0]?.length ?? 0;
  const entries = width === 0 ? [] : await readBundle(options, n, checkpoint.size);
  if (entries.length !== width) {
    throw new AuditLogError(
      "entry-changed",
      `${tileName("entries", n, width)} holds ${entries.length} entries`,
    );
  }
  await assertSame(options, edge, entries, n * tileWidth);
  const pending = entries.map((entry, i) => encodeEntry(entry, n * tileWidth + i));
  return { edge, pending, seen: { checkpoint, etag: stored.etag } };
}

/** Entries the log has already: compared by leaf hash, so that a replay cannot rewrite what was taken. */
async function assertSame(place: LogPlace, edge: Edge, entries: readonly Uint8Array[], first: number) {
  let tile: { readonly n: number; readonly hashes: readonly Uint8Array[] } = {
    n: Math.floor(edge.size / tileWidth),
    hashes: edge.levels[0] ?? [],
  };
  for (const [i, entry] of entries.entries()) {
    const index = first + i;
    const n = Math.floor(index / tileWidth);
    if (n !== tile.n) tile = { n, hashes: hashesOf(await readTile(place, 0, n, edge.size)) };
    const taken = tile.hashes[index % tileWidth];
    if (taken === undefined || !equal(taken, leafHash(entry))) {
      throw new AuditLogError("forked", `Entry ${index} is not the one the log has`, index);
    }
  }
}

/** Runs what it is given one after the other; a failure concerns its own caller only. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
}
