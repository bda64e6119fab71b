import { createHash } from "node:crypto";

import { topics } from "@sotto/contracts";

import type { Headers, OutRecord } from "./log-client.ts";

/** A record as it lay on the log, put where an operator finds it: sealed as it came, with reason, origin and digest. */
export const quarantineRecord = (
  record: { readonly key: string | null; readonly value: Uint8Array | null; readonly headers: Headers },
  reason: string,
  origin: { readonly topic: string; readonly partition: number; readonly offset: number },
): OutRecord => ({
  topic: topics.quarantine.name,
  key: record.key ?? "-",
  value: record.value,
  headers: [
    ["reason", Buffer.from(reason, "utf8")],
    ["origin", Buffer.from(`${origin.topic}/${origin.partition}/${origin.offset}`, "utf8")],
    ["digest", Buffer.from(sealedDigest(record.value), "utf8")],
    ...record.headers.map(([name, value]) => [`was_${name}`, value] as const),
  ],
});

/** SHA-256 of a sealed value, base64url: names it without telling anything of it. */
export const sealedDigest = (value: Uint8Array | null): string =>
  createHash("sha256")
    .update(value ?? new Uint8Array())
    .digest("base64url");
