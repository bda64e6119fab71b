import { withheldReasons } from "@sotto/contracts";
import { expect, test } from "vitest";

import { bundledFiles, bundledPolicy, decide, parsePolicy, PolicyError } from "../src/index.ts";
import { resolve } from "../src/places.ts";
import { compareVersions } from "../src/read-consent.ts";
import { aCase } from "./a-case.ts";

const changed = (name: keyof typeof bundledFiles, change: (file: never) => void): Record<string, unknown> => {
  const files = structuredClone(bundledFiles);
  change(files[name] as never);
  return files;
};

const problemsOf = (files: Readonly<Record<string, unknown>>): readonly string[] => {
  try {
    parsePolicy(files);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
};

test("the policy that comes along is usable and ranks every reason that there is", () => {
  const ranked = Object.values(bundledPolicy.grounds).toSorted((a, b) => a.rank - b.rank);
  const inOrder = ranked.filter(({ key }) => !key.endsWith("@discard")).map(({ reason }) => reason);
  expect(inOrder).toEqual([...withheldReasons]);
  expect(Object.keys(bundledPolicy.jurisdictions.rows)).toHaveLength(96);
  expect(Object.keys(bundledPolicy.purposes)).toHaveLength(15);
});

test("every row and every reason names its sources", () => {
  for (const { sources, statute } of Object.values(bundledPolicy.jurisdictions.rows)) {
    expect(sources.length).toBeGreaterThan(0);
    expect(statute).not.toBe("");
  }
  for (const { sources } of Object.values(bundledPolicy.grounds)) expect(sources.length).toBeGreaterThan(0);
});

test("the digest changes with any byte that matters, and not with the order of keys", () => {
  const { digest } = bundledPolicy;
  const reordered = Object.fromEntries(Object.entries(bundledFiles).toReversed());
  expect(parsePolicy(reordered).digest).toBe(digest);
  const other = changed("timing", (file: { lingerMs: number }) => (file.lingerMs += 1));
  expect(parsePolicy(other).digest).not.toBe(digest);
  expect(decide(aCase(), parsePolicy(other)).policy.digest).not.toBe(digest);
});

test("tells everything that is wrong at once", () => {
  const files = changed("lines", (file: { lines: Record<string, object> }) => {
    file.lines["support"] = { ...file.lines["support"], purposes: ["gossip"], processors: ["nobody"] };
  });
  expect(problemsOf(files)).toEqual([
    "lines/support/purposes: gossip is not known",
    "lines/support/processors: nobody is not known",
  ]);
  expect(() => parsePolicy(files)).toThrow("gossip is not known; lines/support/processors");
});

test.each([
  ["a file is missing", { ...bundledFiles, timing: undefined }, "timing"],
  ["a file is unknown", { ...bundledFiles, wishes: {} }, "wishes"],
  [
    "a field is unknown",
    changed("timing", (file: Record<string, unknown>) => (file["hurry"] = true)),
    "hurry",
  ],
  ["a time is negative", changed("timing", (file: { holdMs: number }) => (file.holdMs = -1)), "holdMs"],
  [
    "a row without sources",
    changed("jurisdictions", (file: typeof bundledFiles.jurisdictions) => (file.rows["DE"].sources = [])),
    "DE",
  ],
  [
    "a row of a family nobody knows",
    changed("jurisdictions", (file: typeof bundledFiles.jurisdictions) => (file.rows["DE"].family = "mars")),
    "mars",
  ],
  [
    "a rule on third parties nobody knows",
    changed(
      "jurisdictions",
      (file: typeof bundledFiles.jurisdictions) => (file.rows["DE"].thirdParty = "whatever"),
    ),
    "whatever",
  ],
  [
    "no row for the unknown",
    changed("jurisdictions", (file: { rows: Record<string, unknown> }) => delete file.rows["ZZ"]),
    "ZZ",
  ],
  [
    "a family without a demand",
    changed(
      "purposes",
      (file: { requirements: { ordinary: { byFamily: Record<string, unknown> } } }) =>
        delete file.requirements.ordinary.byFamily["eu"],
    ),
    "eu",
  ],
  [
    "a reason that is not ranked",
    changed("rules", (file: { precedence: unknown[] }) => file.precedence.shift()),
    "LEDGER_UNAVAILABLE",
  ],
  [
    "a reason nobody gives",
    changed(
      "rules",
      (file: typeof bundledFiles.rules) =>
        (file.precedence[0] = { ...file.precedence[0], reason: "BAD_MOOD" } as never),
    ),
    "BAD_MOOD",
  ],
  [
    "a notice without its current version",
    changed("notices", (file: typeof bundledFiles.notices) => (file.notices["chat-privacy"].current = "9")),
    "9",
  ],
  [
    "a role for a purpose nobody knows",
    changed("roles", (file: typeof bundledFiles.roles) => (file.roles.analyst.purposes = ["gossip"])),
    "gossip",
  ],
])("refuses a policy in which %s", (_title, files, named) => {
  expect(problemsOf(files).join("\n")).toContain(named);
});

test.each([
  ["US-CA", "US-CA"],
  ["US-PR", "US"],
  ["DE-BY", "DE"],
  ["CA", "CA"],
  ["CA-MB", "CA"],
  ["SI", "EU"],
  ["SI-061", "EU"],
  ["IS", "EU"],
  ["XX", "ZZ"],
  ["constructor", "ZZ"],
  ["", "ZZ"],
])("the row of %s is %s", (code, row) => {
  expect(resolve(code, bundledPolicy).code).toBe(row);
});

test.each([
  ["5", "4", 1],
  ["10", "9", 1],
  ["4", "4", 0],
  ["4.0", "4", 0],
  ["4", "4.0.1", -1],
  ["3.9", "4", -1],
  ["spring", "spring", 0],
  ["summer", "spring", -1],
])("version %s against %s", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
