/** `npm run bench [-- --json] [-- --turns N]`: what is fast here, each against a baseline in the same run. */
import { parseArgs } from "node:util";

import { benchDecide } from "../../packages/consent/bench/decide.ts";
import { benchSeal } from "../../packages/envelope/bench/seal.ts";
import { benchRedact } from "../../packages/redaction/bench/redact.ts";
import { benchLog } from "../../packages/stream/bench/log.ts";
import { benchPipeline } from "./pipeline.ts";

export interface BenchResult {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ratio: number;
}

const { values } = parseArgs({
  options: { json: { type: "boolean" }, turns: { type: "string", default: "10000" } },
});
const rooms: readonly (readonly [string, () => Promise<readonly BenchResult[]>])[] = [
  ["seal and open", benchSeal],
  ["decide", benchDecide],
  ["redaction", benchRedact],
  ["log", benchLog],
  ["pipeline", () => benchPipeline(Number(values.turns))],
];
const results: BenchResult[] = [];
for (const [room, run] of rooms) {
  process.stderr.write(`${room} …\n`);
  results.push(...(await run()));
}
const round = (n: number): string =>
  Number.isNaN(n) ? "–" : n >= 100 ? Math.round(n).toLocaleString("en-GB") : n.toFixed(2);
if (values.json) console.log(JSON.stringify({ node: process.version, results }));
else {
  const rows = results.map((r) => [r.name, round(r.ours), round(r.baseline), r.unit, round(r.ratio)]);
  const all = [["", "ours", "baseline", "", "ratio"], ...rows];
  const width = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  for (const row of all)
    console.log(
      row
        .map((cell, i) => (i === 0 || i === 3 ? cell.padEnd(width[i] ?? 0) : cell.padStart(width[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    );
}
