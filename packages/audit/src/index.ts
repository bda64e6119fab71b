/**
 * The log that cannot lie: C2SP tlog-tiles over a store of immutable objects, checkpoints signed with Ed25519,
 * RFC 6962 hashing. A writer appends entries whose index is the offset of their record and signs the tree; a reader
 * who knows origin and public key can tell offline that every entry is what was signed, that a later checkpoint only
 * adds to an earlier one, and that one entry is in the log, from one small file.
 *
 * Whoever holds the signing key could keep two logs. What stops that is a checkpoint that somebody else kept: hand
 * them out, and give one to `verifyLog` as `since`. What a log does not have is removal: nothing about a person
 * belongs into an entry.
 *
 * Start reading at `log.ts` (writing) and `tree.ts` (reading from the root downwards).
 */
export {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  type Checkpoint,
  type TreeHead,
} from "./checkpoint.ts";
export { AuditLogError, type AuditFault } from "./error.ts";
export { emptyRoot, leafHash } from "./hash.ts";
export { openAuditLog, type AuditLog, type AuditLogOptions } from "./log.ts";
export {
  formatVerifierKey,
  keyId,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyNote,
  type Note,
  type NoteKey,
  type NoteSignature,
  type NoteSigner,
} from "./note.ts";
export { auditLogOf } from "./place.ts";
export { formatProof, parseProof, verifyProof, type ProofFile } from "./proof-file.ts";
export { verifyConsistency, verifyInclusion, type Consistency, type Inclusion } from "./proof.ts";
export { prove, proveConsistency, type ProveOptions } from "./prove.ts";
export { readEntries, type ReadOptions } from "./read.ts";
export type { LogPlace, TileReader, TileStore } from "./tile-store.ts";
export { maxEntryBytes, tileName, tileWidth } from "./tile.ts";
export { verifyLog, type Problem, type VerifyOptions, type VerifyReport } from "./verify.ts";
