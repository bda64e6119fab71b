import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot, type Settings } from "@sotto/service";

import { shortTimes } from "./deployment.ts";

/** Which services share a process: the three of a small deployment. */
export const groups = {
  door: ["ingest"],
  gate: ["consent-gate", "transcriber"],
  rest: ["redactor", "archiver", "auditor"],
} as const;
export type Group = keyof typeof groups;
const names = Object.keys(groups) as Group[];

export interface ProcessGroup extends Disposable {
  /** Ends that process as a power cut would, and starts it again; resolves when the new one is on its way. */
  kill(name: Group): Promise<void>;
  /** Asks all to stop; answers their exit codes. */
  stop(): Promise<(number | null)[]>;
}

/** Three processes on one deployment, so far from its log; what they print goes to files in `folder`. */
export const startGroups = (o: {
  readonly folder: string;
  readonly farMs: number;
  readonly env: Readonly<Record<string, string>>;
}): ProcessGroup => {
  const { folder, farMs, env } = o;
  const running = new Map<Group, ChildProcess>();
  const begin = (name: Group): void => {
    const out = openSync(join(folder, `${name}.txt`), "a");
    const script = join(import.meta.dirname, "some-services.ts");
    running.set(
      name,
      spawn(process.execPath, [script, String(farMs), ...groups[name]], { env, stdio: ["ignore", out, out] }),
    );
    closeSync(out);
  };
  const end = async (name: Group, signal: NodeJS.Signals): Promise<number | null> => {
    const child = running.get(name);
    if (!child) throw new Error(`${name} does not run`);
    if (child.exitCode !== null) throw new Error(`${name} ended by itself with ${child.exitCode}`);
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  for (const name of names) begin(name);
  return {
    kill: async (name) => {
      await end(name, "SIGKILL");
      begin(name);
    },
    stop: async () => {
      const codes: (number | null)[] = [];
      for (const name of names) codes.push(await end(name, "SIGTERM"));
      return codes;
    },
    [Symbol.dispose]: () => {
      for (const child of running.values()) child.kill("SIGKILL");
    },
  };
};

/** The policy in a folder of its own, with times short enough to wait for. */
export const writePolicy = async (folder: string, o: { readonly holdMs: number }): Promise<string> => {
  const policy = join(folder, "policy");
  await cp(join(projectRoot, "policy"), policy, { recursive: true });
  const { timing } = await shortTimes();
  const times = { ...timing, holdMs: o.holdMs, notStartedMs: o.holdMs, tickMs: 200 };
  await writeFile(join(policy, "timing.json"), JSON.stringify(times));
  const retention = JSON.parse(await readFile(join(policy, "retention.json"), "utf8")) as object;
  await writeFile(join(policy, "retention.json"), JSON.stringify({ ...retention, rawHours: 0 }));
  return policy;
};

export const environmentOf = (s: Settings, port: number): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  SOTTO_LOG: `file:${s.log.path}`,
  SOTTO_ARCHIVE: `file:${s.archive.path}`,
  SOTTO_KEYS: `file:${s.keys.path}`,
  SOTTO_AUDIT: `file:${s.audit.path}`,
  SOTTO_KMS: `file:${s.kms.path}`,
  SOTTO_SIGNING_KEY: `file:${s.signingKey.path}`,
  SOTTO_POLICY: s.policy,
  SOTTO_HTTP: `127.0.0.1:${port}`,
  SOTTO_ADMIN: "127.0.0.1:0",
});
