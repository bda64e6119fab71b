import { opendir } from "node:fs/promises";
import { lstatSync } from "node:fs";
import { join } from "node:path";

import type { ObjectHead, ObjectStore } from "@sotto/archive";

import { currentEtag, openDirectory } from "./directory.ts";
import { headBytes } from "./object-file.ts";
import { checkPrefix } from "./object-name.ts";

/** Objects as files below a directory (`openDirectory` says how). */
export const openDirectoryObjectStore = async (directory: string): Promise<ObjectStore & Disposable> => {
  const { root, create, read, replace, remove, close } = await openDirectory(directory);
  return {
    putIfAbsent: create,
    putIfMatch: replace,
    get: read,
    delete: remove,
    list: (prefix) => walk(root, "", checkPrefix(prefix)),
    [Symbol.dispose]: close,
  };
};

/** Depth first in order of the whole name. An object that is deleted meanwhile is left out. */
async function* walk(root: string, below: string, prefix: string): AsyncGenerator<ObjectHead> {
  const entries = await entriesOf(join(root, below));
  for (const { part, isDirectory } of entries) {
    const name = below + part;
    if (isDirectory) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* walk(root, name, prefix);
      continue;
    }
    if (!name.startsWith(prefix)) continue;
    const path = join(root, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const etag = stat?.isFile() === true ? currentEtag(name, path) : null;
    if (stat !== undefined && etag !== null) yield { name, size: stat.size - headBytes, etag };
  }
}

/** A directory counts as its name and `/`, which is what its objects' names go on with: so the order is theirs. */
const entriesOf = async (path: string): Promise<{ part: string; isDirectory: boolean }[]> => {
  const found: { part: string; isDirectory: boolean }[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) found.push({ part: `${entry.name}/`, isDirectory: true });
      else if (entry.isFile()) found.push({ part: entry.name, isDirectory: false });
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return found.toSorted((a, b) => (a.part < b.part ? -1 : 1));
};
