import { execFile, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { EnvelopeError, UnavailableError } from "@sotto/envelope";
import { expect, test } from "vitest";

import { openDirectoryLock } from "../src/directory-lock.ts";
import { openDirectoryKeyStore, openDirectoryObjectStore } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const name = "conversations/c_1.key";

test("an object's file holds it in the clear after two lines: its digest, and its etag", async () => {
  const directory = temporaryDirectory();
  const created = await (await openDirectoryKeyStore(directory)).create(name, bytesOf("whole"));
  const lines = readFileSync(join(directory, name), "utf8").split("\n");
  expect(lines[0]).toMatch(/^sotto-object-1 [0-9a-f]{64}$/);
  expect(lines.slice(1)).toEqual([created?.etag, "whole"]);
});

test("an object with any byte of its file changed, or cut short, is never returned", async () => {
  const directory = temporaryDirectory();
  const store = await openDirectoryKeyStore(directory);
  await store.create(name, bytesOf("whole"));
  const path = join(directory, name);
  const file = readFileSync(path);
  for (let at = 0; at < file.length; at += 1) {
    writeFileSync(path, Uint8Array.from(file).with(at, (file[at] ?? 0) ^ 1));
    await expect(store.read(name), `byte ${at}`).rejects.toThrow(EnvelopeError);
    writeFileSync(path, file.subarray(0, at));
    await expect(store.read(name), `cut at ${at}`).rejects.toThrow(EnvelopeError);
  }
  writeFileSync(path, file);
  expect(await store.read(name)).toMatchObject({ bytes: bytesOf("whole") });
});

test("a damaged object can be deleted, and its place taken again", async () => {
  const directory = temporaryDirectory();
  const store = await openDirectoryObjectStore(directory);
  await store.putIfAbsent("a/b", bytesOf("whole"));
  writeFileSync(join(directory, "a/b"), "damaged");
  await expect(store.get("a/b")).rejects.toThrow(EnvelopeError);
  expect(await store.putIfAbsent("a/b", bytesOf("again"))).toBeNull();
  expect(await store.delete("a/b")).toBe(true);
  expect(await store.putIfAbsent("a/b", bytesOf("again"))).not.toBeNull();
});

test("files and directories are for their owner only, and nothing temporary stays", async () => {
  const directory = join(temporaryDirectory(), "store");
  const store = await openDirectoryKeyStore(directory);
  const created = await store.create(name, bytesOf("one"));
  await store.create(name, bytesOf("two"));
  await store.replace(name, bytesOf("three"), created?.etag ?? "");
  await store.replace(name, bytesOf("four"), created?.etag ?? "");
  const mode = (path: string): string => (statSync(join(directory, path)).mode & 0o777).toString(8);
  expect([".", "conversations", ".tmp"].map(mode)).toEqual(["700", "700", "700"]);
  expect([name, ".lock"].map(mode)).toEqual(["600", "600"]);
  expect(readdirSync(directory).toSorted()).toEqual([".lock", ".tmp", "conversations"]);
  expect(readdirSync(join(directory, ".tmp"))).toEqual([]);
});

test("what a crash left half-written an hour ago is swept, what another process may be writing is not", async () => {
  const directory = temporaryDirectory();
  await openDirectoryKeyStore(directory);
  const [old, young] = [join(directory, ".tmp", "old"), join(directory, ".tmp", "young")];
  writeFileSync(old, "x");
  writeFileSync(young, "x");
  utimesSync(old, new Date(Date.now() - 3_700_000), new Date(Date.now() - 3_700_000));
  await openDirectoryKeyStore(directory);
  expect([old, young].map((path) => existsSync(path))).toEqual([false, true]);
});

test("no name leads out of the directory through a symbolic link", async () => {
  const [directory, outside] = [temporaryDirectory(), temporaryDirectory()];
  writeFileSync(join(outside, "secret"), "sotto-object-1");
  symlinkSync(outside, join(directory, "linked"));
  mkdirSync(join(directory, "real"));
  symlinkSync(join(outside, "secret"), join(directory, "real", "secret"));
  symlinkSync(join(outside, "missing"), join(directory, "real", "missing"));
  const store = await openDirectoryObjectStore(directory);
  for (const one of ["linked/secret", "linked/new"]) {
    await expect(store.get(one)).rejects.toThrow(EnvelopeError);
    await expect(store.putIfAbsent(one, bytesOf("x"))).rejects.toThrow(EnvelopeError);
    await expect(store.putIfMatch(one, bytesOf("x"), "e")).rejects.toThrow(EnvelopeError);
    await expect(store.delete(one)).rejects.toThrow(EnvelopeError);
  }
  for (const one of ["real/secret", "real/missing"]) {
    await expect(store.get(one)).rejects.toThrow(EnvelopeError);
    expect(await store.putIfAbsent(one, bytesOf("x"))).toBeNull();
    await expect(store.putIfMatch(one, bytesOf("x"), "e")).rejects.toThrow(EnvelopeError);
    expect(await store.delete(one)).toBe(false);
  }
  expect(await Array.fromAsync(store.list(""))).toEqual([]);
  expect(readdirSync(outside)).toEqual(["secret"]);
});

test("an object and a directory cannot have one name: a clear refusal, not a wrong answer", async () => {
  const store = await openDirectoryObjectStore(temporaryDirectory());
  await store.putIfAbsent("a/b", bytesOf("x"));
  await expect(store.putIfAbsent("a/b/c", bytesOf("x"))).rejects.toThrow("the name of a directory");
  expect(await store.putIfAbsent("a", bytesOf("x"))).toBeNull();
  expect(await store.get("a")).toBeNull();
  expect(await store.get("a/b/c")).toBeNull();
  expect(await store.putIfMatch("a", bytesOf("x"), "e")).toBeNull();
  expect(await store.delete("a")).toBe(false);
});

test("a file system that refuses is the world being down", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "file"), "x");
  await expect(openDirectoryKeyStore(join(directory, "file"))).rejects.toThrow(UnavailableError);
});

const run = promisify(execFile);
const child = (file: string): string => fileURLToPath(new URL(`./${file}`, import.meta.url));

test("four processes lose no change that they make by compare-and-swap", async () => {
  const directory = temporaryDirectory();
  await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, [child("counting-process.ts"), directory, "60"])),
  );
  const stored = await (await openDirectoryKeyStore(directory)).read("counters/one.key");
  expect(Buffer.from(stored?.bytes ?? []).toString()).toBe("240");
});

test("a process that is killed while it holds the lock holds nobody up", async () => {
  const directory = temporaryDirectory();
  const path = join(directory, ".lock");
  const holder = spawn(process.execPath, [child("holding-process.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const lock = openDirectoryLock(path);
  let isHeld = false;
  const held = lock.hold(() => (isHeld = true));
  await sleep(50);
  expect(isHeld).toBe(false);
  holder.kill("SIGKILL");
  await held;
  expect(isHeld).toBe(true);
  lock.close();
});
