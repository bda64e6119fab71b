import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { auditLogOf, verifyLog } from "@sotto/audit";
import { parseDocumentName, type ObjectHead } from "@sotto/archive";
import { topics } from "@sotto/contracts";
import { EnvelopeError, open, type Keys } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import { openDirectoryObjectStore } from "@sotto/stores";
import { checkAdmission, QuarantineError, readEvent, type LogRecord } from "@sotto/stream";

/** One attack on a copy, and what came of it. `refused` is what must be. */
export interface Attempt {
  readonly attack: string;
  readonly refused: boolean;
  readonly answer: string;
}

/** Attacks copies of what lies on log and disk with the very functions that guard the originals. */
export const tamper = async (
  platform: Platform,
  documents: readonly ObjectHead[],
  stopped: LogRecord,
  admitted: LogRecord,
): Promise<Attempt[]> => {
  const [one, other] = documents;
  if (!one || !other) throw new Error("Two documents are needed");
  const keys = platform.keys("archiver");
  const bytes = (await platform.archive.get(one.name))?.bytes ?? new Uint8Array();
  const flipped = Uint8Array.from(bytes);
  flipped[flipped.length - 20] = (flipped[flipped.length - 20] ?? 0) ^ 1;
  return [
    await attempt("one bit of a document flipped", () => openAt(keys, flipped, one.name)),
    await attempt("a frame moved to another conversation", () => openAt(keys, bytes, other.name)),
    await attempt("a frame moved past the consent gate", () => moveOn(platform, stopped, admitted)),
    await cutAuditLog(platform),
  ];
};

const openAt = async (keys: Keys, bytes: Uint8Array, name: string): Promise<void> => {
  const place = parseDocumentName(name);
  if (!place) throw new Error("Not a document");
  const { tenant, conversation, generation } = place;
  const address = { slot: "archive", tenant, conversation, generation } as const;
  open(bytes, await keys.toOpen(address), { ...address, kind: "document", name, headers: null });
};

/** A discarded turn's record with the admission of a turn that was let through. */
const moveOn = async (platform: Platform, stopped: LogRecord, admitted: LogRecord): Promise<void> => {
  const admission = admitted.headers.find(([name]) => name === "admission");
  if (!admission) throw new Error("No admission to forge with");
  const forged = { ...stopped, topic: topics.admitted.name, headers: [...stopped.headers, admission] };
  await checkAdmission(platform.keys("redactor"), forged, readEvent(forged));
};

const attempt = async (attack: string, act: () => Promise<void>): Promise<Attempt> => {
  try {
    await act();
    return { attack, refused: false, answer: "NOT refused" };
  } catch (error) {
    if (error instanceof QuarantineError) return { attack, refused: true, answer: "refused: no admission" };
    if (!(error instanceof EnvelopeError)) throw error;
    return { attack, refused: true, answer: `refused: ${error.message.split(": ").at(-1) ?? error.message}` };
  }
};

/** Takes one entry out of a copy of the audit log and verifies the copy, offline. */
const cutAuditLog = async (platform: Platform): Promise<Attempt> => {
  const attack = "one audit entry removed";
  const copy = await mkdtemp(join(tmpdir(), "sotto-demo-"));
  try {
    await cp(platform.settings.audit.path, copy, { recursive: true });
    const { origin, prefix } = auditLogOf(0);
    const store = await openDirectoryObjectStore(copy);
    const name = `${prefix}tile/entries/000`;
    const bundle = await store.get(name);
    if (!bundle) throw new Error("The audit log has no full bundle of entries yet");
    await store.putIfMatch(name, withoutEntry(bundle.bytes, 100), bundle.etag);
    const report = await verifyLog({ store, origin, prefix, publicKey: platform.signer.publicKey });
    const [first] = report.problems;
    return { attack, refused: !report.ok, answer: first ? `found: ${first.message}` : "NOT found" };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};

/** An entry bundle is entries, each behind its length in two bytes, big-endian (C2SP tlog-tiles). */
const withoutEntry = (bundle: Uint8Array, index: number): Uint8Array => {
  const bytes = Buffer.from(bundle);
  let at = 0;
  for (let n = 0; n < index; n += 1) at += 2 + bytes.readUInt16BE(at);
  const end = at + 2 + bytes.readUInt16BE(at);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
};
