import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { auditLogOf, AuditLogError, openAuditLog } from "@sotto/audit";
import { encodeAudit, topics, version, type AuditEvent } from "@sotto/contracts";
import { openDirectoryObjectStore, openSigningKeyFile } from "@sotto/stores";
import type { LogClient, LogRecord } from "@sotto/stream";
import { afterAll, expect, test } from "vitest";

import { openTrail, readAudit, type AuditPlatform } from "../src/audit-trail.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-trail-"));
afterAll(() => rmSync(folder, { recursive: true }));

const entryOf = (n: number, conversation = n % 2 === 0 ? "c_even" : "c_odd"): Uint8Array =>
  encodeAudit({
    id: `a_${n}`,
    at: n,
    service: "test",
    version,
    tenant: "acme",
    line: null,
    conversation,
    type: "sotto.audit.turns.ended.v1",
    ends: [],
  } satisfies AuditEvent);

/** A log of `size` entries of which `signed` are signed, and the topic has let go of the first `low`. */
const platformOf = async (name: string, o: { size: number; signed: number; low: number }) => {
  const store = await openDirectoryObjectStore(join(folder, name));
  const signer = await openSigningKeyFile({ path: join(folder, `${name}.json`), create: true });
  const log = await openAuditLog({ store, ...auditLogOf(0), signer });
  const all = Array.from({ length: o.size }, (_, n) => entryOf(n));
  await log.append(all.slice(0, o.signed), 0);
  await log.checkpoint();
  const records = all.map((value, offset): LogRecord => ({
    topic: topics.audit.name,
    partition: 0,
    offset,
    timestamp: 1,
    key: "-",
    value,
    headers: [],
  }));
  const topic: Pick<LogClient, "ends" | "read"> = {
    ends: () => Promise.resolve([{ low: o.low, high: records.length }]),
    read: async function* (_topic, _partition, from, to) {
      if (from < o.low) throw new Error("The topic has let go of that");
      yield records.slice(from, to);
    },
  };
  const grow = (value: Uint8Array): void => {
    const [last] = records.slice(-1);
    if (last) records.push({ ...last, offset: last.offset + 1, value });
  };
  const platform = { log: topic, auditStore: store, signer } as unknown as AuditPlatform;
  return { platform, store, grow };
};

const indexes = async (
  platform: AuditPlatform,
  fault?: (error: AuditLogError) => void,
): Promise<number[]> => {
  const found: number[] = [];
  for await (const { index } of readAudit(platform, { wanted: () => true, ...(fault && { fault }) }))
    found.push(index);
  return found;
};

test("reads what the topic has let go from the signed log, and what nobody has signed from the topic", async () => {
  const { platform } = await platformOf("both", { size: 700, signed: 600, low: 300 });
  expect(await indexes(platform)).toEqual(Array.from({ length: 700 }, (_, n) => n));
});

test("reads on where it was, and takes only its own conversation's entries", async () => {
  const { platform, grow } = await platformOf("on", { size: 10, signed: 10, low: 4 });
  const trail = await openTrail(platform, "c_odd");
  expect(trail.entries.map(({ index }) => index)).toEqual([1, 3, 5, 7, 9]);
  grow(entryOf(10));
  grow(entryOf(11));
  grow(Buffer.from('{"type":"sotto.audit.of.another.release.v9","conversation":"c_odd"}'));
  await trail.readOn();
  await trail.readOn();
  expect(trail.entries.map(({ index }) => index)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(trail.ids.has("a_11")).toBe(true);
});

test("a signed log that was changed is not believed: it throws, or goes on without that part where told so", async () => {
  const { platform, store } = await platformOf("changed", { size: 20, signed: 20, low: 15 });
  for await (const { name } of store.list("audit/0/tile/entries")) {
    const stored = await store.get(name);
    const forged = Buffer.from(stored?.bytes ?? []);
    forged[40] = (forged[40] ?? 0) ^ 1;
    await store.putIfMatch(name, forged, stored?.etag ?? "");
  }
  await expect(indexes(platform)).rejects.toBeInstanceOf(AuditLogError);
  const faults: string[] = [];
  expect(await indexes(platform, ({ fault }) => faults.push(fault))).toEqual([15, 16, 17, 18, 19]);
  expect(faults).toEqual(["entry-changed"]);
});
