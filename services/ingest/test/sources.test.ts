import type { KeyStore } from "@sotto/envelope";
import { expect, test } from "vitest";

import { openGatekeeper } from "../src/gatekeeper.ts";
import { addSource, listSources, rotateSource } from "../src/index.ts";
import { readRegistry, recognise, registryName } from "../src/sources.ts";
import { openDeployment } from "./harness.ts";

const withStore = async (body: (store: KeyStore) => Promise<void>): Promise<void> => {
  await using deployment = await openDeployment({ overrides: { tables: false } });
  await body(deployment.platform.keyStore);
};
const acme = { source: "/acme/emea", tenant: "acme", lines: ["support"] };

test("a credential is shown once, is 256 random bits, and is stored only as a hash", () =>
  withStore(async (store) => {
    const { credential } = await addSource(store, { ...acme, now: 5 });
    expect(Buffer.from(credential.replace("sotto_", ""), "base64url")).toHaveLength(32);
    const stored = Buffer.from((await store.read(registryName))?.bytes ?? []).toString("latin1");
    expect(stored).not.toContain(credential.slice(6, 20));
    expect(await listSources(store)).toEqual([{ ...acme, createdAt: 5 }]);
    expect(recognise(await readRegistry(store), credential)).toEqual(acme);
  }));

test("a credential with any character changed is nobody's", () =>
  withStore(async (store) => {
    const { credential } = await addSource(store, acme);
    const registry = await readRegistry(store);
    for (let n = 0; n < credential.length; n += 1) {
      const other = credential[n] === "x" ? "y" : "x";
      expect(recognise(registry, credential.slice(0, n) + other + credential.slice(n + 1))).toBeNull();
    }
    for (const wrong of ["", credential.slice(0, -1), `${credential}x`])
      expect(recognise(registry, wrong)).toBeNull();
  }));

test("rotating ends the old credential and keeps everything else", () =>
  withStore(async (store) => {
    const old = await addSource(store, { ...acme, now: 5 });
    const other = await addSource(store, { source: "/acme/apac", tenant: "acme", lines: ["sales"], now: 6 });
    const { credential } = await rotateSource(store, { source: acme.source });
    const registry = await readRegistry(store);
    expect(recognise(registry, old.credential)).toBeNull();
    expect(recognise(registry, credential)).toEqual(acme);
    expect(recognise(registry, other.credential)?.source).toBe("/acme/apac");
    expect((await listSources(store)).map((source) => source.createdAt)).toEqual([5, 6]);
  }));

test("a name that is taken, unknown or no name is refused", () =>
  withStore(async (store) => {
    await addSource(store, acme);
    await expect(addSource(store, acme)).rejects.toThrow("there already");
    await expect(rotateSource(store, { source: "/other/one" })).rejects.toThrow("no source");
    for (const wrong of [
      { ...acme, source: "acme" },
      { ...acme, source: "/a/b", lines: [] },
      { ...acme, source: "/a/b", tenant: "a/b" },
    ])
      await expect(addSource(store, wrong)).rejects.toThrow("not of the expected form");
    expect(await listSources(store)).toHaveLength(1);
  }));

test("operators who add at the same time all get what they asked for", () =>
  withStore(async (store) => {
    const names = Array.from({ length: 6 }, (_, n) => `/acme/site-${n}`);
    await Promise.all(names.map((source) => addSource(store, { ...acme, source })));
    expect((await listSources(store)).map((source) => source.source).toSorted()).toEqual(names);
  }));

test("the gatekeeper lets in who was just added, and soon nobody who was rotated out", () =>
  withStore(async (store) => {
    const gatekeeper = openGatekeeper(store);
    expect(await gatekeeper.admit(undefined)).toBeNull();
    expect(await gatekeeper.admit("Bearer sotto_wrong")).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 110));
    const { credential } = await addSource(store, acme);
    expect(await gatekeeper.admit(`bearer ${credential}`)).toEqual(acme);
    await rotateSource(store, { source: acme.source });
    await expect.poll(() => gatekeeper.admit(`Bearer ${credential}`), { timeout: 3000 }).toBeNull();
    for (const header of [credential, `Basic ${credential}`, `Bearer ${credential} ${credential}`, "Bearer "])
      expect(await gatekeeper.admit(header)).toBeNull();
  }));

test("a registry that is no registry lets nobody in", () =>
  withStore(async (store) => {
    await store.create(registryName, Buffer.from('{"sources":[{"source":"/a/b"}]}'));
    await expect(openGatekeeper(store).admit("Bearer x")).rejects.toThrow();
  }));

test("a flood of wrong credentials reads the registry ten times a second, not once each", () =>
  withStore(async (store) => {
    let reads = 0;
    const counting: KeyStore = {
      create: (name, bytes) => store.create(name, bytes),
      replace: (name, bytes, etag) => store.replace(name, bytes, etag),
      read: (name) => {
        reads += 1;
        return store.read(name);
      },
    };
    const gatekeeper = openGatekeeper(counting);
    const start = performance.now();
    for (let n = 0; n < 2000; n += 1) await gatekeeper.admit(`Bearer wrong-${n}`);
    expect(reads).toBeLessThanOrEqual(2 + (performance.now() - start) / 100);
  }));
