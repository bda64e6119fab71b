import { UnavailableError } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import type { LogClient } from "@sotto/stream";
import { expect, test } from "vitest";

import { addSource, start } from "../src/index.ts";
import { batch, example, openDeployment, openDoor, source } from "./harness.ts";

const structured = "application/cloudevents+json";

/** The door of a deployment whose log answers as told. */
const openDoorOn = async (
  platform: Platform,
  append: LogClient["append"],
  limits: Parameters<typeof start>[1] = {},
) => {
  const { credential } = await addSource(platform.keyStore, source);
  const ingest = await start(
    { ...platform, log: { ...platform.log, append } },
    { patienceMs: 150, ...limits },
  );
  const post = (body: unknown, type = structured): Promise<Response> =>
    fetch(`http://127.0.0.1:${ingest.address.port}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${credential}`, "content-type": type },
      body: JSON.stringify(body),
    });
  return { ingest, post, [Symbol.asyncDispose]: () => ingest[Symbol.asyncDispose]() };
};
const good = () => example("sotto.turn.added.v1");

test("while the log is away the sender is told to come again, alone and in a batch", async () => {
  await using deployment = await openDeployment();
  const away = () => Promise.reject(new UnavailableError("no log"));
  await using door = await openDoorOn(deployment.platform, away);
  for (const answer of [await door.post(good()), await door.post([good()], batch["content-type"])]) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(await answer.json())).toContain("UNAVAILABLE");
  }
});

test("an event whose audit entry is not acked is not taken", async () => {
  await using deployment = await openDeployment();
  const { log } = deployment.platform;
  const noAudit: LogClient["append"] = async (records) =>
    records.some((record) => record.topic === "audit")
      ? Promise.reject(new UnavailableError("no audit"))
      : log.append(records);
  await using door = await openDoorOn(deployment.platform, noAudit);
  expect((await door.post(good())).status).toBe(503);
});

test("while the key store is away nobody is let in and nothing is made up", async () => {
  await using deployment = await openDeployment();
  const { platform } = deployment;
  let isAway = false;
  const keyStore: Platform["keyStore"] = {
    create: (name, bytes) => platform.keyStore.create(name, bytes),
    replace: (name, bytes, etag) => platform.keyStore.replace(name, bytes, etag),
    read: (name) =>
      isAway ? Promise.reject(new UnavailableError("no key store")) : platform.keyStore.read(name),
  };
  await using door = await openDoorOn({ ...platform, keyStore }, (records) => platform.log.append(records));
  isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const answer = await door.post(good());
  expect([answer.status, await answer.json()]).toEqual([
    503,
    expect.objectContaining({ reason: "UNAVAILABLE" }),
  ]);
  isAway = false;
  expect((await door.post(good())).status).toBe(202);
});

test("more bytes at once than there is room for are refused, and room comes back", async () => {
  await using deployment = await openDeployment();
  const { log } = deployment.platform;
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: LogClient["append"] = async (records) => {
    await held;
    return log.append(records);
  };
  await using door = await openDoorOn(deployment.platform, slow, { inFlightBytes: 10_000, patienceMs: 5000 });
  const first = [door.post(good()), door.post(good())];
  await expect.poll(async () => (await door.post(good())).status, { timeout: 3000 }).toBe(503);
  const refused = await door.post(good());
  expect([refused.headers.get("retry-after"), await refused.json()]).toEqual([
    "1",
    expect.objectContaining({ reason: "OVERLOADED" }),
  ]);
  release?.();
  expect((await Promise.all(first)).map((answer) => answer.status)).toEqual([202, 202]);
  await expect.poll(async () => (await door.post(good())).status).toBe(202);
});

test("what has come in when the door closes is answered, what comes after is not heard", async () => {
  await using deployment = await openDeployment();
  const { log } = deployment.platform;
  const slow: LogClient["append"] = async (records) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return log.append(records);
  };
  const door = await openDoorOn(deployment.platform, slow, { patienceMs: 5000 });
  const answer = door.post(good());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = door.ingest[Symbol.asyncDispose]();
  expect(door.ingest.health().ready).toBe(false);
  expect((await answer).status).toBe(202);
  await closed;
  await expect(door.post(good())).rejects.toThrow();
});

test("the last refusals are published before the door is gone", async () => {
  await using deployment = await openDeployment();
  const { platform } = deployment;
  const door = await openDoorOn(platform, (records) => platform.log.append(records), {
    refusalsEveryMs: 60_000,
  });
  await door.post({ type: "x" });
  await door.ingest[Symbol.asyncDispose]();
  const entries = await deployment.audits("sotto.audit.event.refused.v1");
  expect(entries).toMatchObject([
    { source: "/acme/emea", tenant: "acme", reason: "UNKNOWN_TYPE", types: { unknown: 1 } },
  ]);
});

test("refusals that cannot be published are published later, once", async () => {
  await using deployment = await openDeployment();
  const { platform } = deployment;
  let isAway = true;
  const append: LogClient["append"] = (records) =>
    isAway ? Promise.reject(new UnavailableError("no log")) : platform.log.append(records);
  await using door = await openDoorOn(platform, append, { refusalsEveryMs: 20 });
  for (let n = 0; n < 3; n += 1) await door.post({ type: "x" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  isAway = false;
  const total = async (): Promise<number> =>
    (await deployment.audits("sotto.audit.event.refused.v1")).reduce(
      (sum, entry) => sum + (entry.types["unknown"] ?? 0),
      0,
    );
  await expect.poll(total, { timeout: 3000 }).toBe(3);
});

test("a door cannot be opened where another one stands", async () => {
  await using door = await openDoor();
  const { platform, ingest } = door;
  const settings = { ...platform.settings, http: ingest.address };
  await expect(start({ ...platform, settings })).rejects.toThrow();
});
