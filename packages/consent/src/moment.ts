import type { Moment } from "./decision.ts";

/** Epoch milliseconds; null when nothing is there or what is there is no time. */
export const timeOf = (moment: Moment | null | undefined): number | null => {
  if (moment === null || moment === undefined) return null;
  const time = typeof moment === "number" ? moment : Date.parse(moment);
  return Number.isNaN(time) ? null : time;
};
