import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

import { expect, test } from "vitest";

const module = resolve(import.meta.dirname, "../src/crash.ts");

test.each([
  ["a throw out of a timer", `setTimeout(() => { throw new TypeError("card 4111"); })`],
  ["a promise that nobody waits for", `void (async () => { throw new TypeError("card 4111"); })()`],
])("ends with 1 at %s, and says where without what it quotes", (_, bug) => {
  const script = `import { endOnBug } from ${JSON.stringify(module)}; endOnBug(); ${bug};`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^Stopped by a fault of ours: TypeError\n {4}at /);
  expect(stderr).not.toContain("4111");
});
