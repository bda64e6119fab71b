import { setTimeout as sleep } from "node:timers/promises";

import { auditLogOf, formatProof, openCheckpoint, prove } from "@sotto/audit";

import type { AuditPlatform, Told } from "../audit-trail.ts";

const lookMs = 200;

/**
 * The proof that an entry is in the signed log (C2SP tlog-proof: the checkpoint is in it), once the auditor has signed
 * that far; null when it has not within `waitMs`. Throws AuditLogError when the log does not hold.
 */
export const proveEntry = async (
  platform: AuditPlatform,
  { partition, index }: Pick<Told, "partition" | "index">,
  waitMs: number,
): Promise<string | null> => {
  const { auditStore: store, signer } = platform;
  const { origin, prefix } = auditLogOf(partition);
  const until = performance.now() + waitMs;
  for (;;) {
    const stored = await store.get(`${prefix}checkpoint`);
    if (stored !== null) {
      const head = openCheckpoint(stored.bytes, { origin, publicKey: signer.publicKey });
      if (head.size > index) {
        return formatProof({ index, proof: await prove({ store, prefix, head, index }), note: head.note });
      }
    }
    if (performance.now() >= until) return null;
    await sleep(lookMs);
  }
};
