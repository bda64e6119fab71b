import fc from "fast-check";
import { expect, test } from "vitest";

import { emptyRoot, maxEntryBytes, openAuditLog, verifyLog, type TileStore } from "@sotto/audit";

import { aLog, aSigner, entriesFrom, entryOf, MemoryStore, origin, prefix } from "./memory-store.ts";

test("writes the tiles, bundles and checkpoints of the specification, partial ones for signed sizes only", async () => {
  const { store } = await aLog([3, 300]);
  expect([...store.objects.keys()].toSorted()).toEqual(
    [
      "checkpoint",
      "checkpoints/3",
      "checkpoints/300",
      "tile/0/000",
      "tile/0/000.p/3",
      "tile/0/001.p/44",
      "tile/1/000.p/1",
      "tile/entries/000",
      "tile/entries/000.p/3",
      "tile/entries/001.p/44",
    ].map((name) => prefix + name),
  );
  const bundle = Buffer.from(store.bytes(`${prefix}tile/entries/000.p/3`));
  expect(bundle).toEqual(Buffer.concat([0, 1, 2].flatMap((i) => [Buffer.of(0, 11), entryOf(i)])));
});

test("signs the empty tree, so that a log that has nothing yet can be verified", async () => {
  const { where, checkpoints } = await aLog([0]);
  expect(checkpoints[0]?.root).toEqual(emptyRoot);
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 0 });
});

test("goes on where its checkpoint ends and takes the entries past it again", async () => {
  const { store, signer, log, where } = await aLog([700]);
  await log.append(entriesFrom(700, 1100), 700);
  const again = await openAuditLog({ store, origin, prefix, signer });
  expect([log.size, again.size, again.signed?.size]).toEqual([1100, 700, 700]);
  await again.append(entriesFrom(700, 1200), 700);
  await again.checkpoint();
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 1200 });
});

test("skips entries it has, wherever they begin", async () => {
  const { log, where } = await aLog([600]);
  await log.append(entriesFrom(0, 10), 0);
  await log.append(entriesFrom(200, 900), 200);
  await log.append(entriesFrom(890, 900), 890);
  expect(log.size).toBe(900);
  await log.checkpoint();
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 900 });
});

test.each([0, 255, 256, 511, 520, 599])("refuses another entry at index %i, which it has", async (index) => {
  const { log } = await aLog([600]);
  const entries = entriesFrom(0, 700).with(index, Buffer.from("other"));
  await expect(log.append(entries, 0)).rejects.toMatchObject({ fault: "forked", index });
  expect(log.size).toBe(600);
});

test("refuses entries that leave a gap, and entries that no bundle holds, and takes nothing of them", async () => {
  const { log } = await aLog([5]);
  await expect(log.append([entryOf(6)], 6)).rejects.toMatchObject({ fault: "gap", index: 5 });
  const long = Buffer.alloc(maxEntryBytes + 1);
  await expect(log.append([entryOf(5), long], 5)).rejects.toMatchObject({ fault: "too-large", index: 6 });
  expect(log.size).toBe(5);
  await log.append([Buffer.alloc(maxEntryBytes), Buffer.alloc(0)], 5);
  expect(log.size).toBe(7);
});

test("refuses to sign when a tile it would write is there with other bytes", async () => {
  const { store, signer } = await aLog([10]);
  const [one, two] = await Promise.all([1, 2].map(() => openAuditLog({ store, origin, prefix, signer })));
  await one?.append(entriesFrom(10, 256), 10);
  await expect(two?.append(entriesFrom(10, 255).concat(Buffer.from("other")), 10)).rejects.toMatchObject({
    fault: "forked",
    message: "tile/entries/000 holds other bytes than this log would write",
  });
});

test("of two writers of the same entries one gives way and opens the log again", async () => {
  const { store, signer, where } = await aLog([10]);
  const [one, two] = await Promise.all([
    openAuditLog({ store, origin, prefix, signer }),
    openAuditLog({ store, origin, prefix, signer }),
  ]);
  await one.append(entriesFrom(10, 400), 10);
  await two.append(entriesFrom(10, 300), 10);
  await one.checkpoint();
  await expect(two.checkpoint()).rejects.toMatchObject({ fault: "superseded" });
  await two.append(entriesFrom(300, 400), 300);
  expect((await two.checkpoint()).size).toBe(400);
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 400 });
});

test("gives way when another writes the checkpoint between its look and its own write", async () => {
  const { store, signer, where } = await aLog([10]);
  const one = await openAuditLog({ store, origin, prefix, signer });
  await one.append(entriesFrom(10, 400), 10);
  const raced: TileStore = {
    get: (name) => store.get(name),
    putIfAbsent: (name, bytes) => store.putIfAbsent(name, bytes),
    putIfMatch: async (name, bytes, etag) => {
      await one.checkpoint();
      return store.putIfMatch(name, bytes, etag);
    },
  };
  const two = await openAuditLog({ store: raced, origin, prefix, signer });
  await two.append(entriesFrom(10, 300), 10);
  await expect(two.checkpoint()).rejects.toMatchObject({ fault: "superseded" });
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 400 });
});

test("of two writers that sign other entries at one size the second finds the fork", async () => {
  const { store, signer } = await aLog([10]);
  const [one, two] = await Promise.all([
    openAuditLog({ store, origin, prefix, signer }),
    openAuditLog({ store, origin, prefix, signer }),
  ]);
  await one.append([entryOf(10)], 10);
  await two.append([Buffer.from("other")], 10);
  await one.checkpoint();
  await expect(two.checkpoint()).rejects.toMatchObject({ fault: "forked" });
});

test("signs nothing after its checkpoint went back, vanished or was signed by another key", async () => {
  const { store, log, checkpoints } = await aLog([10, 20]);
  await log.append([entryOf(20)], 20);
  const name = `${prefix}checkpoint`;
  store.objects.set(name, Buffer.from(checkpoints[0]?.note ?? ""));
  await expect(log.checkpoint()).rejects.toMatchObject({ fault: "rolled-back" });
  store.objects.delete(name);
  await expect(log.checkpoint()).rejects.toMatchObject({ fault: "rolled-back" });
  const other = await aLog([20]);
  store.objects.set(name, other.store.bytes(name));
  await expect(log.checkpoint()).rejects.toMatchObject({ fault: "signature" });
});

test("finds a fork in the copy of a checkpoint before it moves the checkpoint", async () => {
  const { store, signer, log } = await aLog([10]);
  const fork = await aLog([10], { store: new MemoryStore(), signer });
  await fork.log.append([Buffer.from("other")], 10);
  await fork.log.checkpoint();
  store.objects.set(`${prefix}checkpoints/11`, fork.store.bytes(`${prefix}checkpoints/11`));
  await log.append([entryOf(10)], 10);
  await expect(log.checkpoint()).rejects.toMatchObject({ fault: "forked" });
  expect(log.signed?.size).toBe(10);
});

test.each([
  ["tile/0/001.p/44", "tile-changed"],
  ["tile/1/000.p/1", "tile-changed"],
  ["tile/entries/001.p/44", "forked"],
  ["checkpoint", "malformed"],
])("does not open a log whose %s was changed", async (name, fault) => {
  const { store, signer } = await aLog([300]);
  const bytes = store.bytes(prefix + name);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await expect(openAuditLog({ store, origin, prefix, signer })).rejects.toMatchObject({ fault });
});

test("opens a log whose partial tiles gave way to full ones", async () => {
  const { store, signer, log } = await aLog([100, 200]);
  await log.append(entriesFrom(200, 300), 200);
  for (const name of ["tile/0/000.p/200", "tile/entries/000.p/200"]) store.objects.delete(prefix + name);
  const again = await openAuditLog({ store, origin, prefix, signer });
  await again.append(entriesFrom(200, 300), 200);
  expect((await again.checkpoint()).size).toBe(300);
});

test("does not sign with a key that signs something else", async () => {
  const signer = aSigner();
  const store = new MemoryStore();
  const log = await openAuditLog({
    store,
    origin,
    prefix,
    signer: { publicKey: signer.publicKey, sign: () => signer.sign(Buffer.from("something else")) },
  });
  await expect(log.checkpoint()).rejects.toMatchObject({ fault: "signature" });
  expect([...store.objects.keys()]).toEqual([]);
});

test("whatever write fails, before or after it took effect, the same calls again give the same log", async () => {
  const signer = aSigner();
  const run = async (failing: MemoryStore["failing"]) => {
    const store = new MemoryStore();
    store.failing = failing;
    const again = async <T>(work: () => Promise<T>): Promise<T> => work().catch(work);
    const log = await openAuditLog({ store, origin, prefix, signer });
    for (const [from, to] of [
      [0, 300],
      [300, 310],
      [310, 900],
    ] as const) {
      await again(() => log.append(entriesFrom(from, to), from));
      await again(() => log.checkpoint());
    }
    const report = await verifyLog({ store, origin, prefix, publicKey: signer.publicKey });
    expect(report).toMatchObject({ ok: true, entries: 900 });
    return { puts: store.puts, objects: new Map(store.objects) };
  };
  const good = await run(null);
  for (let n = 0; n < good.puts; n += 1) {
    for (const after of [false, true]) expect((await run({ in: n, after })).objects).toEqual(good.objects);
  }
});

test("calls that are not waited for are done one after the other", async () => {
  const { log, where } = await aLog([0]);
  const appends = [0, 300, 600].map((first) => log.append(entriesFrom(first, first + 300), first));
  await Promise.all([...appends, log.checkpoint()]);
  expect(await verifyLog(where)).toMatchObject({ ok: true, entries: 900 });
});

test("any way to cut the same entries into appends and checkpoints gives the same root and is a valid log", async () => {
  const whole = await aLog([1000]);
  const cuts = fc.array(fc.record({ upTo: fc.integer({ min: 0, max: 1000 }), sign: fc.boolean() }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(cuts, async (steps) => {
      const { log, where, checkpoints } = await aLog([0]);
      for (const { upTo, sign } of steps) {
        if (upTo > log.size) await log.append(entriesFrom(log.size, upTo), log.size);
        if (sign) checkpoints.push(await log.checkpoint());
      }
      await log.append(entriesFrom(log.size, 1000), log.size);
      expect((await log.checkpoint()).root).toEqual(whole.checkpoints[0]?.root);
      for (const since of checkpoints)
        expect(await verifyLog({ ...where, since })).toMatchObject({ ok: true });
    }),
    { numRuns: 15 },
  );
});
