import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Reads a file that only its owner may read. Refuses, with a sentence that says what to do, a symbolic link, another
 * kind of file, another owner than this process, and any right for group or others: somebody else could then have
 * chosen the keys, or have read them. null: there is none.
 */
export const readSecretFile = (path: string): string | null => {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    if (code === "ELOOP")
      throw new Error(`Key file ${path} is a symbolic link: give the path of the file itself`);
    throw new Error(`Cannot read key file ${path}: ${code}`, { cause: error });
  }
  try {
    // Of the open file, so that nothing can be put in its place between the check and the reading.
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error(`Key file ${path} is not a regular file`);
    const owner = process.geteuid?.();
    if (owner !== undefined && stat.uid !== owner)
      throw new Error(`Key file ${path} belongs to user ${stat.uid}, not to ${owner}, who runs this process`);
    if ((stat.mode & 0o077) !== 0)
      throw new Error(`Key file ${path} is open to others (mode ${octal(stat.mode)}): run chmod 600 ${path}`);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Writes such a file if there is none: made exclusively, 0600, synced, and whole before it has its name. False: there
 * is one already, and it was not touched.
 */
export const createSecretFile = (path: string, text: string): boolean => {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
    linkSync(temporary, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    closeSync(descriptor);
    unlinkSync(temporary);
  }
  const parent = openSync(directory, constants.O_RDONLY);
  fsyncSync(parent);
  closeSync(parent);
  return true;
};

/** What is in the secret file of that kind, made by `fresh` when there is none and `create` says so. */
export const openSecretFile = (o: { path: string; create: boolean; fresh: () => string }): string => {
  const found = readSecretFile(o.path);
  if (found !== null) return found;
  if (!o.create)
    throw new Error(`There is no key file ${o.path}: run ./sotto init, or restore it from its backup`);
  createSecretFile(o.path, o.fresh());
  // Read back, not remembered: another process may have been first.
  return readSecretFile(o.path) ?? "";
};

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`;

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;
