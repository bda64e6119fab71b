const day = 86_400_000;
const mib = 1_048_576;

interface Topic {
  readonly name: string;
  /** Partitions: "many" is a setting (embedded 8, Kafka 48), equal for all that say so. */
  readonly partitions: "many" | 1;
  readonly cleanup: "delete" | "compact";
  readonly retentionMs?: number;
  readonly maxRecordBytes: number;
}

/** Every topic of the deployment (contract.md §2a). Nothing else is ever made or read. */
export const topics = {
  conversations: {
    name: "conversations",
    partitions: "many",
    cleanup: "delete",
    retentionMs: 8 * day,
    maxRecordBytes: mib,
  },
  admitted: {
    name: "admitted",
    partitions: "many",
    cleanup: "delete",
    retentionMs: 8 * day,
    maxRecordBytes: mib,
  },
  redacted: {
    name: "redacted",
    partitions: "many",
    cleanup: "delete",
    retentionMs: 8 * day,
    maxRecordBytes: 4 * mib,
  },
  landed: {
    name: "landed",
    partitions: "many",
    cleanup: "delete",
    retentionMs: 8 * day,
    maxRecordBytes: mib,
  },
  consents: { name: "consents", partitions: 1, cleanup: "compact", maxRecordBytes: mib },
  fences: { name: "fences", partitions: 1, cleanup: "compact", maxRecordBytes: mib },
  gateState: { name: "consent-gate.state", partitions: "many", cleanup: "compact", maxRecordBytes: 4 * mib },
  redactorState: { name: "redactor.state", partitions: "many", cleanup: "compact", maxRecordBytes: 4 * mib },
  quarantine: {
    name: "quarantine",
    partitions: 1,
    cleanup: "delete",
    retentionMs: 14 * day,
    maxRecordBytes: 4 * mib,
  },
  audit: { name: "audit", partitions: 1, cleanup: "delete", retentionMs: 30 * day, maxRecordBytes: mib },
} as const satisfies Record<string, Topic>;

/** A record without key and value that proves silence: it only carries the log's own append time. */
export const tickHeader = "tick";

/** On a tick that the gate let through: its append time in `conversations`, epoch ms. */
export const tickTimeHeader = "at";
