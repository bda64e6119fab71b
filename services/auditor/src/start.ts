import { AuditLogError, auditLogOf, openAuditLog } from "@sotto/audit";
import { topics } from "@sotto/contracts";
import type { Health, Platform, Service } from "@sotto/service";
import type { Lease, Membership } from "@sotto/stream";

import { follow, type Pace, type Progress } from "./follow.ts";

export type { Pace };

export interface AuditorHealth extends Health {
  /** How long the oldest entry that was read waits for a checkpoint; 0 when all are signed. */
  readonly checkpointAgeMs: number;
  /** Entries under the newest checkpoints of the partitions that this process keeps. */
  readonly signed: number;
}

const usual: Pace = { entries: 256, ms: 1_000, drainMs: 10_000 };
const sessionMs = 10_000;
/** A checkpoint this late is no longer a matter of pace. */
const lateMs = 30_000;

/** The part of a platform that is used. No keys: what it appends is public within the deployment. */
export interface AuditorPlatform extends Pick<Platform, "log" | "auditStore" | "signer"> {
  readonly logger: Record<"warn" | "error", (fields: object, message: string) => void>;
  readonly metrics: Pick<Platform["metrics"], "checkpointAge" | "onScrape">;
}

/** The auditor as its host has it. */
export interface Auditor extends Service {
  health(): AuditorHealth;
}

/** Runs until disposed; disposing reads the topic to its end, signs, commits and leaves the group. */
export async function start(platform: AuditorPlatform, pace: Pace = usual): Promise<Auditor> {
  const { log, auditStore, signer, logger, metrics } = platform;
  const followed = new Map<Lease, { readonly progress: Progress; readonly done: Promise<void> }>();
  const stopping = new AbortController();
  const stop = { signal: stopping.signal, by: Infinity };
  const joined = Promise.withResolvers<Membership>();

  const begin = (lease: Lease): void => {
    const { partition } = lease;
    const progress: Progress = {
      size: 0,
      signed: 0,
      unsignedSince: null,
      unavailable: false,
      fault: null,
    };
    const run = async () => {
      await follow({
        lease,
        membership: await joined.promise,
        log,
        open: () => openAuditLog({ store: auditStore, ...auditLogOf(partition), signer }),
        pace,
        stop,
        progress,
        tell: (what, error) => {
          const level = what === "failed" ? "error" : "warn";
          const where = error instanceof AuditLogError ? { fault: error.fault, index: error.index } : {};
          logger[level]({ err: error, partition, ...where }, `audit log ${what}`);
        },
      });
    };
    followed.set(lease, { progress, done: run() });
  };

  const membership = await log.join({
    group: "auditor",
    topics: [topics.audit.name],
    sessionMs,
    assigned: begin,
    revoked: async (lease) => {
      await followed.get(lease)?.done;
      // A partition that ended on a fault stays in sight, or health would be fine again without it.
      if (followed.get(lease)?.progress.fault === null) followed.delete(lease);
    },
  });
  joined.resolve(membership);

  const health = (): AuditorHealth => {
    const answer = healthOf([...followed.values()].map(({ progress }) => progress));
    return stopping.signal.aborted ? { ...answer, ready: false, reasons: ["draining"] } : answer;
  };
  metrics.onScrape(() => metrics.checkpointAge(health().checkpointAgeMs / 1000));

  return {
    health,
    async [Symbol.asyncDispose]() {
      stop.by = performance.now() + pace.drainMs;
      stopping.abort();
      await Promise.all([...followed.values()].map(({ done }) => done));
      await membership.leave();
    },
  };
}

function healthOf(partitions: readonly Progress[]): AuditorHealth {
  const now = performance.now();
  const checkpointAgeMs = Math.max(0, ...partitions.map((one) => now - (one.unsignedSince ?? now)));
  const faults = partitions.flatMap(({ fault }) => (fault === null ? [] : [`audit log: ${fault}`]));
  const away = partitions.some(({ unavailable }) => unavailable) ? ["audit log: unavailable"] : [];
  const late = checkpointAgeMs > lateMs ? ["audit log: not signed for long"] : [];
  const reasons = [...faults, ...away, ...late];
  return {
    live: faults.length === 0,
    ready: reasons.length === 0,
    reasons,
    checkpointAgeMs,
    signed: partitions.reduce((sum, { signed }) => sum + signed, 0),
  };
}
