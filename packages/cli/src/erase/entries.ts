import { deriveId, version, type AuditEvent, type Fence } from "@sotto/contracts";

import type { FoundConversation, KeySlot } from "../find-conversation.ts";
import type { Turns } from "./survey.ts";
import type { Unreachable } from "./unreachable.ts";

type Erased = Pick<FoundConversation, "tenant" | "conversation">;

/** The fence that stands for the erasure: the same for every try, so that setting it again sets no other. */
export const erasureFence = ({ tenant, conversation }: Erased, now: number): Fence => ({
  v: 1,
  id: deriveId("f", "erasure", conversation),
  kind: "erasure",
  tenant,
  scope: { conversation },
  purposes: null,
  at: now,
  receivedAt: now,
});

/** The common part. Ids are made of what is erased, never of when: a repeat is the same entry, and counts once. */
const common = ({ tenant, conversation }: Erased, at: number, ...parts: readonly (string | number)[]) => ({
  id: deriveId("a", ...parts),
  at,
  service: "cli",
  version,
  tenant,
  line: null,
  conversation,
});

export const fenceEntry = (of: Erased, fence: Fence): AuditEvent => ({
  ...common(of, fence.at, "fence.set", fence.id),
  type: "sotto.audit.fence.set.v1",
  kind: fence.kind,
  scope: of.conversation,
  record: fence.id,
  purposes: null,
});

/**
 * One a data key that is gone. `slot` and `generation` are as the key object named them before; of a key that nobody saw
 * there (a crash came between, or it was made in the last moment) only its fingerprint is known: `conversation`, 0.
 */
export const keyEntry = (
  of: Erased,
  fingerprint: string,
  slot: KeySlot | undefined,
  at: number,
): AuditEvent => ({
  ...common(of, at, "erasure.shredded", of.conversation, fingerprint),
  type: "sotto.audit.key.shredded.v1",
  fingerprint,
  slot: slot?.slot ?? "conversation",
  generation: slot?.generation ?? 0,
});

/** An entry of the audit log holds 65,535 bytes: so many ends of at most 60 bytes fit it easily. */
const endsInOne = 1000;

/**
 * Says of every ordinal whose last word is another one that it is erased. The id names the ordinals and the entry that is
 * overruled: told twice by a crash it is one entry, told again after somebody else's late word it is a new one.
 */
export const endEntries = (of: Erased, { all, ended }: Turns, at: number): AuditEvent[] => {
  const chunks = new Map<number, { readonly ordinals: number[]; overruled: number }>();
  for (const ordinal of [...all].toSorted((a, b) => a - b)) {
    const last = ended.get(ordinal);
    if (last?.end === "erased") continue;
    const n = Math.floor(ordinal / endsInOne);
    const chunk = chunks.get(n) ?? { ordinals: [], overruled: -1 };
    chunks.set(n, chunk);
    chunk.ordinals.push(ordinal);
    chunk.overruled = Math.max(chunk.overruled, last?.index ?? -1);
  }
  return [...chunks.values()].map(({ ordinals, overruled }) => ({
    ...common(of, at, "erasure.ended", of.conversation, overruled, ...ordinals),
    type: "sotto.audit.turns.ended.v1",
    ends: ordinals.map((ordinal) => ({ ordinal, end: "erased" as const, reason: "ERASED" })),
  }));
};

export const erasedId = ({ conversation }: Pick<Erased, "conversation">): string =>
  deriveId("a", "conversation.erased", conversation);

/** The last one: everything that can be reached is gone. */
export const erasedEntry = (
  of: Erased,
  o: {
    readonly at: number;
    readonly counts: Readonly<Record<string, number>>;
    readonly unreachable: readonly Unreachable[];
  },
): AuditEvent => ({
  ...common(of, o.at, "conversation.erased", of.conversation),
  type: "sotto.audit.conversation.erased.v1",
  counts: { ...o.counts },
  unreachable: [...o.unreachable],
});
