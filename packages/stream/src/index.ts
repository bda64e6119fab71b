/**
 * The log and the workers on it. `LogClient` is the port: topics, partitions, groups, leases that end, commits that
 * are fenced; the embedded log keeps it in one SQLite file that several processes share. `runWorker` is the only place
 * with retries, commits, quarantine, back-pressure and shutdown: a worker says what one record asks for (entries,
 * audit events, outputs), the runtime does it in that order, each acked before the next, and commits last. Whatever a
 * crash repeats has the same ids. The tables follow what every process must know fresh: fences and standing consents.
 */
export type {
  Ack,
  Headers,
  JoinOptions,
  Lease,
  LogClient,
  LogRecord,
  Membership,
  OutRecord,
  TopicSpec,
} from "./log-client.ts";
export { OffsetError } from "./log-client.ts";
export { openEmbeddedLog, type EmbeddedLogOptions } from "./embedded-log.ts";
export { partitionFor } from "./murmur2.ts";
export { QuarantineError, type Outcome, type StateEntry, type Unit, type WorkerSpec } from "./worker.ts";
export { runWorker, type RunningWorker, type WorkerHealth, type WorkerPlatform } from "./run-worker.ts";
export type { LoggerLike, WorkerLimits, WorkerMetrics } from "./runtime/unit-context.ts";
export { openFenceTable, type FenceTable } from "./fence-table.ts";
export { openConsentTable, type ConsentTable } from "./consent-table.ts";
export { publishAudit } from "./publish-audit.ts";
export { headerText, isTick, openContent, openFacts, readEvent, type EventRecord } from "./event-record.ts";
export { checkAdmission, openGrant } from "./admitted-record.ts";
export { landedRecord, readLanded } from "./landed-record.ts";
export { quarantineRecord, sealedDigest } from "./quarantine-record.ts";
export { quarantineEvent } from "./quarantine-event.ts";
export { openEntry, readEntry, sealEntry, type Kept, type SealedEntry } from "./state-entry.ts";
