import fc from "fast-check";
import { expect, test } from "vitest";

import { AuditLogError, formatCheckpoint, signNote, verifyLog, type Checkpoint } from "@sotto/audit";

import { aLog, entriesFrom, entryOf, origin, prefix, type MemoryStore } from "./memory-store.ts";

// One log for all: 1,000 entries are three full tiles and a partial one of 232 under a partial one of three.
const size = 1000;
const log = await aLog([300, 600, size]);
const { where, signer, checkpoints } = log;
const [older, , newest] = checkpoints;
if (older === undefined || newest === undefined) throw new Error("No checkpoints");

const bundleOf = (entries: readonly Uint8Array[]) =>
  Buffer.concat(entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 255), entry]));

/** Writes all entry bundles anew, as somebody would who can write to the store but cannot sign. */
function withEntries(entries: readonly Uint8Array[]): MemoryStore {
  const store = log.store.copy();
  for (let n = 0; n < 4; n += 1) {
    const name = n === 3 ? "tile/entries/003.p/232" : `tile/entries/00${n}`;
    store.objects.set(prefix + name, bundleOf(entries.slice(n * 256, (n + 1) * 256)));
  }
  return store;
}

const all = entriesFrom(0, size);
const other = Buffer.from(`{"other":1}`);
const verify = (store: MemoryStore, since?: Checkpoint) => verifyLog({ ...where, store, since });

test("finds nothing in a log that was left alone, and counts its entries", async () => {
  expect(await verify(log.store, older)).toEqual({
    ok: true,
    checkpoint: newest,
    entries: size,
    problems: [],
  });
});

test.each([
  [0, "first"],
  [255, "last of a tile"],
  [256, "first of a tile"],
  [700, "one of a full tile"],
  [900, "one of the partial tile"],
  [999, "last"],
])("finds the entry that was changed: %i, %s", async (index) => {
  const report = await verify(withEntries(all.with(index, other)));
  expect(report.ok).toBe(false);
  expect(report.problems).toEqual([
    {
      fault: "entry-changed",
      message: `Entry ${index} does not match the signed root: it was changed`,
      index,
    },
  ]);
});

test.each([0, 100, 255, 256, 701, 998])(
  "finds the entry that was removed, the rest moved up: %i",
  async (index) => {
    const [problem, ...more] = (await verify(withEntries(all.toSpliced(index, 1)))).problems;
    expect(problem).toMatchObject({ index });
    // At a tile's end nothing in the tile tells a removal from a change; the next tile does.
    expect(problem?.fault).toBe(index === 255 ? "entry-changed" : "entry-removed");
    if (index !== 255) expect(more).toEqual([]);
  },
);

test("finds that the last entries were cut off", async () => {
  const { problems } = await verify(withEntries(all.slice(0, 990)));
  expect(problems).toEqual([
    {
      fault: "entry-removed",
      message: "Entry 990 does not match the signed root: it and what follows in its bundle is not there",
      index: 990,
    },
  ]);
});

test.each([0, 100, 256, 700, 998])(
  "finds the entry that was inserted, the rest moved down: %i",
  async (index) => {
    const { problems } = await verify(withEntries(all.toSpliced(index, 0, other)));
    expect(problems).toMatchObject([{ fault: "entry-inserted", index }]);
  },
);

test("finds an entry that was added at the end", async () => {
  const store = log.store.copy();
  const name = `${prefix}tile/entries/003.p/232`;
  store.objects.set(name, Buffer.concat([store.bytes(name), bundleOf([other])]));
  expect((await verify(store)).problems).toMatchObject([{ fault: "entry-inserted", index: 1000 }]);
});

test("finds two entries that changed places, in one tile and across two", async () => {
  const swap = (a: number, b: number) => withEntries(all.with(a, entryOf(b)).with(b, entryOf(a)));
  expect((await verify(swap(300, 310))).problems).toMatchObject([{ fault: "entries-reordered", index: 300 }]);
  expect((await verify(swap(10, 600))).problems).toMatchObject([
    { fault: "entry-changed", index: 10 },
    { fault: "entry-changed", index: 600 },
  ]);
});

test("names every entry that was changed when several were", async () => {
  const report = await verify(withEntries(all.with(3, other).with(400, other).with(950, other)));
  expect(report.problems.map(({ index }) => index)).toEqual([3, 400, 950]);
});

test.each([
  ["tile/0/001", 5, 256 + 5],
  ["tile/0/003.p/232", 100, 768 + 100],
  ["tile/1/000.p/3", 1, 256],
])("finds the tile that was changed, %s, and where", async (name, hash, index) => {
  const store = log.store.copy();
  const bytes = store.bytes(prefix + name);
  bytes[hash * 32] = (bytes[hash * 32] ?? 0) ^ 1;
  const { problems } = await verify(store);
  expect(problems).toMatchObject([{ fault: "tile-changed", index }]);
  expect(problems[0]?.message).toContain(name);
});

test.each(["tile/0/001", "tile/entries/002", "tile/entries/003.p/232", "tile/1/000.p/3", "checkpoint"])(
  "finds that %s is missing",
  async (name) => {
    const store = log.store.copy();
    store.objects.delete(prefix + name);
    expect((await verify(store)).problems).toMatchObject([
      { fault: "missing", message: `${name} is not there` },
    ]);
  },
);

test.each(["tile/0/001", "tile/entries/002"])("finds that %s was cut short", async (name) => {
  const store = log.store.copy();
  store.objects.set(prefix + name, store.bytes(prefix + name).slice(0, -1));
  expect((await verify(store)).problems).toMatchObject([{ fault: "malformed" }]);
});

test("finds the entry when its tile was changed with it", async () => {
  const forged = await forgedFrom(700);
  const store = log.store.copy();
  for (const name of ["tile/entries/002", "tile/0/002"])
    store.objects.set(prefix + name, forged.bytes(prefix + name));
  expect((await verify(store)).problems).toEqual([
    { fault: "tile-changed", message: "tile/0/002 is not what was signed", index: 512 },
  ]);
});

/** The whole log with one entry changed, signed by a key of the forger's. */
async function forgedFrom(index: number, o = {}) {
  const forger = await aLog([0], o);
  await forger.log.append(all.with(index, other), 0);
  await forger.log.checkpoint();
  return forger.store;
}

test("finds a log that was rewritten whole, entries and tiles, under the old checkpoint", async () => {
  const store = await forgedFrom(10);
  store.objects.set(`${prefix}checkpoint`, log.store.bytes(`${prefix}checkpoint`));
  store.objects.delete(`${prefix}checkpoints/1000`);
  expect((await verify(store)).problems).toMatchObject([{ fault: "rewritten" }]);
});

test("finds a checkpoint that another key signed under the log's name", async () => {
  const { problems, checkpoint } = await verify(await forgedFrom(10));
  expect(checkpoint).toBeNull();
  expect(problems).toMatchObject([{ fault: "signature" }]);
  expect(problems[0]?.message).toMatch(/^Not signed by sotto\.example\/audit\/0\+[0-9a-f]{8}, but by/);
});

test("finds a checkpoint whose root or size was changed under its old signature", async () => {
  for (const change of [{ size: 999 }, { root: Buffer.alloc(32) }]) {
    const store = log.store.copy();
    const signature = newest.note.slice(newest.note.indexOf("\n\n") + 1);
    const note = formatCheckpoint({ ...newest, ...change }) + signature;
    store.objects.set(`${prefix}checkpoint`, Buffer.from(note));
    const { problems } = await verify(store);
    expect(problems).toMatchObject([{ fault: "signature" }]);
    expect(problems[0]?.message).toMatch(/is not of this text$/);
  }
});

test("refuses the wrong key and the wrong origin", async () => {
  const stranger = await aLog([1]);
  const wrongKey = await verifyLog({ ...where, publicKey: stranger.signer.publicKey });
  expect(wrongKey).toMatchObject({ ok: false, problems: [{ fault: "signature" }] });
  const wrongOrigin = await verifyLog({ ...where, origin: "sotto.example/audit/1" });
  expect(wrongOrigin).toMatchObject({ ok: false, problems: [{ fault: "origin" }] });
});

test("finds a log that was rolled back behind the checkpoint that was kept", async () => {
  const store = log.store.copy();
  store.objects.set(`${prefix}checkpoint`, Buffer.from(older.note));
  expect(await verify(store)).toMatchObject({ ok: true, entries: 300 });
  expect((await verify(store, newest)).problems).toEqual([
    { fault: "rolled-back", message: "Log has 300 entries, but the kept checkpoint signs 1000" },
  ]);
});

test("finds a log that its own key holder forked behind the checkpoint that was kept", async () => {
  const store = await forgedFrom(10, { signer });
  expect(await verify(store)).toMatchObject({ ok: true });
  expect((await verify(store, older)).problems).toEqual([
    { fault: "forked", message: "The first 300 entries are not those that the kept checkpoint signs" },
  ]);
  expect((await verify(store, newest)).problems).toMatchObject([
    { fault: "forked", message: "Checkpoint and kept checkpoint sign two roots for 1000 entries" },
  ]);
});

test("takes no kept checkpoint that the log never signed", async () => {
  const stranger = await aLog([300]);
  expect((await verify(log.store, stranger.checkpoints[0])).problems).toMatchObject([{ fault: "signature" }]);
});

test("finds that a checkpoint and its copy have two roots", async () => {
  const store = log.store.copy();
  const note = await signNote(formatCheckpoint({ origin, size, root: Buffer.alloc(32) }), origin, signer);
  store.objects.set(`${prefix}checkpoints/1000`, Buffer.from(note));
  expect((await verify(store)).problems).toMatchObject([{ fault: "forked" }]);
});

test("does not take a store that cannot answer for tampering", async () => {
  const away = { get: () => Promise.reject(new Error("Store is away")) };
  await expect(verifyLog({ ...where, store: away })).rejects.toThrow("Store is away");
});

test("takes bytes that the store itself refuses for a finding about that object", async () => {
  const refused = `${prefix}tile/entries/001`;
  const damaged = Object.assign(new Error("Object does not match its digest"), { name: "EnvelopeError" });
  const store = { get: (name: string) => (name === refused ? Promise.reject(damaged) : log.store.get(name)) };
  expect((await verifyLog({ ...where, store })).problems).toMatchObject([
    { fault: "malformed", message: "tile/entries/001 is damaged: its store refuses it" },
  ]);
});

test("any changed byte of any object that the checkpoint needs is found", async () => {
  const names = ["checkpoint", "tile/0/000", "tile/0/003.p/232", "tile/1/000.p/3"]
    .concat("tile/entries/001", "tile/entries/003.p/232")
    .map((name) => prefix + name);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (name, at, flip) => {
        const store = log.store.copy();
        const bytes = store.bytes(name);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
        expect((await verify(store)).ok).toBe(false);
      },
    ),
    { numRuns: 150 },
  );
});

test("says what is wrong as an error of its own, without a word of an entry", async () => {
  const error = new AuditLogError("entry-changed", "Entry 3 was changed", 3);
  expect(error).toMatchObject({ name: "AuditLogError", fault: "entry-changed", index: 3 });
  const reports = await Promise.all([
    verify(withEntries(all.with(3, other))),
    verify(withEntries(all.toSpliced(3, 1))),
  ]);
  expect(JSON.stringify(reports.map(({ problems }) => problems))).not.toContain("other");
});
