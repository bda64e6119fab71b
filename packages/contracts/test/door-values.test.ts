import fc from "fast-check";
import { expect, test } from "vitest";

import { parseInstant } from "../src/index.ts";

test.each([
  ["2026-11-24T09:00:00Z", Date.UTC(2026, 10, 24, 9)],
  ["2026-11-24T09:00:00.5Z", Date.UTC(2026, 10, 24, 9, 0, 0, 500)],
  ["2026-11-24T09:00:00.123456789Z", Date.UTC(2026, 10, 24, 9, 0, 0, 123)],
  ["2026-11-24T10:00:00+01:00", Date.UTC(2026, 10, 24, 9)],
  ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
])("%s is a time", (text, at) => expect(parseInstant(text)).toBe(at));

test.each([
  "2026-11-24",
  "2026-11-24T09:00Z",
  "2026-11-24T09:00:00",
  "2026-11-24 09:00:00Z",
  "2026-11-24t09:00:00z",
  "2026-02-29T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-00-01T00:00:00Z",
  "2026-01-00T00:00:00Z",
  "2026-11-24T24:00:00Z",
  "2026-11-24T23:59:60Z",
  "2026-11-24T09:00:00+25:00",
  "1969-12-31T23:59:59Z",
  "+026-11-24T09:00:00Z",
  "2026-11-24T09:00:00Z\n",
  "",
  "now",
])("%j is none", (text) => expect(parseInstant(text)).toBeNull());

test("every millisecond since 1970 comes back as itself", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
      (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      },
    ),
  );
});
