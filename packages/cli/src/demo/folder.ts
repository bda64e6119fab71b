import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { CommandError, exit } from "../exit.ts";

const marker = ".sotto-demo";

/**
 * An empty folder for a demo's data, for as long as it is held; given back it is deleted, unless `keep`. What a demo left
 * there before is deleted first, and nothing else ever: throws CommandError for a folder that holds other files, or that
 * another demo is using.
 */
export const demoFolder = async (path: string, keep: boolean): Promise<AsyncDisposable> => {
  const there = await namesIn(path);
  if (there.length > 0) {
    if (!there.includes(marker))
      throw new CommandError(exit.usage, `${path} holds other files: name a folder that is new or empty`);
    const pid = Number(await readFile(join(path, marker), "utf8"));
    if (isAlive(pid)) throw new CommandError(exit.usage, `A demo is running in ${path} (process ${pid})`);
    await rm(path, { recursive: true });
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(path, marker), String(process.pid));
  return {
    [Symbol.asyncDispose]: async () => {
      if (!keep) return rm(path, { recursive: true, force: true });
      return writeFile(join(path, marker), "0");
    },
  };
};

const namesIn = async (path: string): Promise<string[]> => {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return [];
    throw new CommandError(exit.usage, `${path} is not a folder that can be read`);
  }
};

const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
