import type { AuditEvent } from "@sotto/contracts";
import { UnavailableError } from "@sotto/envelope";

import type { LogClient } from "./log-client.ts";
import { auditRecord } from "./runtime/effects.ts";

/**
 * Publishes audit events of a process that is no worker; resolves once all are acked. Tries once: throws
 * UnavailableError when one was not acked (the caller may try again: an event is counted once by its id), TypeError or
 * RangeError when one does not fit the log.
 */
export const publishAudit = async (log: LogClient, events: readonly AuditEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const acks = await log.append(events.map(auditRecord));
  for (const ack of acks) {
    if (ack.ok) continue;
    if (!ack.retriable) throw ack.error;
    throw new UnavailableError("Cannot publish audit events", { cause: ack.error });
  }
  if (acks.length !== events.length)
    throw new UnavailableError("Cannot publish audit events: an ack is missing");
};
