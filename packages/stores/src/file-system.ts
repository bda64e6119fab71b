import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { EnvelopeError, UnavailableError } from "@sotto/envelope";

/** For reading an object: a symbolic link in its place would lead out of the store. */
export const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW;

/** The code of an error of the operating system; undefined for any other error. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && "syscall" in error ? String(error.code) : undefined;

export const isAbsent = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");

/** Runs one call on the file system; what the system refuses is UnavailableError, with its cause. */
export const answered = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (code === "ELOOP") throw new EnvelopeError(`Cannot ${doing}: it is a symbolic link`);
    throw new UnavailableError(`Cannot ${doing}: ${code}`, { cause: error });
  }
};

/** A new or changed name survives a crash only once its directory was synced. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
