import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openKeyFile, openSigningKeyFile } from "../src/index.ts";
import { createSecretFile, readSecretFile } from "../src/secret-file.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const openers = [
  ["key file", openKeyFile],
  ["signing key file", openSigningKeyFile],
] as const;

test.each(openers)("a %s is made 0600, whole, whatever the umask, and not made twice", async (_, open) => {
  const path = join(temporaryDirectory(), "deep", "key.json");
  const umask = process.umask(0);
  try {
    await open({ path, create: true });
  } finally {
    process.umask(umask);
  }
  expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  expect((statSync(join(path, "..")).mode & 0o777).toString(8)).toBe("700");
  const before = readSecretFile(path);
  await open({ path, create: true });
  await open({ path, create: false });
  expect(readSecretFile(path)).toBe(before);
  expect(readdirSync(join(path, ".."))).toEqual(["key.json"]);
});

test.each(openers)("a %s is never made silently", async (_, open) => {
  const path = join(temporaryDirectory(), "key.json");
  await expect(open({ path, create: false })).rejects.toThrow(
    `There is no key file ${path}: run ./sotto init`,
  );
  expect(existsSync(path)).toBe(false);
});

test.each(openers)("a %s open to others is refused, with what to do", async (_, open) => {
  const path = join(temporaryDirectory(), "key.json");
  await open({ path, create: true });
  for (const mode of [0o640, 0o604, 0o660, 0o620, 0o610, 0o644, 0o777]) {
    chmodSync(path, mode);
    await expect(open({ path, create: true })).rejects.toThrow(
      `is open to others (mode 0${mode.toString(8)}): run chmod 600 ${path}`,
    );
  }
  chmodSync(path, 0o400);
  await open({ path, create: false });
});

test.each(openers)(
  "a symbolic link in the place of a %s is refused, also one that leads nowhere",
  async (_, open) => {
    const directory = temporaryDirectory();
    const [path, link, dangling] = [
      join(directory, "key"),
      join(directory, "link"),
      join(directory, "dangling"),
    ];
    await open({ path, create: true });
    symlinkSync(path, link);
    symlinkSync(join(directory, "elsewhere"), dangling);
    for (const one of [link, dangling])
      await expect(open({ path: one, create: true })).rejects.toThrow("is a symbolic link");
    expect(existsSync(join(directory, "elsewhere"))).toBe(false);
  },
);

test.each(openers)("a directory in the place of a %s is refused", async (_, open) => {
  const path = join(temporaryDirectory(), "key");
  mkdirSync(path, { mode: 0o700 });
  await expect(open({ path, create: true })).rejects.toThrow("is not a regular file");
});

test.skipIf(process.getuid?.() !== 0).each(openers)("a %s of another user is refused", async (_, open) => {
  const path = join(temporaryDirectory(), "key");
  await open({ path, create: true });
  chownSync(path, 12_345, 12_345);
  await expect(open({ path, create: false })).rejects.toThrow("belongs to user 12345, not to 0");
});

test.each(openers)("a malformed %s is refused without a word of what it holds", async (_, open) => {
  const path = join(temporaryDirectory(), "key");
  for (const text of ["", "{", '{"privateKey":"planted-secret"}', '{"version":2,"keys":"planted-secret"}']) {
    writeFileSync(path, text, { mode: 0o600 });
    const refused = await open({ path, create: true }).catch((error: unknown) => error);
    expect(String(refused)).toContain("is malformed");
    expect(String(refused)).not.toContain("planted-secret");
    expect(refused).not.toHaveProperty("cause");
  }
});

test("of many who make a secret file at once one does, and all read that one", () => {
  const path = join(temporaryDirectory(), "key");
  const made = Array.from({ length: 20 }, (_, n) => createSecretFile(path, `by ${n}`));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(readSecretFile(path)).toBe("by 0");
});

test("a file with a second name is read all the same: names give no right", () => {
  const directory = temporaryDirectory();
  const path = join(directory, "key");
  createSecretFile(path, "text");
  linkSync(path, join(directory, "other"));
  expect(readSecretFile(join(directory, "other"))).toBe("text");
});
