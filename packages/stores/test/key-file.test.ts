import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { EnvelopeError } from "@sotto/envelope";
import { expect, test } from "vitest";

import { openKeyFile } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const context = { tenant: "acme", slot: "facts", generation: "20261124" };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("opens what it wrapped before it was opened again", async () => {
  const path = join(temporaryDirectory(), "kek.json");
  const { key, wrapped } = await (await openKeyFile({ path, create: true })).dataKey("facts", context);
  expect(hex(await (await openKeyFile({ path, create: false })).open(wrapped, context))).toBe(hex(key));
});

test("opens nothing that another key file wrapped", async () => {
  const directory = temporaryDirectory();
  const one = await openKeyFile({ path: join(directory, "one"), create: true });
  const other = await openKeyFile({ path: join(directory, "other"), create: true });
  const { wrapped } = await one.dataKey("facts", context);
  await expect(other.open(wrapped, context)).rejects.toThrow(EnvelopeError);
});

test("wraps under the current version, and opens what older ones wrapped", async () => {
  const path = join(temporaryDirectory(), "kek.json");
  const before = await (await openKeyFile({ path, create: true })).dataKey("facts", context);
  const file = JSON.parse(readFileSync(path, "utf8"));
  file.keys.facts.versions["2"] = Buffer.alloc(32, 2).toString("base64");
  file.keys.facts.current = 2;
  writeFileSync(path, JSON.stringify(file));
  const service = await openKeyFile({ path, create: false });
  const after = await service.dataKey("facts", context);
  expect(before.wrapped.kek).toBe(`file:${file.id}/facts/1`);
  expect(after.wrapped.kek).toBe(`file:${file.id}/facts/2`);
  expect(hex(await service.open(before.wrapped, context))).toBe(hex(before.key));
  expect(hex(await service.open(after.wrapped, context))).toBe(hex(after.key));
  await expect(service.open({ ...before.wrapped, kek: after.wrapped.kek }, context)).rejects.toThrow(
    EnvelopeError,
  );
});

test.each([
  ["a kind without keys", (file: { keys: Record<string, unknown> }) => delete file.keys["raw"]],
  [
    "a current version that it does not have",
    (file: { keys: Record<string, unknown> }) => (file.keys["raw"] = { current: 2, versions: {} }),
  ],
])("is refused with %s", async (_, change) => {
  const path = join(temporaryDirectory(), "kek.json");
  await openKeyFile({ path, create: true });
  const file = JSON.parse(readFileSync(path, "utf8"));
  change(file);
  writeFileSync(path, JSON.stringify(file));
  await expect(openKeyFile({ path, create: false })).rejects.toThrow(/is malformed|no current key/);
});
