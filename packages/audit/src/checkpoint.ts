import { AuditLogError } from "./error.ts";
import { hashLength } from "./hash.ts";
import { fromBase64, parseNote, verifyNote } from "./note.ts";

/** A tree head: the claim that the log `origin` had this root when it was `size` entries long (C2SP tlog-checkpoint). */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A tree head as it was signed. */
export interface Checkpoint extends TreeHead {
  /** The whole signed note, to be kept, published or put into a proof. */
  readonly note: string;
}

/** The note text of a tree head: origin, size, root, each on a line. */
export const formatCheckpoint = ({ origin, size, root }: TreeHead): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;

/**
 * Reads a checkpoint without checking who signed it (`openCheckpoint` does). Extension lines are allowed and ignored;
 * this log writes none. Throws AuditLogError `malformed`.
 */
export function parseCheckpoint(note: Uint8Array | string): Checkpoint {
  const { text } = parseNote(note);
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
  const bytes = root === undefined ? null : fromBase64(root);
  const count = /^(0|[1-9]\d*)$/.test(size ?? "") ? Number(size) : Number.NaN;
  if (!origin || !Number.isSafeInteger(count) || bytes?.length !== hashLength || extensions.includes("")) {
    throw new AuditLogError("malformed", "Not a checkpoint");
  }
  return {
    origin,
    size: count,
    root: bytes,
    note: typeof note === "string" ? note : Buffer.from(note).toString("utf8"),
  };
}

/** A checkpoint of the log `origin`, signed by its key under that name. Throws AuditLogError for any other. */
export function openCheckpoint(
  note: Uint8Array | string,
  { origin, publicKey }: { readonly origin: string; readonly publicKey: Uint8Array },
): Checkpoint {
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.origin !== origin) {
    throw new AuditLogError("origin", `Checkpoint is of log ${checkpoint.origin}, not of ${origin}`);
  }
  verifyNote(note, [{ name: origin, publicKey }]);
  return checkpoint;
}
