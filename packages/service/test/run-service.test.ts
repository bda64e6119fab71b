import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, expect, test } from "vitest";

import { initPlatform } from "../src/init.ts";
import { settingsUnder } from "../src/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

const index = resolve(import.meta.dirname, "../src/index.ts");
const settings = settingsUnder(folder);

/** A port that was free just now. */
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

/** A process whose service takes a while to start and a while to drain. */
const serve = async (
  port: number,
  onOut: (text: string, kill: (signal: NodeJS.Signals) => void) => Promise<void>,
) => {
  const script = `
    import { runService } from ${JSON.stringify(index)};
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    await runService(process.env, async () => {
      console.log("starting");
      await pause(400);
      return {
        health: () => ({ live: true, ready: true, reasons: [] }),
        [Symbol.asyncDispose]: async () => { await pause(400); console.log("drained"); },
      };
    });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: {
      SOTTO_LOG: `file:${settings.log.path}`,
      SOTTO_ARCHIVE: `file:${settings.archive.path}`,
      SOTTO_KEYS: `file:${settings.keys.path}`,
      SOTTO_AUDIT: `file:${settings.audit.path}`,
      SOTTO_KMS: `file:${settings.kms.path}`,
      SOTTO_SIGNING_KEY: `file:${settings.signingKey.path}`,
      SOTTO_ADMIN: `127.0.0.1:${port}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  const acts: Promise<void>[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    acts.push(onOut(text, (signal) => child.kill(signal)));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise((done) => child.once("close", done));
  await Promise.all(acts);
  return { code, out, err };
};

test("ends with 2 and a sentence where nothing was made", async () => {
  const { code, out, err } = await serve(await freePort(), () => Promise.resolve());
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^Not initialised: .*Run \.\/sotto init/);
});

test("answers probes from the start to the end of the drain, and drains at SIGTERM", async () => {
  await initPlatform(settings);
  const port = await freePort();
  const probes: string[] = [];
  const probe = async (): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    probes.push(`${answer.status} ${(await answer.text()).trim().replace("\n", ": ")}`);
  };
  const { code, out, err } = await serve(port, async (text, kill) => {
    if (text.includes("starting")) await probe();
    if (text.includes('"started"')) {
      await probe();
      kill("SIGTERM");
    }
    if (text.includes('"draining"')) await probe();
  });
  expect(probes).toEqual(["503 not ok: starting", "200 ok", "503 not ok: draining"]);
  expect(out.trim().split("\n").at(-1)).toBe("drained");
  expect([code, err]).toEqual([0, ""]);
});
