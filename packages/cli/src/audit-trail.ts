import { AuditLogError, auditLogOf, readEntries } from "@sotto/audit";
import { decodeAudit, topics, type AuditEvent } from "@sotto/contracts";
import type { Platform } from "@sotto/service";

/** An entry of the audit log: leaf `index` of the log of that partition, which is its offset on the topic. */
export interface Told {
  readonly partition: number;
  readonly index: number;
  /** As it was told, byte for byte: what a proof is about. */
  readonly bytes: Uint8Array;
  readonly event: AuditEvent;
}

export type AuditPlatform = Pick<Platform, "log" | "auditStore" | "signer">;

interface TrailOptions {
  /** Asked of the bytes, before they are parsed: most entries are about something else. */
  readonly wanted: (bytes: Buffer) => boolean;
  /** By partition: the first index to read. Default 0. */
  readonly from?: ReadonlyMap<number, number>;
  /** Told of a signed part that does not hold, which is passed over then. Default: it throws AuditLogError. */
  readonly fault?: (error: AuditLogError) => void;
}

/**
 * Everything the audit log says, oldest first: from the signed log where the topic has let it go (each entry compared with
 * what was signed), else from the topic, so that what nobody has signed yet counts too. Entries of a form that this
 * release does not know are passed over.
 */
export async function* readAudit(platform: AuditPlatform, o: TrailOptions): AsyncGenerator<Told> {
  const ends = await platform.log.ends(topics.audit.name);
  for (const [partition, { low, high }] of ends.entries()) {
    const from = o.from?.get(partition) ?? 0;
    if (from < low) yield* readSigned(platform, { ...o, partition, from, to: low });
    for await (const batch of platform.log.read(topics.audit.name, partition, Math.max(from, low), high)) {
      for (const { offset, value } of batch) yield* told(partition, offset, value, o);
    }
  }
}

async function* readSigned(
  { auditStore: store, signer: { publicKey } }: AuditPlatform,
  o: Omit<TrailOptions, "from"> & { readonly partition: number; readonly from: number; readonly to: number },
): AsyncGenerator<Told> {
  const { partition, from, to } = o;
  try {
    for await (const { index, entry } of readEntries({
      store,
      publicKey,
      ...auditLogOf(partition),
      from,
      to,
    })) {
      yield* told(partition, index, entry, o);
    }
  } catch (error) {
    if (!(error instanceof AuditLogError) || o.fault === undefined) throw error;
    o.fault(error);
  }
}

function* told(
  partition: number,
  index: number,
  value: Uint8Array | null,
  { wanted }: Pick<TrailOptions, "wanted">,
): Generator<Told> {
  if (value === null) return;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!wanted(bytes)) return;
  const event = decoded(bytes);
  if (event !== null) yield { partition, index, bytes, event };
}

const decoded = (bytes: Uint8Array): AuditEvent | null => {
  try {
    return decodeAudit(bytes);
  } catch {
    return null;
  }
};

/** What the audit log says of one conversation, read on from where it was read to. */
export interface Trail {
  readonly entries: readonly Told[];
  /** Of all of them. */
  readonly ids: ReadonlySet<string>;
  readOn(): Promise<void>;
}

/** Reads all of it once; `readOn` takes what came since. */
export const openTrail = async (
  platform: AuditPlatform,
  conversation: string,
  fault?: (error: AuditLogError) => void,
): Promise<Trail> => {
  const entries: Told[] = [];
  const ids = new Set<string>();
  const next = new Map<number, number>();
  const name = Buffer.from(JSON.stringify(conversation));
  const readOn = async (): Promise<void> => {
    const ends = await platform.log.ends(topics.audit.name);
    const wanted = (bytes: Buffer): boolean => bytes.includes(name);
    for await (const one of readAudit(platform, { wanted, from: next, ...(fault && { fault }) })) {
      if (one.event.conversation !== conversation) continue;
      if (one.index < (next.get(one.partition) ?? 0)) continue;
      entries.push(one);
      ids.add(one.event.id);
      next.set(one.partition, one.index + 1);
    }
    for (const [partition, { high }] of ends.entries())
      next.set(partition, Math.max(high, next.get(partition) ?? 0));
  };
  await readOn();
  return { entries, ids, readOn };
};
