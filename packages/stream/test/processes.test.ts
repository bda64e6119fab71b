import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import type { Lease } from "../src/log-client.ts";
import { aLab, readAll, text, topic, until } from "./lab.ts";

const script = fileURLToPath(new URL("./other-process.ts", import.meta.url));

test("processes that append at once share offsets without a gap, each in its own order", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const others = ["b", "c"].map(
    (who) =>
      new Promise((resolve) => {
        fork(script, ["append", lab.file, who, "150"], { execArgv: [] }).on("exit", resolve);
      }),
  );
  const mine = async (): Promise<void> => {
    for (let n = 0; n < 150; n += 1)
      await log.append([{ topic: "in", key: "k", value: Buffer.from(`a${n}`) }]);
  };
  const [, ...codes] = await Promise.all([mine(), ...others]);
  expect(codes).toEqual([0, 0]);
  const records = await readAll(log, "in");
  expect(records.map(({ offset }) => offset)).toEqual([...Array(450).keys()]);
  for (const who of ["a", "b", "c"]) {
    const theirs = records.map(({ value }) => text(value)).filter((value) => value.startsWith(who));
    expect(theirs).toEqual(Array.from({ length: 150 }, (_, n) => `${who}${n}`));
  }
});

test("7. a member whose process is killed loses its leases after its session, not before", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("in")]);
  const child = fork(script, ["join", lab.file], { execArgv: [] });
  await new Promise((resolve) => child.once("message", resolve));
  const leases: Lease[] = [];
  await log.join({
    group: "g",
    topics: ["in"],
    sessionMs: 600,
    assigned: (lease) => leases.push(lease),
    revoked: async () => undefined,
  });
  expect(leases).toEqual([]);
  const killed = performance.now();
  child.kill("SIGKILL");
  await until("taken over", () => leases.length === 1);
  expect(performance.now() - killed).toBeGreaterThan(400);
  expect(leases[0]?.epoch).toBe(2);
});
