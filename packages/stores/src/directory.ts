import { closeSync, lstatSync, openSync, readSync, renameSync, unlinkSync } from "node:fs";
import { link, mkdir, open, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

import { openDirectoryLock } from "./directory-lock.ts";
import { answered, codeOf, isAbsent, readOnly, syncDirectory } from "./file-system.ts";
import { decodeObjectFile, encodeObjectFile, etagOf, headBytes } from "./object-file.ts";
import { makePathOf, pathOf } from "./object-path.ts";
import { openTemporaryFiles } from "./temporary-files.ts";

/**
 * Objects as files below one directory, shared by any number of processes of one machine.
 *
 * A write goes to a temporary file of its own, is synced, then takes the name: by `link`, which fails if the name is
 * taken (create), or by `rename` under the directory's lock once the etag was compared (replace). Reading sees the old
 * object or the new one, whole. The directory is synced before a promise resolves. No name leads through a symbolic
 * link, and a file whose bytes do not match its digest is never returned (EnvelopeError). A file system that fails is
 * UnavailableError.
 */
export const openDirectory = async (directory: string) => {
  const { root, withTemporary, lock } = await answered(`open the directory ${directory}`, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = await realpath(directory);
    return {
      root: path,
      withTemporary: await openTemporaryFiles(path),
      lock: openDirectoryLock(join(path, ".lock")),
    };
  });

  const create = (name: string, bytes: Uint8Array): Promise<{ etag: string } | null> =>
    answered(`create object ${name}`, async () => {
      const path = await makePathOf(root, name);
      const { file, etag } = encodeObjectFile(bytes);
      const isMine = await withTemporary(file, (from) => linked(from, path));
      // Also for the loser: what it reads next must not be undone by a crash after it acted on it.
      await syncDirectory(dirname(path));
      return isMine ? { etag } : null;
    });

  const replace = (name: string, bytes: Uint8Array, etag: string): Promise<{ etag: string } | null> =>
    answered(`replace object ${name}`, async () => {
      const path = pathOf(root, name);
      if (path === null || currentEtag(name, path) !== etag) return null;
      const next = encodeObjectFile(bytes);
      const isMine = await withTemporary(next.file, (from) =>
        lock.hold(() => {
          if (currentEtag(name, path) !== etag) return false;
          renameSync(from, path);
          return true;
        }),
      );
      await syncDirectory(dirname(path));
      return isMine ? { etag: next.etag } : null;
    });

  const read = (name: string): Promise<{ bytes: Uint8Array; etag: string } | null> =>
    answered(`read object ${name}`, async () => {
      const path = pathOf(root, name);
      const file = path === null ? null : await contents(path);
      return file === null ? null : decodeObjectFile(name, file);
    });

  /** Under the lock: a replacement that has compared its etag must not bring the object back. */
  const remove = (name: string): Promise<boolean> =>
    answered(`delete object ${name}`, async () => {
      const path = pathOf(root, name);
      if (path === null) return false;
      const wasThere = await lock.hold(() => {
        if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
        unlinkSync(path);
        return true;
      });
      if (wasThere) await syncDirectory(dirname(path));
      return wasThere;
    });

  return { root, create, replace, read, remove, close: lock.close };
};

/** The etag of what has that name now; null when nothing has. Synchronous, for use under the lock. */
export const currentEtag = (name: string, path: string): string | null => {
  const head = Buffer.alloc(headBytes);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, readOnly);
    return etagOf(name, head.subarray(0, readSync(descriptor, head, 0, headBytes, 0)));
  } catch (error) {
    if (isAbsent(error) || codeOf(error) === "EISDIR") return null;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

const linked = async (from: string, path: string): Promise<boolean> => {
  try {
    await link(from, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
};

const contents = async (path: string): Promise<Uint8Array | null> => {
  try {
    const handle = await open(path, readOnly);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsent(error) || codeOf(error) === "EISDIR") return null;
    throw error;
  }
};
