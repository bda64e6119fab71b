import { lstatSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { EnvelopeError } from "@sotto/envelope";

import { codeOf, syncDirectory } from "./file-system.ts";
import { partsOf } from "./object-name.ts";

/** The path of an object; null when a directory on its way is missing. Refuses to go through a symbolic link. */
export const pathOf = (root: string, name: string): string | null => {
  const parts = partsOf(name);
  let path = root;
  for (const part of parts.slice(0, -1)) {
    path = join(path, part);
    if (!isDirectory(name, path)) return null;
  }
  return join(path, parts.at(-1) ?? "");
};

/** The same for writing: directories on the way are made, and durable. */
export const makePathOf = async (root: string, name: string): Promise<string> => {
  const parts = partsOf(name);
  let path = root;
  for (const part of parts.slice(0, -1)) {
    const parent = path;
    path = join(path, part);
    if (isDirectory(name, path)) continue;
    await makeDirectory(path);
    await syncDirectory(parent);
  }
  return join(path, parts.at(-1) ?? "");
};

const isDirectory = (name: string, path: string): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true)
    throw new EnvelopeError(`Object ${name} leads through a symbolic link`);
  return stat?.isDirectory() ?? false;
};

const makeDirectory = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // Another writer was first; or it is an object, and then nothing can be below it.
    if (!lstatSync(path).isDirectory())
      throw new Error("An object has the name of a directory", { cause: error });
  }
};
