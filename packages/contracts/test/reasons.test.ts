import { expect, test } from "vitest";

import {
  admitReasons,
  consentReasons,
  endReasons,
  quarantineReasons,
  refusalReasons,
  withheldReasons,
} from "../src/index.ts";

test.each([
  ["withheld", withheldReasons],
  ["admit", admitReasons],
  ["consent", consentReasons],
  ["quarantine", quarantineReasons],
  ["refusal", refusalReasons],
  ["end", endReasons],
])("the list of %s reasons names each once, as a metric's label can carry it", (_, reasons) => {
  expect(new Set(reasons).size).toBe(reasons.length);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z][A-Z_]{1,59}$/);
});

test("a reason to admit is never a reason to withhold", () => {
  expect(admitReasons.filter((reason) => new Set<string>(withheldReasons).has(reason))).toEqual([]);
});
