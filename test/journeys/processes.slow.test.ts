import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openReader } from "@sotto/cli";
import { verifyLog, auditLogOf } from "@sotto/audit";
import { addSource } from "@sotto/ingest";
import {
  initPlatform,
  loadPolicy,
  openPlatform,
  projectRoot,
  settingsUnder,
  type Settings,
} from "@sotto/service";

import { aChat } from "./chat.ts";
import { shortTimes, source, until } from "./deployment.ts";

const services = ["ingest", "consent-gate", "transcriber", "redactor", "archiver", "auditor"] as const;
type Name = (typeof services)[number];

/** Every service a process of its own, on one log: as containers run them. */
const spawnAll = (env: Record<string, string>) => {
  const running = new Map<Name, ChildProcess>();
  const begin = (name: Name): void => {
    const main = join(projectRoot, "services", name, "src/main.ts");
    running.set(
      name,
      spawn(process.execPath, [main], { env: { ...env, SOTTO_ADMIN: "127.0.0.1:0" }, stdio: "ignore" }),
    );
  };
  const end = async (name: Name, signal: NodeJS.Signals): Promise<number | null> => {
    const child = running.get(name);
    if (!child) throw new Error(`${name} does not run`);
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
    running.delete(name);
    return child.exitCode;
  };
  for (const name of services) begin(name);
  return {
    begin,
    end,
    [Symbol.dispose]: () => {
      for (const child of running.values()) child.kill("SIGKILL");
    },
  };
};

const policyFolder = async (folder: string): Promise<string> => {
  const policy = join(folder, "policy");
  await cp(join(projectRoot, "policy"), policy, { recursive: true });
  const { timing } = await shortTimes();
  await writeFile(join(policy, "timing.json"), JSON.stringify(timing));
  const retention = JSON.parse(await readFile(join(policy, "retention.json"), "utf8")) as object;
  await writeFile(join(policy, "retention.json"), JSON.stringify({ ...retention, rawHours: 0 }));
  return policy;
};

const environment = (s: Settings, policy: string, port: number): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  SOTTO_LOG: `file:${s.log.path}`,
  SOTTO_ARCHIVE: `file:${s.archive.path}`,
  SOTTO_KEYS: `file:${s.keys.path}`,
  SOTTO_AUDIT: `file:${s.audit.path}`,
  SOTTO_KMS: `file:${s.kms.path}`,
  SOTTO_SIGNING_KEY: `file:${s.signingKey.path}`,
  SOTTO_POLICY: policy,
  SOTTO_HTTP: `127.0.0.1:${port}`,
});

test("3: six processes share one log; one is killed while it works, and every turn still has one end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-processes-"));
  const settings = settingsUnder(folder, { policy: await policyFolder(folder) });
  const policy = await loadPolicy(settings.policy);
  await initPlatform(settings, { policy });
  await using platform = await openPlatform(settings, {
    policy,
    tables: false,
    destination: { write: () => undefined },
  });
  const { credential } = await addSource(platform.keyStore, { source, tenant: "acme", lines: ["support"] });
  const port = 20_000 + (process.pid % 20_000);
  const url = `http://127.0.0.1:${port}/v1/events`;
  using all = spawnAll(environment(settings, settings.policy, port));
  await until("the door is open", async () =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
  const post = async (events: readonly object[]) => {
    const headers = {
      "content-type": "application/cloudevents-batch+json",
      authorization: `Bearer ${credential}`,
    };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(events) });
    expect(answer.status).toBe(202);
  };
  const chats = Array.from({ length: 12 }, (_, i) =>
    aChat({ subject: `chat-${i}`, texts: ["one", "two", "three", "four", "five"] }),
  );
  for (const chat of chats) await post([...chat.opening(), chat.consent("given", 5), ...chat.turns()]);
  await all.end("consent-gate", "SIGKILL");
  await all.end("redactor", "SIGKILL");
  all.begin("consent-gate");
  all.begin("redactor");
  for (const chat of chats) await post([chat.ending()]);
  const read = openReader(platform.log);
  await until(
    "every turn has an end",
    async () => {
      const { account: a } = await read();
      return a.accepted === 60 && a.ends.archived === 60 && a.surplus === 0;
    },
    60_000,
  );
  const exits = [];
  for (const name of ["ingest", "consent-gate", "transcriber", "redactor", "archiver", "auditor"] as const)
    exits.push(await all.end(name, "SIGTERM"));
  expect(exits).toEqual([0, 0, 0, 0, 0, 0]);
  const { origin, prefix } = auditLogOf(0);
  expect(
    await verifyLog({ store: platform.auditStore, origin, prefix, publicKey: platform.signer.publicKey }),
  ).toMatchObject({ ok: true, problems: [] });
  await rm(folder, { recursive: true, force: true });
});
