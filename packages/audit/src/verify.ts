import { openCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { edgeRoot, emptyEdge, grow, hashesOf, type Edge } from "./edge.ts";
import { AuditLogError, type AuditFault } from "./error.ts";
import { equal, leafHash } from "./hash.ts";
import { rangeHash } from "./proof.ts";
import { readBundle, readObject, readTile, type LogPlace, type TileReader } from "./tile-store.ts";
import { tileName, tileWidth, widthOf } from "./tile.ts";
import { openTree, readEdge, type Tree } from "./tree.ts";

export interface VerifyOptions extends LogPlace<TileReader> {
  readonly origin: string;
  readonly publicKey: Uint8Array;
  /** A checkpoint the verifier kept: the log must still begin with that tree. Closes what a signer alone could fork. */
  readonly since?: Checkpoint | undefined;
}

export interface Problem {
  readonly fault: AuditFault;
  readonly message: string;
  /** First entry concerned, where it can be told. */
  readonly index?: number | undefined;
}

export interface VerifyReport {
  /** True only if every entry and every tile is what the checkpoint signs, and the kept one is a beginning of it. */
  readonly ok: boolean;
  readonly checkpoint: Checkpoint | null;
  /** Entries that were compared with the signed tree. */
  readonly entries: number;
  /** The first ones; after an entry that is missing or too many the rest is not compared. */
  readonly problems: readonly Problem[];
}

const maxProblems = 20;

/**
 * Verifies a whole log offline: signature, every tile under the signed root, every entry, and the checkpoint that
 * was kept. Tampering is reported, not thrown; what the store throws when it cannot answer is.
 */
export async function verifyLog(options: VerifyOptions): Promise<VerifyReport> {
  const problems: Problem[] = [];
  let checkpoint: Checkpoint | null = null;
  let entries = 0;
  const collect = (found: readonly Problem[]) =>
    problems.push(...found.slice(0, maxProblems - problems.length));
  try {
    checkpoint = await readCheckpoint(options);
    collect(kept(options, checkpoint));
    const tree = await openTree(options, checkpoint);
    for (let n = 0; n * tileWidth < checkpoint.size && problems.length < maxProblems; n += 1) {
      const bundle = await compareBundle(options, tree, n);
      entries += bundle.entries;
      collect(bundle.problems);
      if (bundle.shifted) break;
    }
    const { since } = options;
    if (problems.length === 0 && since !== undefined) collect(await compareKept(tree, since));
  } catch (error) {
    const problem = asProblem(error);
    const atEdge = problem.fault === "tile-changed" && problem.index === undefined;
    collect(checkpoint !== null && atEdge ? await explainEdge(options, checkpoint) : [problem]);
  }
  return { ok: problems.length === 0, checkpoint, entries, problems };
}

async function readCheckpoint(options: VerifyOptions): Promise<Checkpoint> {
  const { origin, publicKey } = options;
  const stored = await readObject(options, "checkpoint");
  if (stored === null) throw new AuditLogError("missing", "checkpoint is not there");
  const checkpoint = openCheckpoint(stored.bytes, { origin, publicKey });
  const copy = await readObject(options, `checkpoints/${checkpoint.size}`);
  if (copy !== null && !equal(openCheckpoint(copy.bytes, { origin, publicKey }).root, checkpoint.root)) {
    throw new AuditLogError(
      "forked",
      `checkpoint and checkpoints/${checkpoint.size} have two roots for one size`,
    );
  }
  return checkpoint;
}

/** What the kept checkpoint alone says of the new one. */
function kept({ since, origin, publicKey }: VerifyOptions, { size, root }: Checkpoint): Problem[] {
  if (since === undefined) return [];
  try {
    openCheckpoint(since.note, { origin, publicKey });
  } catch (error) {
    const { fault, message } = asProblem(error);
    return [{ fault, message: `The kept checkpoint: ${message}` }];
  }
  if (since.size > size) {
    return [
      {
        fault: "rolled-back",
        message: `Log has ${size} entries, but the kept checkpoint signs ${since.size}`,
      },
    ];
  }
  if (since.size === size && !equal(since.root, root)) {
    return [
      { fault: "forked", message: `Checkpoint and kept checkpoint sign two roots for ${size} entries` },
    ];
  }
  return [];
}

async function compareKept(tree: Tree, since: Checkpoint): Promise<Problem[]> {
  if (equal(await rangeHash(tree.subtree, 0, since.size), since.root)) return [];
  const message = `The first ${since.size} entries are not those that the kept checkpoint signs`;
  return [{ fault: "forked", message }];
}

interface Compared {
  readonly entries: number;
  readonly problems: readonly Problem[];
  /** Entries are missing or too many: what follows stands in another place. */
  readonly shifted: boolean;
}

async function compareBundle(options: VerifyOptions, tree: Tree, n: number): Promise<Compared> {
  const first = n * tileWidth;
  const problems: Problem[] = [];
  let signed: Uint8Array[] | null = null;
  let found: Uint8Array[] | null = null;
  try {
    signed = hashesOf(await tree.tile(0, n));
  } catch (error) {
    problems.push(asProblem(error));
  }
  try {
    found = (await readBundle(options, n, tree.size)).map(leafHash);
  } catch (error) {
    problems.push(asProblem(error));
  }
  if (signed === null || found === null) {
    return { entries: 0, problems: await locate(options, tree, n, problems, found), shifted: false };
  }
  const entry = compareEntries(signed, found, first);
  const shifted = entry !== null && entry.fault !== "entry-changed" && entry.fault !== "entries-reordered";
  return { entries: found.length, problems: entry === null ? [] : [entry], shifted };
}

/** A changed tile of leaf hashes says little; where it and its entries part says which entry it was changed for. */
async function locate(
  options: VerifyOptions,
  tree: Tree,
  n: number,
  problems: readonly Problem[],
  found: readonly Uint8Array[] | null,
): Promise<readonly Problem[]> {
  const [tile] = problems;
  if (found === null || tile?.fault !== "tile-changed") return problems;
  const stored = hashesOf(await readTile(options, 0, n, tree.size));
  const at = stored.findIndex((hash, i) => !same(hash, found[i]));
  if (at < 0) return problems;
  const index = n * tileWidth + at;
  return [{ ...tile, message: `${tile.message}; it and its entries first differ at entry ${index}`, index }];
}

/** Says what became of the entries whose leaf hashes were signed. */
function compareEntries(
  signed: readonly Uint8Array[],
  found: readonly Uint8Array[],
  first: number,
): Problem | null {
  const at = signed.findIndex((hash, i) => !same(hash, found[i]));
  if (at < 0 && found.length === signed.length) return null;
  const i = at < 0 ? signed.length : at;
  const index = first + i;
  const of = (fault: AuditFault, what: string) => ({
    fault,
    message: `Entry ${index} does not match the signed root: ${what}`,
    index,
  });
  if (i === found.length) return of("entry-removed", `it and what follows in its bundle is not there`);
  if (i === signed.length) return of("entry-inserted", "the bundle goes on past the end of the tree");
  const sorted = (hashes: readonly Uint8Array[]) =>
    hashes.map((hash) => Buffer.from(hash).toString("hex")).toSorted();
  if (found.length === signed.length && sorted(found).join() === sorted(signed).join()) {
    return of("entries-reordered", "its bundle has the signed entries in another order");
  }
  // Whether what follows stands one place up or down, as far as this bundle goes.
  const runs = (from: readonly Uint8Array[], to: readonly Uint8Array[]) => {
    const run = from.slice(i, i + Math.min(from.length - i, to.length - i - 1));
    return run.length > 0 && run.every((hash, k) => same(hash, to[i + 1 + k]));
  };
  if (runs(found, signed)) return of("entry-removed", "it was removed, and the next ones stand in its place");
  if (runs(signed, found)) return of("entry-inserted", "another was inserted, and the signed ones follow it");
  return of("entry-changed", "it was changed");
}

/** The edge does not give the signed root. Entries tell whether a tile, or the log, or the checkpoint is wrong. */
async function explainEdge(options: VerifyOptions, { size, root }: Checkpoint): Promise<Problem[]> {
  let edge: Edge = emptyEdge;
  let differs: number | undefined;
  try {
    for (let n = 0; n * tileWidth < size; n += 1) {
      const found = (await readBundle(options, n, size)).map(leafHash);
      const stored = hashesOf(await readTile(options, 0, n, size));
      const at = stored.findIndex((hash, i) => !same(hash, found[i]));
      if (at >= 0 || found.length !== stored.length) differs ??= n * tileWidth + Math.max(at, 0);
      edge = grow(edge, found.slice(0, tileWidth)).edge;
    }
    if (edge.size === size && equal(edgeRoot(edge), root))
      return changedTiles(await readEdge(options, size), edge);
  } catch (error) {
    return [asProblem(error)];
  }
  if (differs !== undefined) {
    const message = `Entry ${differs} and its tile differ, and neither gives the signed root`;
    return [{ fault: "entry-changed", message, index: differs }];
  }
  const message =
    "Entries and tiles agree with each other, but not with the signed root: the log was rewritten";
  return [{ fault: "rewritten", message }];
}

/** Entries give the signed root: names the tiles of the edge that do not say what the entries say. */
function changedTiles(stored: Edge, computed: Edge): Problem[] {
  return computed.levels.flatMap((hashes, level) => {
    const i = hashes.findIndex((hash, k) => !same(hash, stored.levels[level]?.[k]));
    if (i < 0) return [];
    const n = Math.floor(computed.size / tileWidth ** (level + 1));
    const name = tileName(level, n, widthOf(level, n, computed.size));
    const index = (n * tileWidth + i) * tileWidth ** level;
    return [
      {
        fault: "tile-changed" as const,
        message: `${name} was changed: hash ${i} is not what was signed`,
        index,
      },
    ];
  });
}

const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && equal(a, b);

const asProblem = (error: unknown): Problem => {
  if (!(error instanceof AuditLogError)) throw error;
  return { fault: error.fault, message: error.message, index: error.index };
};
