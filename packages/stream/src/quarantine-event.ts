import { deriveId, id, version, type AuditEvent } from "@sotto/contracts";

import { headerText } from "./event-record.ts";
import type { LogRecord } from "./log-client.ts";
import { sealedDigest } from "./quarantine-record.ts";

/** The audit event of a quarantined record: ids, reason, a digest of the sealed value; the same again for a repeat. */
export const quarantineEvent =
  (service: string) =>
  (record: LogRecord, reason: string, ordinal: number | undefined): AuditEvent => {
    const { topic, partition, offset } = record;
    const claimed = (name: string): string | null =>
      id.safeParse(headerText(record.headers, name)).data ?? null;
    const conversation = id.safeParse(record.key).data;
    const event = claimed("ce_id");
    return {
      id: deriveId("a", "quarantined", service, topic, partition, offset),
      at: record.timestamp,
      service,
      version,
      tenant: claimed("ce_tenant") ?? claimed("tenant"),
      line: claimed("ce_line"),
      ...(conversation === undefined ? {} : { conversation }),
      ...(event === null ? {} : { events: [event] }),
      type: "sotto.audit.turn.quarantined.v1",
      reason,
      digest: sealedDigest(record.value),
      ...(ordinal === undefined ? {} : { ordinal }),
      origin: { topic, partition, offset },
    };
  };
