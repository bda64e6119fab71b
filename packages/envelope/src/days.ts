/** The UTC day of that time as a number: 20261124. */
export const dayOf = (ms: number): number => {
  const date = new Date(ms);
  return yearOf(ms) * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
};

/** The UTC year of that time. */
export const yearOf = (ms: number): number => new Date(ms).getUTCFullYear();

/** "2026-11-24" of 20261124; null for what is no day. */
export const formatDay = (day: number): string | null => {
  const text = String(day).padStart(8, "0");
  if (!/^[0-9]{8}$/.test(text)) return null;
  const dashed = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  const ms = Date.parse(`${dashed}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  return Number.isNaN(ms) || dayOf(ms) !== day ? null : dashed;
};
