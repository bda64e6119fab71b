import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { KeyGoneError, open, openKeys, seal, slots, type Keys, type Place } from "@sotto/envelope";
import { expect, onTestFinished, test } from "vitest";

import { openDirectoryKeyStore, openKeyFile } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const address = { slot: "raw", tenant: "acme", conversation: "c_1", generation: 5 } as const;
const place: Place = { ...address, kind: "content", name: "e_1", headers: null };

/** Keys as a process of the embedded deployment has them. */
const keysOf = async (directory: string): Promise<Keys> => {
  const service = await openKeyFile({ path: join(directory, "kek.json"), create: true });
  const store = await openDirectoryKeyStore(join(directory, "keys"));
  const keys = openKeys({ service, store, seals: slots, opens: slots, now: Date.now });
  onTestFinished(() => {
    keys[Symbol.dispose]();
    store[Symbol.dispose]();
  });
  return keys;
};

test("a frame sealed by one process is opened by another, until the conversation is erased", async () => {
  const directory = temporaryDirectory();
  const frame = seal(Buffer.from("said"), await (await keysOf(directory)).toSeal(address), place);
  const other = await keysOf(directory);
  expect(Buffer.from(open(frame, await other.toOpen(address), place)).toString()).toBe("said");
  await other.erase("acme", "c_1");
  for (const keys of [other, await keysOf(directory)]) {
    await expect(keys.toOpen(address)).rejects.toThrow(KeyGoneError);
    await expect(keys.toSeal(address)).rejects.toThrow(KeyGoneError);
  }
});

test("ten processes that meet a conversation at once agree on each of its keys", async () => {
  const directory = temporaryDirectory();
  const all = await Promise.all(Array.from({ length: 10 }, () => keysOf(directory)));
  const made = await Promise.all(
    all.flatMap((keys) => [1, 2, 3].map((generation) => keys.toSeal({ ...address, generation }))),
  );
  expect(new Set(made.map((key) => key.fingerprint)).size).toBe(3);
  expect(await all[0]?.inspect("acme", "c_1")).toEqual({ state: "live", archive: [], raw: [1, 2, 3] });
});

test("the key store holds no data key in the clear, and after an erasure no wrapped one of it", async () => {
  const directory = temporaryDirectory();
  const keys = await keysOf(directory);
  const key = Buffer.from((await keys.toSeal(address)).bytes);
  const stored = (): string =>
    readdirSync(join(directory, "keys"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString("latin1"))
      .join("\n");
  for (const form of [key.toString("latin1"), key.toString("hex"), key.toString("base64").slice(0, 40)])
    expect(stored()).not.toContain(form);
  expect(stored()).toContain('"wrapped"');
  await keys.erase("acme", "c_1");
  expect(stored()).not.toContain('"wrapped"');
});
