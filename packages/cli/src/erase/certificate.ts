import { auditLogOf } from "@sotto/audit";

import type { Told } from "../audit-trail.ts";
import type { FoundConversation } from "../find-conversation.ts";
import { erasedId } from "./entries.ts";
import { forGood, type Unreachable } from "./unreachable.ts";

/** What is handed to who asked for the erasure. Stable: what is here keeps its name and meaning (docs/runbooks/erasure.md). */
export interface Certificate {
  readonly version: 1;
  readonly conversation: string;
  readonly tenant: string;
  readonly state: "erased";
  /** When the fence was told, and when everything that can be reached was gone (RFC 3339). */
  readonly begunAt: string;
  readonly erasedAt: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Fingerprints of the data keys that were taken away. */
  readonly keys: readonly string[];
  /** Documents that were deleted: SHA-256 of their sealed bytes, hexadecimal. */
  readonly documents: readonly { readonly object: string; readonly sha256: string }[];
  /** What cannot be reached. `until` null: for good. */
  readonly unreachable: readonly { readonly what: string; readonly until: string | null }[];
  /** Entries of the audit log that tell of the erasure. */
  readonly audit: readonly {
    readonly id: string;
    readonly type: string;
    readonly log: string;
    readonly index: number;
  }[];
  /** What did not hold while it was erased; usually empty. */
  readonly warnings: readonly string[];
  /** The last of the entries, word for word, and the proof that the signed log has it; null: not signed yet. */
  readonly proof: { readonly entry: string; readonly inclusion: string } | null;
  /** How to come by the proof, or to check it. */
  readonly next: string;
}

/** Everything in it is from the audit log and the key object, so that it says the same whenever it is made. */
export const certificateOf = (o: {
  readonly found: Pick<FoundConversation, "conversation" | "tenant" | "trail">;
  readonly fingerprints: readonly string[];
  readonly documents: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  readonly inclusion: string | null;
}): Certificate => {
  const { conversation, tenant, trail } = o.found;
  const told = ownEntries(trail.entries);
  const last = erasedAmong(o.found);
  const begun = told.find(({ event }) => event.type === "sotto.audit.fence.set.v1") ?? last;
  if (last === null || begun === null) throw new Error(`The audit log lacks the erasure of ${conversation}`);
  const { counts, unreachable, at } = last.event;
  return {
    version: 1,
    conversation,
    tenant,
    state: "erased",
    begunAt: instant(begun.event.at),
    erasedAt: instant(at),
    counts,
    keys: o.fingerprints,
    documents: [...o.documents]
      .map(([object, sha256]) => ({ object, sha256 }))
      .toSorted((a, b) => (a.object < b.object ? -1 : 1)),
    unreachable: unreachable.map(untilSaid),
    audit: told.map(({ event, partition, index }) => ({
      id: event.id,
      type: event.type,
      log: auditLogOf(partition).origin,
      index,
    })),
    warnings: o.warnings,
    proof: o.inclusion === null ? null : { entry: textOf(last), inclusion: o.inclusion },
    next:
      o.inclusion === null
        ? `The auditor has not signed it yet. Give ./sotto erase ${conversation} --yes again: it changes nothing and adds the proof.`
        : "`proof.inclusion` is a C2SP tlog-proof of `proof.entry`; its checkpoint is signed by the key that ./sotto verify names.",
  };
};

type ErasedTold = Told & {
  readonly event: Extract<Told["event"], { type: "sotto.audit.conversation.erased.v1" }>;
};

/** The entry that says that it is erased, the first of its id; null: it was not told yet. */
export const erasedAmong = ({
  conversation,
  trail,
}: Pick<FoundConversation, "conversation" | "trail">): ErasedTold | null => {
  const isIt = (told: Told): told is ErasedTold =>
    told.event.type === "sotto.audit.conversation.erased.v1" && told.event.id === erasedId({ conversation });
  return trail.entries.find(isIt) ?? null;
};

/** What this command told, each id once. Ends that others told are theirs. */
const ownEntries = (trail: readonly Told[]): Told[] => {
  const own = new Map<string, Told>();
  for (const told of trail) {
    const { id, service, type } = told.event;
    const isOurs = service === "cli" && kinds.has(type) && isOfErasure(told);
    if (isOurs && !own.has(id)) own.set(id, told);
  }
  return [...own.values()];
};

const kinds = new Set(
  ["fence.set", "key.shredded", "turns.ended", "conversation.erased"].map((t) => `sotto.audit.${t}.v1`),
);
const isOfErasure = ({ event }: Told): boolean => {
  if (event.type === "sotto.audit.fence.set.v1") return event.kind === "erasure";
  if (event.type === "sotto.audit.turns.ended.v1") return event.ends.some(({ end }) => end === "erased");
  return true;
};

export const untilSaid = ({ what, until }: Unreachable) => ({
  what,
  until: until === forGood ? null : instant(until),
});
const instant = (ms: number): string => new Date(ms).toISOString();
const textOf = ({ bytes }: Told): string => Buffer.from(bytes).toString("utf8");
