import { randomUUID } from "node:crypto";
import { lstatSync } from "node:fs";
import { mkdir, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

const hourMs = 3_600_000;

/**
 * Files on their way to a name, in a directory of their own on the same file system, so that what a crash leaves is
 * found and swept at the next start (after an hour: another process may be at it).
 */
export const openTemporaryFiles = async (root: string) => {
  const directory = join(root, ".tmp");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > hourMs) await drop(join(directory, name));
  }

  /** Lends `use` the path of a synced file of those bytes, which it may rename away. */
  return async <T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> => {
    const path = join(directory, randomUUID());
    try {
      const handle = await open(path, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return await use(path);
    } finally {
      await drop(path);
    }
  };
};

const drop = (path: string): Promise<void> => unlink(path).catch(() => {});
