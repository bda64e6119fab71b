import { deriveId } from "@sotto/contracts";

/**
 * Ids of the entries by which the audit log tells that a record was taken out of quarantine. The topic only grows: what is
 * left of it is what neither entry is told of. Made of the record's origin, so that a repeat is the same entry.
 */
export const releasedId = (origin: string): string => deriveId("a", "quarantine.released", origin);
export const droppedId = (origin: string): string => deriveId("a", "quarantine.dropped", origin);
