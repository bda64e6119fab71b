import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { demoFolder } from "../src/demo/folder.ts";

let above = "";
beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), "sotto-demo-folder-"));
});
afterEach(() => rm(above, { recursive: true, force: true }));

test("deletes nothing that a demo did not leave", async () => {
  await writeFile(join(above, "thesis.txt"), "years of work");
  await expect(demoFolder(above, false)).rejects.toThrow("holds other files");
  expect(await readdir(above)).toEqual(["thesis.txt"]);
});

test("is gone when it is given back, and stays when it is to be kept", async () => {
  const [one, two] = [join(above, "one"), join(above, "two")];
  await (await demoFolder(one, false))[Symbol.asyncDispose]();
  await (await demoFolder(two, true))[Symbol.asyncDispose]();
  expect(await readdir(above)).toEqual(["two"]);
});

test("takes what an earlier demo left there, but for one that still runs", async () => {
  const path = join(above, "demo");
  const first = await demoFolder(path, true);
  await writeFile(join(path, "log.sqlite"), "old");
  await expect(demoFolder(path, false)).rejects.toThrow("A demo is running");
  await first[Symbol.asyncDispose]();
  await using _second = await demoFolder(path, false);
  expect(await readdir(path)).toEqual([".sotto-demo"]);
});
