import fc from "fast-check";
import { expect, test } from "vitest";

import { formatDay } from "../src/days.ts";
import { dayOf, yearOf } from "../src/index.ts";

test.each([
  ["2026-11-24T00:00:00.000Z", 20_261_124, 2026],
  ["2026-11-24T23:59:59.999Z", 20_261_124, 2026],
  ["2026-12-31T23:59:59.999Z", 20_261_231, 2026],
  ["2027-01-01T00:00:00.000Z", 20_270_101, 2027],
  ["2028-02-29T12:00:00.000Z", 20_280_229, 2028],
])("%s is day %i of year %i", (time, day, year) => {
  expect(dayOf(Date.parse(time))).toBe(day);
  expect(yearOf(Date.parse(time))).toBe(year);
});

test("writes any day of four-digit years as its date", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (ms) => {
      expect(formatDay(dayOf(ms))).toBe(new Date(ms).toISOString().slice(0, 10));
    }),
  );
});

test.each([
  0,
  2026,
  20_261_301,
  20_260_230,
  20_270_229,
  20_261_100,
  202_611_245,
  -20_261_124,
  Number.NaN,
  1.5,
])("%d is no day", (day) => expect(formatDay(day)).toBeNull());
