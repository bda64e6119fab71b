/**
 * The auditor: appends every record of the topic `audit` to a tamper-evident log (leaf n is the record at offset n) and
 * signs it, so that nobody can change, drop, reorder or slip in an entry afterwards without being found out.
 *
 * It is no worker of `runWorker`: that keeps the order of a key and moves the watermark with each record, while a log
 * needs the order of the whole partition and commits only what is signed. The checkpoint, not the committed offset, says
 * where to go on; a crash in between means that some records are read and compared again.
 *
 * It publishes nothing. An audit event that a checkpoint was signed would be an entry to be signed, and so on for ever;
 * the checkpoints themselves, kept under `checkpoints/<size>`, are the record.
 */
export { entryOf } from "./entry.ts";
export { start, type Auditor, type AuditorHealth, type AuditorPlatform, type Pace } from "./start.ts";
