import { openEmbeddedLog } from "../src/embedded-log.ts";

/** A second process on a log file, for tests: `append FILE WHO COUNT`, or `join FILE` until it is killed. */
const [what = "", file = "", who = "", count = "0"] = process.argv.slice(2);
const log = await openEmbeddedLog({ file, now: Date.now, pollMs: 10 });

if (what === "append") {
  for (let n = 0; n < Number(count); n += 1) {
    const [ack] = await log.append([{ topic: "in", key: "k", value: Buffer.from(`${who}${n}`) }]);
    if (ack?.ok !== true) throw new Error("Cannot append");
  }
  await log[Symbol.asyncDispose]();
  process.disconnect();
} else {
  await log.join({
    group: "g",
    topics: ["in"],
    sessionMs: 600,
    assigned: () => process.send?.("assigned"),
    revoked: async () => undefined,
  });
}
