import { createHash } from "node:crypto";

import { maxEntryBytes } from "@sotto/audit";
import type { LogRecord } from "@sotto/stream";

/**
 * The log entry of a record: its value. A record that no entry bundle holds (longer than 65,535 bytes, or none at all)
 * is kept by size and digest: leaf n stays the record at offset n, and one such record cannot stop the log for all.
 * The same record gives the same entry.
 */
export const entryOf = ({ offset, value }: Pick<LogRecord, "offset" | "value">): Uint8Array => {
  if (value !== null && value.length <= maxEntryBytes) return value;
  const sha256 = value === null ? null : createHash("sha256").update(value).digest("base64url");
  const unfit = { type: "sotto.audit.record.unfit.v1", offset, bytes: value?.length ?? null, sha256 };
  return Buffer.from(JSON.stringify(unfit), "utf8");
};
