import type { ConsentFacts, Fence } from "@sotto/contracts";
import type { Platform } from "@sotto/service";

import { openTrail, type AuditPlatform, type Trail } from "../audit-trail.ts";
import { readConsents, readFences } from "../register.ts";

/** One thing that is on record. Never a token, never who it is. */
export interface OnRecord {
  readonly id: string;
  /** A consent's status; a fence's kind. */
  readonly status: string;
  readonly is: "consent" | "fence";
  readonly purposes: readonly string[] | null;
  readonly method: string | null;
  readonly notice: string | null;
  readonly evidence: string | null;
  /** When it was said, and when it came to us if the register has it (epoch ms). */
  readonly at: number;
  readonly receivedAt: number | null;
  readonly expiresAt: number | null;
  readonly scope: "conversation" | "standing" | "line or tenant";
  /** Whose it was in the conversation. */
  readonly party: string | null;
}

export type ListPlatform = AuditPlatform & Pick<Platform, "keys">;

/**
 * What is on record of a conversation: the consents that decisions weighed, as the audit log keeps them for good, and the
 * fences that name it or that a decision answered to. In the order in which it was said.
 */
export const listConversation = async (
  platform: ListPlatform,
  conversation: string,
  trail?: Trail,
): Promise<OnRecord[]> => {
  const { entries } = trail ?? (await openTrail(platform, conversation));
  const consents = new Map<string, OnRecord>();
  const answered = new Set<string>();
  for (const { event } of entries) {
    if (event.type !== "sotto.audit.decision.made.v1") continue;
    for (const fence of event.fences) answered.add(fence);
    for (const told of event.consents) {
      const one = ofConsent(told as Partial<ConsentFacts>, null);
      consents.set(`${one.id} ${one.party}`, one);
    }
  }
  const fences = (await readFences(platform)).flatMap(({ record }) =>
    record !== null && (record.scope.conversation === conversation || answered.has(record.id))
      ? [ofFence(record)]
      : [],
  );
  return inOrder([...consents.values(), ...fences]);
};

/** What is on record of a person, by token. */
export const listSubject = async (
  platform: ListPlatform,
  { tenant, token }: { readonly tenant: string; readonly token: string },
): Promise<OnRecord[]> => {
  const consents = (await readConsents(platform)).flatMap(({ record }) =>
    record?.tenant === tenant && record.consent.tokens?.includes(token)
      ? [ofConsent(record.consent, record.receivedAt)]
      : [],
  );
  const fences = (await readFences(platform)).flatMap(({ record }) =>
    record?.tenant === tenant && record.scope.token?.includes(token) ? [ofFence(record)] : [],
  );
  return inOrder([...consents, ...fences]);
};

const inOrder = (all: readonly OnRecord[]): OnRecord[] =>
  all.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

/** The audit log holds whole records, but promises no shape of them. */
const ofConsent = (consent: Partial<ConsentFacts>, receivedAt: number | null): OnRecord => ({
  id: consent.id ?? "?",
  status: consent.status ?? "?",
  is: "consent",
  purposes: consent.purposes ?? [],
  method: consent.method ?? null,
  notice: consent.notice ? `${consent.notice.id}/${consent.notice.version}` : null,
  evidence: consent.evidence?.digest ?? null,
  at: consent.at ?? 0,
  receivedAt,
  expiresAt: consent.expiresAt ?? null,
  scope: consent.scope ?? "conversation",
  party: consent.party ?? null,
});

const ofFence = ({ id, kind, purposes, at, receivedAt, scope }: Fence): OnRecord => ({
  id,
  status: kind,
  is: "fence",
  purposes,
  method: null,
  notice: null,
  evidence: null,
  at,
  receivedAt,
  expiresAt: null,
  scope:
    scope.conversation !== undefined
      ? "conversation"
      : (scope.token?.length ?? 0) > 0
        ? "standing"
        : "line or tenant",
  party: null,
});
