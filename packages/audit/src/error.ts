/** What is wrong with a log, a checkpoint or a proof. Closed, so that a caller can act on each. */
export type AuditFault =
  /** Something the signed tree needs is not in the store. */
  | "missing"
  /** Bytes that are not what their format says. */
  | "malformed"
  /** Not signed by the expected key, or the signature is not of this text. */
  | "signature"
  /** A checkpoint of another log. */
  | "origin"
  /** A checkpoint smaller than one that was seen before. */
  | "rolled-back"
  /** Two trees under one name: other bytes, or another root, where there can be only one. */
  | "forked"
  /** Entries came that do not begin where the log ends. */
  | "gap"
  /** An entry does not fit an entry bundle (65,535 bytes, tlog-tiles). */
  | "too-large"
  /** Somebody else moved the checkpoint on: open the log again. */
  | "superseded"
  | "entry-changed"
  | "entry-removed"
  | "entry-inserted"
  | "entries-reordered"
  | "tile-changed"
  /** Entries and tiles agree with each other, but not with the signed root. */
  | "rewritten"
  /** An inclusion or consistency proof does not lead to the root. */
  | "proof";

/** The log, a checkpoint or a proof does not hold. The message names object and index, never what an entry says. */
export class AuditLogError extends Error {
  override readonly name = "AuditLogError";
  readonly fault: AuditFault;
  /** The first entry concerned, where it is known. */
  readonly index: number | undefined;
  constructor(fault: AuditFault, message: string, index?: number, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.index = index;
  }
}
