// Runs Sotto under a Node.js that fits (^24 || >=26). Sets up what is missing first: Node.js itself, then packages.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
const { arch, argv, env, platform, versions } = process;
const [here, root] = [join(argv[1], ".."), join(argv[1], "../../..")];
const fail = (why) => process.stderr.write(`${why}\n`) && process.exit(1);
// Stamped last with the lock that was installed: a broken try is tried again, the same lock never.
const install = (folder, proof, saying) => {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const [stamp, started] = [join(folder, "node_modules/.installed"), Date.now()];
  if (existsSync(stamp) && existsSync(proof) && readFileSync(stamp, "utf8") === lock) return;
  const fit = (p) => p.integrity && (!p.os || p.os.includes(platform)) && (!p.cpu || p.cpu.includes(arch));
  process.stderr.write(`${saying(Object.values(JSON.parse(lock).packages).filter(fit).length)} ... `);
  const args = ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync("npm", args, { env, encoding: "utf8", shell: platform === "win32" });
  const why = npm.error ?? (npm.stderr.trim() || "npm brought nothing: can it reach its registry?");
  if (npm.status !== 0 || !existsSync(proof)) fail(`failed\n${why}`);
  writeFileSync(stamp, lock);
  process.stderr.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
};
const fits = /^(24|2[6-9]|[3-9]\d)\./.test(versions.node); // 25 has no long support
const unfit = `Node ${versions.node} is too ${versions.node > "25" ? "short-lived" : "old"} for Sotto (needs 24)`;
const fetched = join(here, `node_modules/node-linux-${arch}/bin/node`);
if (!fits && !/^linux(x64|arm64)$/.test(platform + arch)) fail(`${unfit}: install it from nodejs.org`);
if (!fits) install(here, fetched, () => `${unfit}: fetching 24.21.0 from npm, once, 53 MB`);
const node = fits ? process.execPath : fetched;
env.PATH = [dirname(node), join(root, "node_modules/.bin"), env.PATH].join(delimiter);
env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ""} --disable-warning=ExperimentalWarning`; // of SQLite in the early 24
install(root, join(root, "node_modules/zod"), (n) => `Installing ${n} packages from package-lock.json`);
const tool = argv[2] === "--run" ? argv.splice(2, 2)[1] : null; // a tool runs in the project, a command where you are
const args = tool === null ? [join(root, "packages/cli/src/main.ts"), ...argv.slice(2)] : argv.slice(2);
const where = tool === null ? {} : { cwd: root, shell: platform === "win32" };
const child = spawn(tool ?? node, args, { stdio: "inherit", ...where });
// A terminal gives Ctrl-C to the child too: handed on, it would be the second, which ends at once.
const onSignal = (signal) => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
child.on("error", (error) => fail(`Cannot run ${tool ?? node}: ${error.code}`));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
