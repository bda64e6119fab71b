import { z } from "zod";

/** RFC 3339, UTC, milliseconds: the one way a document writes a time. */
export const timestamp = z.iso.datetime({ precision: 3 });

export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
