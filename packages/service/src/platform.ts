import type { ObjectStore } from "@sotto/archive";
import type { Policy } from "@sotto/consent";
import type { Keys, KeyService, KeyStore, Signer } from "@sotto/envelope";
import type { ConsentTable, FenceTable, LogClient } from "@sotto/stream";

import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Settings } from "./settings.ts";

/** Time as decisions see it. Tests drive it; leases, freshness and time-outs use the monotonic clock instead. */
export interface Clock {
  now(): number;
}

export type ServiceName =
  | "ingest"
  | "consent-gate"
  | "transcriber"
  | "redactor"
  | "archiver"
  | "auditor"
  | "cli";

/** Everything a service is given: it opens nothing itself and reads no environment. */
export interface Platform {
  readonly log: LogClient;
  readonly archive: ObjectStore;
  readonly auditStore: ObjectStore;
  readonly keyStore: KeyStore;
  readonly keyService: KeyService;
  readonly signer: Signer;
  readonly policy: Policy;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly fences: FenceTable;
  readonly consents: ConsentTable;
  /** The key slots that this service may use, and no other; the same object at every call. */
  keys(service: ServiceName): Keys;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a running service is to its host. */
export interface Service extends AsyncDisposable {
  health(): Health;
}

export interface Health {
  /** The loop turns. Not: the broker is up. */
  readonly live: boolean;
  /** Tables read, first key call done, not draining. */
  readonly ready: boolean;
  /** Why not, in words of ours. */
  readonly reasons: readonly string[];
}
