import { spawn } from "node:child_process";
import { resolve } from "node:path";

import { expect, test } from "vitest";

const module = resolve(import.meta.dirname, "../src/signals.ts");

/** Runs a process that waits for a signal and then drains for `drainMs`; answers what it said and how it ended. */
const run = async (
  o: { readonly drainMs: number; readonly drainSeconds?: number },
  act: (kill: (signal: NodeJS.Signals) => void, line: string) => void,
) => {
  const script = `
    import { untilSignal } from ${JSON.stringify(module)};
    setTimeout(() => {}, 20_000);
    const signal = untilSignal(${JSON.stringify({ drainSeconds: o.drainSeconds })});
    console.log("up");
    console.log(await signal);
    setTimeout(() => { console.log("drained"); process.exit(0); }, ${o.drainMs});
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      act((signal) => child.kill(signal), line);
    }
  });
  const code = await new Promise((done) => child.once("close", done));
  return { lines, code };
};

test.each(["SIGTERM", "SIGINT"] as const)("drains at the first %s", async (signal) => {
  const { lines, code } = await run({ drainMs: 150 }, (kill, line) => line === "up" && kill(signal));
  expect(lines).toEqual(["up", signal, "drained"]);
  expect(code).toBe(0);
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("ends at once at a second %s", async (signal, expected) => {
  const { lines, code } = await run({ drainMs: 10_000 }, (kill, line) => {
    if (line === "up") kill(signal);
    else setTimeout(() => kill(signal), 200);
  });
  expect(lines).toEqual(["up", signal]);
  expect(code).toBe(expected);
});

test("takes the same signal passed on by a parent for the first one still", async () => {
  const { lines, code } = await run({ drainMs: 300 }, (kill, line) => {
    if (line !== "up") return;
    kill("SIGTERM");
    setTimeout(() => kill("SIGTERM"), 20);
  });
  expect(lines.at(-1)).toBe("drained");
  expect(code).toBe(0);
});

test("gives up a drain that takes too long", async () => {
  const { lines, code } = await run(
    { drainMs: 10_000, drainSeconds: 0.2 },
    (kill, line) => line === "up" && kill("SIGTERM"),
  );
  expect(lines).toEqual(["up", "SIGTERM"]);
  expect(code).toBe(1);
});
