import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bundledPolicy } from "@sotto/consent";
import { encodeCbor, topics, type Fence } from "@sotto/contracts";
import { seal, yearOf } from "@sotto/envelope";
import { afterEach, expect, test } from "vitest";

import { initPlatform } from "../src/init.ts";
import { NotInitialisedError } from "../src/initialised.ts";
import { openPlatform } from "../src/open-platform.ts";
import { SettingsError, settingsUnder, type Settings } from "../src/settings.ts";

const folders: string[] = [];
const fresh = (): Settings => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-service-"));
  folders.push(folder);
  return settingsUnder(folder, { logLevel: "silent" });
};
const made = async (): Promise<Settings> => {
  const settings = fresh();
  await initPlatform(settings);
  return settings;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test("a dry run makes nothing at all", async () => {
  const settings = fresh();
  const steps = await initPlatform(settings, { dryRun: true });
  expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(["to make"]));
  expect(readdirSync(join(settings.log.path, ".."))).toEqual([]);
});

test("what is made is for its owner alone, and a second time nothing is touched", async () => {
  const settings = await made();
  const modes = [settings.kms, settings.signingKey, settings.log].map(
    ({ path }) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o600, 0o600, 0o600]);
  for (const { path } of [settings.keys, settings.archive, settings.audit]) {
    expect(statSync(path).mode & 0o777).toBe(0o700);
  }
  const before = statSync(settings.kms.path).mtimeMs;
  const steps = await initPlatform(settings);
  expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(["there"]));
  expect(statSync(settings.kms.path).mtimeMs).toBe(before);
});

test("a dry run tells what one missing thing would be, and leaves it missing", async () => {
  const settings = await made();
  rmSync(join(settings.keys.path, "pepper"), { recursive: true });
  const steps = await initPlatform(settings, { dryRun: true });
  expect(steps.filter(({ state }) => state !== "there").map(({ what }) => what)).toEqual([
    "peppers of tenant acme",
  ]);
  expect(existsSync(join(settings.keys.path, "pepper"))).toBe(false);
});

test("a worker makes nothing: it names all that is missing, and who makes it", async () => {
  const settings = fresh();
  const opening = openPlatform(settings);
  await expect(opening).rejects.toThrow(NotInitialisedError);
  await expect(opening).rejects.toThrow(/key file at .*signing key at .*log at .*Run \.\/sotto init/);
  expect(readdirSync(join(settings.log.path, ".."))).toEqual([]);
});

test.each(["kms", "signingKey", "log", "keys", "archive", "audit"] as const)(
  "a worker does not start without %s, and does not make it",
  async (name) => {
    const settings = await made();
    rmSync(settings[name].path, { recursive: true });
    await expect(openPlatform(settings)).rejects.toThrow(NotInitialisedError);
    expect(existsSync(settings[name].path)).toBe(false);
  },
);

test.each([
  ["kms", 0o644, /SOTTO_KMS/],
  ["kms", 0o640, /SOTTO_KMS/],
  ["signingKey", 0o604, /SOTTO_SIGNING_KEY/],
  ["log", 0o666, /SOTTO_LOG: others may write/],
  ["keys", 0o770, /SOTTO_KEYS: others may write/],
  ["audit", 0o777, /SOTTO_AUDIT: others may write/],
] as const)("a worker refuses %s in mode %o", async (name, mode, sentence) => {
  const settings = await made();
  chmodSync(settings[name].path, mode);
  const opening = openPlatform(settings);
  await expect(opening).rejects.toThrow(SettingsError);
  await expect(opening).rejects.toThrow(sentence);
});

test("a worker refuses a symbolic link in the place of what it trusts", async () => {
  const settings = await made();
  rmSync(settings.keys.path, { recursive: true });
  symlinkSync(tmpdir(), settings.keys.path);
  await expect(openPlatform(settings)).rejects.toThrow(/SOTTO_KEYS: .* is not a folder itself/);
});

test("a worker refuses a key file that is none, in a sentence that does not quote it", async () => {
  const settings = await made();
  writeFileSync(settings.kms.path, '{"secret":"s3cret"}');
  const opening = openPlatform(settings);
  await expect(opening).rejects.toThrow(SettingsError);
  await expect(opening).rejects.not.toThrow(/s3cret/);
});

test("policy files are checked whole: what is not JSON and what is no policy", async () => {
  const settings = fresh();
  const empty = { ...settings, policy: join(settings.log.path, "../none") };
  await expect(initPlatform(empty)).rejects.toThrow(/SOTTO_POLICY names no folder/);
  const folder = { ...settings, policy: join(settings.log.path, "..") };
  writeFileSync(join(folder.policy, "lines.json"), "{");
  await expect(initPlatform(folder)).rejects.toThrow(/lines\.json is not JSON/);
  writeFileSync(join(folder.policy, "lines.json"), "{}");
  await expect(initPlatform(folder)).rejects.toMatchObject({ name: "PolicyError" });
});

test("a service gets the key slots that are its own, and each its own counts", async () => {
  await using platform = await openPlatform(await made(), { policy: bundledPolicy });
  const raw = { slot: "raw", tenant: "acme", conversation: "c_1", generation: 1 } as const;
  await platform.keys("ingest").toSeal(raw);
  await platform.keys("redactor").toOpen(raw);
  for (const service of ["consent-gate", "archiver", "auditor", "cli", "ingest"] as const) {
    await expect(platform.keys(service).toOpen(raw)).rejects.toThrow(/no right to open/);
  }
  expect(platform.keys("redactor").counts().opened).toMatchObject({ raw: 1 });
  expect(platform.keys("consent-gate").counts().opened["raw"] ?? 0).toBe(0);
  expect(await platform.metrics.text()).toMatch(/sotto_key_calls_total{op="dataKey",result="ok"} 1/);
});

test("fences on the log are in force before a service starts, and an erasure closes what is open", async () => {
  const settings = await made();
  await using platform = await openPlatform(settings, { policy: bundledPolicy });
  expect(platform.fences.isFresh()).toBe(true);
  const raw = { slot: "raw", tenant: "acme", conversation: "c_1", generation: 1 } as const;
  const key = await platform.keys("ingest").toSeal(raw);
  await publish(platform, { kind: "erasure", id: "f_1" });
  await until(() => platform.fences.index.size === 1);
  expect(() => key.bytes.at(0)).toThrow();
  await using again = await openPlatform(settings, { policy: bundledPolicy });
  expect(again.fences.index.size).toBe(1);
});

test("a fence that was not sealed in its place stops everything, for it may be one", async () => {
  const settings = await made();
  await using platform = await openPlatform(settings, { policy: bundledPolicy });
  await publish(platform, { kind: "withdrawal", id: "f_2", as: "acme/c_9/f_2" });
  await until(() => !platform.fences.isFresh());
  expect(platform.fences.index.size).toBe(0);
});

test("who opens no tables is never fresh", async () => {
  await using platform = await openPlatform(await made(), { policy: bundledPolicy, tables: false });
  expect([platform.fences.isFresh(), platform.consents.isFresh(), platform.fences.ageMs()]).toEqual([
    false,
    false,
    Infinity,
  ]);
});

/** Appends a fence of conversation c_1; `as` puts it under another key than it was sealed for. */
const publish = async (
  platform: Awaited<ReturnType<typeof openPlatform>>,
  o: { readonly kind: Fence["kind"]; readonly id: string; readonly as?: string },
): Promise<void> => {
  const at = Date.now();
  const scope = { conversation: "c_1" };
  const fence: Fence = {
    v: 1,
    id: o.id,
    kind: o.kind,
    tenant: "acme",
    scope,
    purposes: null,
    at,
    receivedAt: at,
  };
  const name = `acme/c_1/${o.id}`;
  const place = { tenant: "acme", conversation: null, slot: "register", generation: yearOf(at) } as const;
  const key = await platform.keys("ingest").toSeal(place);
  const value = seal(encodeCbor(fence), key, { ...place, kind: "fence", name, headers: null });
  await platform.log.append([{ topic: topics.fences.name, key: o.as ?? name, value }]);
};

const until = async (isSo: () => boolean): Promise<void> => {
  for (const end = performance.now() + 5000; !isSo();) {
    if (performance.now() > end) throw new Error("It did not come about");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
