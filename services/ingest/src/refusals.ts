import { randomUUID } from "node:crypto";

import { deriveId, version, type AuditEvent } from "@sotto/contracts";

import type { Refusal } from "./problem.ts";
import type { Sender } from "./sources.ts";

/** Refusals on their way to the audit log, added up by source and reason: a flood of them is one entry a second each. */
export interface Refusals extends AsyncDisposable {
  /** `kind`: of the event, when it has one of ours. */
  add(
    sender: Sender | null,
    refusal: Refusal,
    o: { readonly kind?: string | undefined; readonly bytes: number },
  ): void;
}

interface Sum {
  readonly sender: Sender | null;
  readonly reason: Refusal["reason"];
  readonly types: Record<string, number>;
  bytes: number;
}

/**
 * Publishes what was added every `everyMs`, and once more when disposed. What cannot be published is tried again as it
 * is, ids and all, while new refusals add up behind it: by registered source and closed reason, so bounded whoever sends.
 */
export const openRefusals = (o: {
  readonly publish: (events: AuditEvent[]) => Promise<void>;
  readonly now: () => number;
  readonly everyMs: number;
  readonly failed: (error: unknown) => void;
}): Refusals => {
  const run = randomUUID();
  const sums = new Map<string, Sum>();
  let pending: AuditEvent[] = [];
  let flushes = 0;
  let flushing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    if (pending.length === 0) {
      flushes += 1;
      pending = [...sums.values()].map((sum) => entryOf(sum, `${run}/${flushes}`, o.now()));
      sums.clear();
    }
    if (pending.length === 0) return;
    try {
      await o.publish(pending);
      pending = [];
    } catch (error) {
      o.failed(error);
    }
  };
  const timer = setInterval(() => {
    flushing = flushing.then(flush);
  }, o.everyMs);
  timer.unref();
  return {
    add: (sender, { reason }, { kind = "unknown", bytes }) => {
      const key = `${reason} ${sender?.source ?? ""}`;
      const sum = sums.get(key) ?? { sender, reason, types: {}, bytes: 0 };
      sum.types[kind] = (sum.types[kind] ?? 0) + 1;
      sum.bytes += bytes;
      sums.set(key, sum);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      // Twice: what failed before, and what came since.
      await flushing.then(flush).then(flush);
    },
  };
};

const entryOf = ({ sender, reason, types, bytes }: Sum, flush: string, at: number): AuditEvent => ({
  id: deriveId("a", "event.refused", flush, reason, sender?.source ?? null),
  at,
  service: "ingest",
  version,
  tenant: sender?.tenant ?? null,
  line: null,
  type: "sotto.audit.event.refused.v1",
  source: sender?.source ?? null,
  reason,
  types,
  bytes,
});
