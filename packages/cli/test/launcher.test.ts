import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

const launcher = resolve(import.meta.dirname, "../../../infra/node/launch.mjs");
// The blank is there on purpose: people have them in their paths.
const root = mkdtempSync(join(tmpdir(), "sotto launch-"));
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};

/** A project of one package, which comes out of a folder, so that nothing is fetched. */
beforeAll(() => {
  const project = { name: "p", version: "1.0.0", dependencies: { zod: "file:./lib" } };
  const lib = { name: "zod", version: "1.0.0", bin: { tool: "tool.js" } };
  const packages = { "": project, lib, "node_modules/zod": { resolved: "lib", link: true } };
  write("package.json", JSON.stringify(project));
  write("package-lock.json", JSON.stringify({ name: "p", version: "1.0.0", lockfileVersion: 3, packages }));
  write("lib/package.json", JSON.stringify(lib));
  write(
    "lib/tool.js",
    `#!/usr/bin/env node\nconsole.log("tool", process.argv.slice(2).join("|"), process.cwd());\n`,
  );
  write(
    "packages/cli/src/main.ts",
    `const args: string[] = process.argv.slice(2);
     if (args[0] === "wait") {
       process.on("SIGTERM", () => process.exit(9));
       setTimeout(() => {}, 20_000);
     }
     console.log(JSON.stringify({ args, cwd: process.cwd(), node: process.version }));
     if (args[0] === "exit") process.exit(Number(args[1]));
     if (args[0] === "die") process.kill(process.pid, "SIGKILL");`,
  );
  mkdirSync(join(root, "infra/node"), { recursive: true });
  copyFileSync(launcher, join(root, "infra/node/launch.mjs"));
});
afterAll(() => rmSync(root, { recursive: true }));

const launch = async (
  args: readonly string[],
  o: { readonly preload?: string; readonly onLine?: (kill: (signal: NodeJS.Signals) => void) => void } = {},
) => {
  const preload =
    o.preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(o.preload)}`];
  const PATH = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(process.execPath, [...preload, join(root, "infra/node/launch.mjs"), ...args], {
    cwd: tmpdir(),
    env: { ...process.env, PATH, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out.push(text);
    o.onLine?.((signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const code = await new Promise((done) => child.once("close", done));
  return { code, out: out.join(""), err: err.join("") };
};

test("installs once, says so on one line, and runs the command where it was called", async () => {
  const first = await launch(["send", "a b"]);
  expect(first.err).toMatch(/^Installing 0 packages from package-lock\.json \.\.\. \d+ s\n$/);
  expect(JSON.parse(first.out)).toEqual({ args: ["send", "a b"], cwd: tmpdir(), node: process.version });
  const second = await launch(["send"]);
  expect(second).toMatchObject({ code: 0, err: "" });
});

test("keeps the exit code, and tells a killed command from one that ended", async () => {
  expect((await launch(["exit", "7"])).code).toBe(7);
  expect((await launch(["die"])).code).toBe(137);
});

test("hands a signal on and waits for the command to drain", async () => {
  const { code } = await launch(["wait"], { onLine: (kill) => kill("SIGTERM") });
  expect(code).toBe(9);
});

test("runs a tool of the project in the project", async () => {
  const { code, out } = await launch(["--run", "tool", "x y"]);
  expect([code, out]).toEqual([0, `tool x y ${root}\n`]);
  expect(await launch(["--run", "no-such-tool"])).toMatchObject({
    code: 1,
    err: "Cannot run no-such-tool: ENOENT\n",
  });
});

const machine = (node: string, platform: string): string =>
  `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });
   Object.defineProperty(process, "platform", { value: "${platform}" });`;

test.each([
  ["20.20.2", "darwin", "Node 20.20.2 is too old for Sotto (needs 24): install it from nodejs.org\n"],
  ["25.1.0", "win32", "Node 25.1.0 is too short-lived for Sotto (needs 24): install it from nodejs.org\n"],
])("says in one sentence what to install: Node %s on %s", async (node, platform, sentence) => {
  expect(await launch([], { preload: machine(node, platform) })).toEqual({ code: 1, out: "", err: sentence });
});

test("takes Node 26 as it is", async () => {
  expect(await launch(["x"], { preload: machine("26.0.0", "darwin") })).toMatchObject({ code: 0, err: "" });
});
