import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, expect, test, vi } from "vitest";

import type { ObjectStore } from "@sotto/archive";
import { auditLogOf, openAuditLog, readEntries, verifyLog } from "@sotto/audit";
import { entryOf, start, type Pace } from "@sotto/auditor";
import { encodeAudit, topics, type AuditEvent } from "@sotto/contracts";
import { UnavailableError, type Signer } from "@sotto/envelope";
import { openDirectoryObjectStore, openSigningKeyFile } from "@sotto/stores";
import { openEmbeddedLog, type LogClient } from "@sotto/stream";

const quick: Pace = { entries: 256, ms: 30, drainMs: 5_000 };
const where = auditLogOf(0);
const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const work of undo.splice(0).toReversed()) await work();
});

/** A log file, a directory and a signing key as they are in production, for one test. */
async function aDeployment() {
  const directory = await mkdtemp(join(tmpdir(), "sotto-auditor-"));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const log = await openLogAt(join(directory, "log.sqlite"));
  const auditStore = await openDirectoryObjectStore(join(directory, "audit"));
  undo.push(async () => auditStore[Symbol.dispose]());
  const signer = await openSigningKeyFile({ path: join(directory, "log-key.json"), create: true });
  return { directory, ...aPlatform(log, auditStore, signer) };
}

async function openLogAt(file: string): Promise<LogClient> {
  const log = await openEmbeddedLog({ file, now: () => Date.now(), pollMs: 10 });
  undo.push(async () => log[Symbol.asyncDispose]());
  const { name, cleanup, maxRecordBytes } = topics.audit;
  await log.ensureTopics([{ name, partitions: 1, cleanup, maxRecordBytes }]);
  return log;
}

const told: object[] = [];
const tell = (fields: object) => void told.push(fields);
const aPlatform = (log: LogClient, auditStore: ObjectStore, signer: Signer) => ({
  log,
  auditStore,
  signer,
  logger: { warn: tell, error: tell },
  metrics: { checkpointAge: () => undefined, onScrape: () => undefined },
});
type TestPlatform = ReturnType<typeof aPlatform>;

const anEvent = (n: number): AuditEvent => ({
  id: `a_${n}`,
  at: 1_700_000_000_000 + n,
  service: "consent-gate",
  version: "0.1.0",
  tenant: "acme",
  line: "sales",
  type: "sotto.audit.turn.released.v1",
  reason: "OPERATOR",
  digest: `${n}`.padStart(8, "0"),
});
const recordOf = (value: Uint8Array | null) => ({ topic: "audit", key: "-", value });

async function publish({ log }: { log: LogClient }, from: number, to: number) {
  const events = Array.from({ length: to - from }, (_, i) => recordOf(encodeAudit(anEvent(from + i))));
  const acks = await log.append(events);
  expect(acks.every(({ ok }) => ok)).toBe(true);
}

const report = ({ auditStore, signer }: TestPlatform) =>
  verifyLog({ store: auditStore, ...where, publicKey: signer.publicKey });
const committed = async ({ log }: TestPlatform) =>
  (await log.committedOffsets("auditor")).get("audit")?.get(0) ?? null;

test("leaf n is the record at offset n, all are signed when it stops, and only what is signed is committed", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 700);
  {
    await using _auditor = await start(platform, quick);
    await publish(platform, 700, 1300);
  }
  expect(await report(platform)).toMatchObject({ ok: true, entries: 1300 });
  expect(await committed(platform)).toBe(1300);
  const { auditStore: store, signer } = platform;
  for await (const { index, entry } of readEntries({ store, ...where, publicKey: signer.publicKey })) {
    expect(Buffer.from(entry)).toEqual(Buffer.from(encodeAudit(anEvent(index))));
  }
});

test("signs the empty log at once, and a lone entry without another to push it", async () => {
  const platform = await aDeployment();
  await using auditor = await start(platform, quick);
  await vi.waitFor(async () => expect(await report(platform)).toMatchObject({ ok: true, entries: 0 }));
  await publish(platform, 0, 1);
  await vi.waitFor(async () => expect(await report(platform)).toMatchObject({ ok: true, entries: 1 }));
  await vi.waitFor(() =>
    expect(auditor.health()).toMatchObject({ live: true, ready: true, checkpointAgeMs: 0, signed: 1 }),
  );
});

test("goes on where its checkpoint ends, time after time", async () => {
  const platform = await aDeployment();
  for (const size of [10, 300, 301, 900]) {
    await using _auditor = await start(platform, quick);
    await publish(platform, size === 10 ? 0 : size === 300 ? 10 : size === 301 ? 300 : 301, size);
  }
  expect(await report(platform)).toMatchObject({ ok: true, entries: 900 });
});

test("commits what was signed when a crash came between checkpoint and commit", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 10);
  const { auditStore: store, signer } = platform;
  const log = await openAuditLog({ store, ...where, signer });
  await log.append(
    Array.from({ length: 10 }, (_, i) => encodeAudit(anEvent(i))),
    0,
  );
  await log.checkpoint();
  await using _auditor = await start(platform, quick);
  await vi.waitFor(async () => expect(await committed(platform)).toBe(10));
});

test("publishes nothing, however often it signs: a checkpoint is no entry", async () => {
  const platform = await aDeployment();
  await using auditor = await start(platform, quick);
  for (let size = 1; size <= 4; size += 1) {
    await publish(platform, size - 1, size);
    await vi.waitFor(() => expect(auditor.health().signed).toBe(size));
  }
  expect(await platform.log.ends("audit")).toMatchObject([{ high: 4 }]);
});

test("keeps a record that no bundle holds by size and digest, and goes on", async () => {
  const platform = await aDeployment();
  const long = Buffer.alloc(65_536, "x");
  await platform.log.append([
    recordOf(long),
    recordOf(null),
    recordOf(Buffer.alloc(65_535)),
    recordOf(Buffer.alloc(0)),
  ]);
  await (await start(platform, quick))[Symbol.asyncDispose]();
  expect(await report(platform)).toMatchObject({ ok: true, entries: 4 });
  expect(JSON.parse(Buffer.from(entryOf({ offset: 7, value: long })).toString())).toEqual({
    type: "sotto.audit.record.unfit.v1",
    offset: 7,
    bytes: 65_536,
    sha256: createHash("sha256").update(long).digest("base64url"),
  });
});

/** Every n-th write fails, before or after it took effect. */
function flaky(store: ObjectStore, n: number): ObjectStore {
  let writes = 0;
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    writes += 1;
    if (writes % n === 0) throw new UnavailableError("Store is away");
    const result = await work();
    if (writes % n === 1) throw new UnavailableError("Answer was lost");
    return result;
  };
  return {
    ...store,
    putIfAbsent: (name, bytes) => write(() => store.putIfAbsent(name, bytes)),
    putIfMatch: (name, bytes, etag) => write(() => store.putIfMatch(name, bytes, etag)),
  };
}

test("a store that fails now and then costs nothing but time", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 1000);
  await using auditor = await start({ ...platform, auditStore: flaky(platform.auditStore, 5) }, quick);
  await vi.waitFor(() => expect(auditor.health().signed).toBe(1000), { timeout: 10_000 });
  expect(await report(platform)).toMatchObject({ ok: true, entries: 1000 });
});

test("is not ready while its store is away, commits nothing, and is ready again when it is back", async () => {
  const platform = await aDeployment();
  let isAway = true;
  const auditStore: ObjectStore = {
    ...platform.auditStore,
    get: (name) =>
      isAway ? Promise.reject(new UnavailableError("Store is away")) : platform.auditStore.get(name),
  };
  await publish(platform, 0, 5);
  await using auditor = await start({ ...platform, auditStore }, quick);
  await vi.waitFor(() =>
    expect(auditor.health()).toMatchObject({ live: true, ready: false, reasons: ["audit log: unavailable"] }),
  );
  expect(await committed(platform)).toBeNull();
  isAway = false;
  await vi.waitFor(() => expect(auditor.health()).toMatchObject({ ready: true, signed: 5 }));
});

test("does not sign records that are not the ones it has signed before", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 300);
  await (await start(platform, quick))[Symbol.asyncDispose]();
  // The topic was made anew, with other records.
  const log = await openLogAt(join(platform.directory, "other.sqlite"));
  await publish({ log }, 1, 302);
  await using auditor = await start({ ...platform, log }, quick);
  await vi.waitFor(() =>
    expect(auditor.health()).toMatchObject({ live: false, ready: false, reasons: ["audit log: forked"] }),
  );
  expect(await report(platform)).toMatchObject({ ok: true, entries: 300 });
  expect(told.at(-1)).toMatchObject({ partition: 0, fault: "forked", index: 44 });
});

test("does not go on when the topic has fewer records than the log", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 20);
  await (await start(platform, quick))[Symbol.asyncDispose]();
  const log = await openLogAt(join(platform.directory, "other.sqlite"));
  await publish({ log }, 0, 10);
  await using auditor = await start({ ...platform, log }, quick);
  await vi.waitFor(() => expect(auditor.health().reasons).toEqual(["audit log: forked"]));
});

test("does not go on over a gap: records that retention took before they were read", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 20);
  const log: LogClient = {
    ...platform.log,
    ends: async (topic) => (await platform.log.ends(topic)).map(({ high }) => ({ low: 5, high })),
  };
  await using auditor = await start({ ...platform, log }, quick);
  await vi.waitFor(() => expect(auditor.health().reasons).toEqual(["audit log: gap"]));
  expect(await committed(platform)).toBe(0);
});

test("does not go on when a log hands out records with one left out", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 20);
  const log: LogClient = {
    ...platform.log,
    join: async (options) => {
      const membership = await platform.log.join(options);
      return {
        fetch: async (...asked) => (await membership.fetch(...asked)).filter(({ offset }) => offset !== 7),
        committed: (...asked) => membership.committed(...asked),
        commit: (...asked) => membership.commit(...asked),
        heartbeatAgeMs: () => membership.heartbeatAgeMs(),
        leave: () => membership.leave(),
      };
    },
  };
  await using auditor = await start({ ...platform, log }, quick);
  await vi.waitFor(() => expect(auditor.health().reasons).toEqual(["audit log: gap"]));
  expect(told.at(-1)).toMatchObject({ fault: "gap", index: 7 });
});

test("a second auditor takes over from the first without a word lost", async () => {
  const platform = await aDeployment();
  const first = await start(platform, quick);
  await using second = await start(platform, quick);
  await publish(platform, 0, 400);
  await vi.waitFor(() => expect(first.health().signed + second.health().signed).toBe(400));
  await first[Symbol.asyncDispose]();
  await publish(platform, 400, 500);
  await vi.waitFor(() => expect(second.health().signed).toBe(500), { timeout: 10_000 });
  expect(await report(platform)).toMatchObject({ ok: true, entries: 500 });
});

test("any flipped byte of any file of the log is found, in the directory as it is", async () => {
  const platform = await aDeployment();
  await publish(platform, 0, 600);
  await (await start(platform, { ...quick, ms: 60_000, entries: 10_000 }))[Symbol.asyncDispose]();
  const root = join(platform.directory, "audit", where.prefix);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile() && !path.includes("checkpoints/0"));
  expect(files).toHaveLength(9);
  for (const path of files) {
    const good = readFileSync(path);
    const bad = Uint8Array.from(good);
    bad[bad.length - 2] = (bad.at(-2) ?? 0) ^ 1;
    writeFileSync(path, bad);
    expect(await report(platform), path).toMatchObject({ ok: false });
    writeFileSync(path, good);
  }
  expect(await report(platform)).toMatchObject({ ok: true });
});
