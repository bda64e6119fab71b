import { openCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { AuditLogError } from "./error.ts";
import { hashLength, leafHash } from "./hash.ts";
import { fromBase64 } from "./note.ts";
import { verifyInclusion } from "./proof.ts";

const header = "c2sp.org/tlog-proof@v1";

export interface ProofFile {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, word for word. */
  readonly note: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array | undefined;
}

/** One file that proves offline that an entry is in the log, `.tlog-proof` (C2SP tlog-proof). */
export const formatProof = ({ index, proof, note, extra }: ProofFile): string =>
  [
    header,
    ...(extra === undefined ? [] : [`extra ${base64(extra)}`]),
    `index ${index}`,
    ...proof.map(base64),
    "",
    note,
  ].join("\n");

/** Reads a proof file without checking it (`verifyProof` does). Throws AuditLogError `malformed`. */
export function parseProof(file: string): ProofFile {
  const gap = file.indexOf("\n\n");
  const lines = file.slice(0, Math.max(gap, 0)).split("\n");
  const [first, ...rest] = lines;
  const extraLine = rest[0]?.startsWith("extra ") ? rest.shift() : undefined;
  const extra = extraLine === undefined ? undefined : fromBase64(extraLine.slice("extra ".length));
  const indexLine = /^index (0|[1-9]\d{0,15})$/.exec(rest.shift() ?? "");
  const proof = rest.map(fromBase64);
  if (first !== header || extra === null || indexLine === null) throw malformed();
  return {
    index: Number(indexLine[1]),
    proof: proof.map((hash) => {
      if (hash?.length !== hashLength) throw malformed();
      return hash;
    }),
    note: file.slice(gap + 2),
    extra,
  };
}

/**
 * Verifies a proof file for one entry against a log's origin and key, and returns the checkpoint it stands under.
 * Throws AuditLogError: `malformed`, `origin`, `signature`, `proof`.
 */
export function verifyProof(
  file: string,
  o: { readonly entry: Uint8Array; readonly origin: string; readonly publicKey: Uint8Array },
): { readonly index: number; readonly checkpoint: Checkpoint } {
  const { index, proof, note } = parseProof(file);
  const checkpoint = openCheckpoint(note, o);
  verifyInclusion({ index, size: checkpoint.size, leaf: leafHash(o.entry), root: checkpoint.root, proof });
  return { index, checkpoint };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const malformed = () => new AuditLogError("malformed", `Not a proof (${header})`);
