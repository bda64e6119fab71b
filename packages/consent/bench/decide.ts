import { readFileSync } from "node:fs";

import { bundledPolicy, decide, type DecisionFacts } from "../src/index.ts";

interface Measured {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ratio: number;
}

/**
 * Decisions a second on one core: the worked rows in turn, and one typical row. The baseline of the same run is a
 * JSON round trip of the same facts, the least that anything does that takes them from somewhere.
 */
export const benchDecide = async (): Promise<Measured[]> => {
  const rows: { readonly id: string; readonly facts: DecisionFacts }[] = JSON.parse(
    readFileSync(new URL("../test/data/decisions.json", import.meta.url), "utf8"),
  );
  const all = rows.map((row) => row.facts);
  const typical = rows.find((row) => row.id === "TT-012")?.facts ?? all[0];
  if (!typical) throw new Error("No rows to decide");
  return [measure("decide, typical row", [typical]), measure("decide, all rows", all)];
};

const measure = (name: string, cases: readonly DecisionFacts[]): Measured => {
  const ours = median(() => rate(cases, (facts) => decide(facts, bundledPolicy)));
  const baseline = median(() => rate(cases, (facts) => JSON.parse(JSON.stringify(facts))));
  return {
    name,
    ours: Math.round(ours),
    baseline: Math.round(baseline),
    unit: "decisions/s",
    ratio: ours / baseline,
  };
};

const rate = (cases: readonly DecisionFacts[], act: (facts: DecisionFacts) => unknown): number => {
  const times = 20_000;
  const began = process.hrtime.bigint();
  for (let i = 0; i < times; i += 1) {
    const facts = cases[i % cases.length];
    if (facts) act(facts);
  }
  return (times / Number(process.hrtime.bigint() - began)) * 1e9;
};

const median = (run: () => number): number => {
  run();
  const runs = [run(), run(), run(), run(), run()].toSorted((a, b) => a - b);
  return runs[2] ?? 0;
};

if (import.meta.main) console.table(await benchDecide());
