import { z } from "zod";

/** RFC 3339 §5.6 with an upper-case T and Z, fraction of any length; leap seconds are not taken (no epoch ms has one). */
const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Epoch ms of an RFC 3339 time, fractions below a millisecond cut; null when it is none, or before 1970. */
export const parseInstant = (text: string): number | null => {
  const match = rfc3339.exec(text);
  if (!match) return null;
  const [, year, month, day] = match.map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  // Date.parse takes 30 February for 2 March.
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return null;
  const at = Date.parse(text);
  return Number.isNaN(at) || at < 0 ? null : at;
};

/** A time at the door: RFC 3339 in, epoch ms out. */
export const instant = z
  .string()
  .max(40)
  .transform((text, context): number => {
    const at = parseInstant(text);
    if (at !== null) return at;
    context.addIssue({ code: "custom", message: "not an RFC 3339 time" });
    return z.NEVER;
  });

/** `/{vendor}/{account}`: a sender as it is registered; it stands in headers and in the audit log, in clear. */
export const sourceName = z
  .string()
  .max(200)
  .regex(/^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~@:-]+)+$/);
/** An id as the vendor gives it: anything, kept only as content. */
export const vendorId = z.string().min(1).max(256);
/** A word of a closed vocabulary that is not ours to close: policy ids, model names, media kinds. */
export const code = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/);
/** BCP 47, the shape only. */
export const language = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  .max(35);
/** ISO 3166-1 alpha-2, or 3166-2. */
export const jurisdiction = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/);
/** A reference of the vendor's: opaque, kept only as content. */
export const reference = z.string().min(1).max(2000);
export const name = z.string().max(500);
export const offsetMs = z.int().min(0);
