import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { documentPlace } from "@sotto/archive";
import { decodeAudit, encodeCbor, topics, type AuditEvent } from "@sotto/contracts";
import { seal } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import { readLanded, type LogRecord } from "@sotto/stream";

import { start } from "@sotto/archiver";

import { aConversation, aFence, aRecord, aSection, openTestPlatform, tenant } from "./bench.ts";

const everything = async (platform: Platform, topic: string): Promise<LogRecord[]> => {
  const found: LogRecord[] = [];
  for (const partition of (await platform.log.ends(topic)).keys())
    for await (const batch of platform.log.read(topic, partition, 0)) found.push(...batch);
  return found;
};

/** Waits until a topic holds that many records; the runtime's own polling decides how soon. */
const until = async (platform: Platform, topic: string, count: number): Promise<LogRecord[]> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await everything(platform, topic);
    if (found.length >= count) return found;
    await delay(25);
  }
  throw new Error(`topic ${topic} never held ${count} records`);
};

const send = async (platform: Platform, record: LogRecord): Promise<void> => {
  const { topic, key, value, headers } = record;
  const [ack] = await platform.log.append([{ topic, key, value, headers }]);
  expect(ack?.ok).toBe(true);
};

test("as a worker on the log it lands a section, sets a forged one aside, and obeys a fence that comes by the log", async () => {
  await using platform = await openTestPlatform();
  await using service = await start(platform);
  const [good, stoppedSection] = [
    await aSection(platform, aConversation()),
    await aSection(platform, aConversation()),
  ];
  const forged = await aSection(platform, aConversation(), { grants: [] });
  await send(platform, await aRecord(platform, good));
  await send(platform, await aRecord(platform, forged));
  const [landed] = await until(platform, topics.landed.name, 1);
  const [aside] = await until(platform, topics.quarantine.name, 1);
  expect(landed === undefined ? null : await readLanded(platform.keys("consent-gate"), landed)).toMatchObject(
    {
      conversation: good.conversation,
      ordinals: [1, 2, 3],
      object: documentPlace(good, 1).name,
    },
  );
  expect(aside?.key).toBe(forged.conversation);

  const fence = aFence({ kind: "withdrawal", scope: { conversation: stoppedSection.conversation } });
  const key = `${tenant}/${stoppedSection.conversation}/${fence.id}`;
  const register = { slot: "register", tenant, conversation: null, generation: 2026 } as const;
  const place = { ...register, kind: "fence", name: key, headers: null } as const;
  const value = seal(encodeCbor(fence), await platform.keys("ingest").toSeal(register), place);
  await platform.log.append([{ topic: topics.fences.name, key, value }]);
  for (let tries = 0; tries < 200 && platform.fences.index.size === 0; tries += 1) await delay(25);
  await send(platform, await aRecord(platform, stoppedSection));
  await until(platform, topics.landed.name, 2);
  expect(await platform.archive.get(documentPlace(stoppedSection, 1).name)).toBeNull();

  const events: AuditEvent[] = (await everything(platform, topics.audit.name)).flatMap(({ value }) =>
    value === null ? [] : [decodeAudit(value)],
  );
  const told = (conversation: string): string[] =>
    events.filter((event) => event.conversation === conversation).map((event) => event.type);
  expect(told(good.conversation)).toEqual(["sotto.audit.document.landed.v1"]);
  expect(told(forged.conversation)).toEqual(["sotto.audit.turn.quarantined.v1"]);
  expect(told(stoppedSection.conversation)).toEqual(["sotto.audit.turns.ended.v1"]);
  expect(service.health().live).toBe(true);
});
