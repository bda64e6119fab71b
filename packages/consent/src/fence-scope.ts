import type { Fence } from "@sotto/contracts";

/** What a fence is held against. */
export interface Subject {
  readonly tenant: string;
  readonly conversation: string;
  readonly line: string;
  readonly source: string;
  readonly tokens: readonly string[];
  readonly startedAt: number;
}

/**
 * Whether a fence is in scope: all that it names must match, any one of its tokens is enough. A person's erasure covers
 * what started before it was asked for; a new conversation is welcome. A fence that names nothing stops its tenant.
 */
export const covers = ({ tenant, scope, kind, receivedAt }: Fence, subject: Subject): boolean => {
  if (tenant !== subject.tenant) return false;
  if (scope.conversation !== undefined && scope.conversation !== subject.conversation) return false;
  if (scope.line !== undefined && scope.line !== subject.line) return false;
  if (scope.source !== undefined && scope.source !== subject.source) return false;
  if (scope.token === undefined || scope.token.length === 0) return true;
  if (!scope.token.some((token) => subject.tokens.includes(token))) return false;
  return kind !== "erasure" || scope.conversation !== undefined || subject.startedAt < receivedAt;
};

/** Whether the fence is about that purpose. */
export const concerns = ({ purposes }: Fence, purpose: string): boolean =>
  purposes === null || purposes.includes(purpose);

/** The purpose without which no word is written down, in any channel. */
export const gatePurpose = "transcription";

/** How a turn ends that a fence stops, or why it waits: a kill switch and a restriction can be lifted. */
export type FenceVerdict =
  | {
      readonly end: "discarded" | "erased";
      readonly reason: "CONSENT_WITHDRAWN" | "CONSENT_REFUSED" | "OBJECTION_RECORDED" | "ERASED";
    }
  | { readonly held: "PROCESSING_RESTRICTED" | "KILL_SWITCH" };

export const fenceVerdict = ({ kind }: Fence): FenceVerdict => verdicts[kind];

const verdicts: Readonly<Record<Fence["kind"], FenceVerdict>> = {
  erasure: { end: "erased", reason: "ERASED" },
  refusal: { end: "discarded", reason: "CONSENT_REFUSED" },
  withdrawal: { end: "discarded", reason: "CONSENT_WITHDRAWN" },
  objection: { end: "discarded", reason: "OBJECTION_RECORDED" },
  kill_switch: { held: "KILL_SWITCH" },
  restriction: { held: "PROCESSING_RESTRICTED" },
};

const order = Object.keys(verdicts);

/** Of several fences the more final one speaks. */
export const byFinality = (a: Fence, b: Fence): number =>
  order.indexOf(a.kind) - order.indexOf(b.kind) || (a.id < b.id ? -1 : 1);
