import { expect, test } from "vitest";

import { openAdmin } from "../src/admin.ts";
import { openMetrics } from "../src/metrics.ts";
import type { Health } from "../src/platform.ts";

const local = { host: "127.0.0.1", port: 0 };

const ask = async (health: Health | (() => Health), path: string, init?: RequestInit) => {
  await using admin = await openAdmin({
    address: local,
    metrics: openMetrics(),
    health: typeof health === "function" ? health : () => health,
  });
  const answer = await fetch(`http://127.0.0.1:${admin.address.port}${path}`, init);
  return { status: answer.status, body: await answer.text() };
};

const well: Health = { live: true, ready: true, reasons: [] };
const draining: Health = { live: true, ready: false, reasons: ["draining"] };
const dead: Health = { live: false, ready: false, reasons: ["partition 3 makes no step"] };

test.each([
  [well, "/livez", 200, "ok\n"],
  [well, "/readyz", 200, "ok\n"],
  [draining, "/livez", 200, "ok\n"],
  [draining, "/readyz", 503, "not ok\ndraining\n"],
  [dead, "/livez", 503, "not ok\npartition 3 makes no step\n"],
  [dead, "/readyz", 503, "not ok\npartition 3 makes no step\n"],
])("tells %o at %s as %i", async (health, path, status, body) => {
  expect(await ask(health, path)).toEqual({ status, body });
});

test("knows no other path and no other method, and outlives a health that throws", async () => {
  expect((await ask(well, "/")).status).toBe(404);
  expect((await ask(well, "/metrics", { method: "POST" })).status).toBe(405);
  expect(
    await ask(() => {
      throw new Error("secret");
    }, "/livez"),
  ).toEqual({ status: 500, body: "Health cannot be told\n" });
});

test("throws when the address is taken", async () => {
  await using first = await openAdmin({ address: local, metrics: openMetrics(), health: () => well });
  const second = openAdmin({ address: first.address, metrics: openMetrics(), health: () => well });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
});
