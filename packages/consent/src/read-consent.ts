import type { DecisionConsent, DecisionFacts } from "./decision.ts";
import { timeOf } from "./moment.ts";
import type { Policy } from "./policy.ts";

/** A consent record made ready: every way a ledger may put it, in one. */
export interface ReadConsent {
  readonly record: DecisionConsent;
  readonly at: number;
  readonly status: "given" | "refused" | "withdrawn" | "objected" | "pending";
  /** A no of any kind. */
  readonly stops: boolean;
  readonly guardian: boolean;
  readonly evidenceOk: boolean;
  readonly bound: boolean;
  readonly expiresAt: number;
  readonly noticeValid: boolean;
}

/** Reads one record. What cannot be understood never counts as a yes. */
export const readConsent = (record: DecisionConsent, facts: DecisionFacts, policy: Policy): ReadConsent => {
  const status = statuses.get(record.status) ?? "pending";
  return {
    record,
    // A no without a time is the last word, a yes without one was never said.
    at: timeOf(record.at) ?? Number.POSITIVE_INFINITY,
    status,
    stops: status !== "given" && status !== "pending",
    guardian: isGuardians(record, facts, policy),
    evidenceOk: (record.evidence ?? "ok") === "ok",
    bound: isBound(record, facts.interaction.id),
    expiresAt: expiryOf(record),
    noticeValid: isNoticeValid(record, facts),
  };
};

/** Ledgers after ISO/IEC TS 27560 and the Data Privacy Vocabulary name more states; each means one of ours. */
const statuses: ReadonlyMap<string, ReadConsent["status"]> = new Map([
  ["given", "given"],
  ["renewed", "given"],
  ["refused", "refused"],
  ["withdrawn", "withdrawn"],
  ["revoked", "withdrawn"],
  ["invalidated", "withdrawn"],
  ["objected", "objected"],
  ["pending", "pending"],
]);

/** Somebody else gave it for the party. Staff of the controller is nobody's guardian. */
const isGuardians = (record: DecisionConsent, facts: DecisionFacts, policy: Policy): boolean => {
  const { guardian, by_guardian, given_by } = record;
  if (guardian === true || by_guardian === true || given_by === "guardian" || given_by === "parent")
    return true;
  if (typeof guardian !== "string" || guardian === record.party) return false;
  const who = facts.parties.find((party) => party.id === guardian);
  return who === undefined || !(who.role === "bot" || policy.rules.staffRoles.includes(who.role));
};

/** Without a standing mark a consent belongs to one conversation: given in another, it is no answer here. */
const isBound = (record: DecisionConsent, interaction: string): boolean => {
  const binding = typeof record.binding === "string" ? { interaction_id: record.binding } : record.binding;
  if (record.standing === true || binding?.standing === true) return true;
  const to = record.interaction_id ?? record.interaction ?? record.bound_to ?? binding?.interaction_id;
  return (to ?? interaction) === interaction;
};

/** An expiry that is no time has passed. */
const expiryOf = ({ expires_at }: DecisionConsent): number =>
  expires_at === null || expires_at === undefined
    ? Number.POSITIVE_INFINITY
    : (timeOf(expires_at) ?? Number.NEGATIVE_INFINITY);

const isNoticeValid = (record: DecisionConsent, { context }: DecisionFacts): boolean => {
  const oldest = record.notice_min_valid ?? context.notice_min_valid;
  if (oldest === null || oldest === undefined) return true;
  const version = record.notice_version;
  return version !== null && version !== undefined && compareVersions(version, oldest) >= 0;
};

/** By number, part by part ("10" is newer than "9"); of two that are no numbers only the same is as new. */
export const compareVersions = (a: string, b: string): number => {
  if (a === b) return 0;
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (Number.isNaN(difference)) return -1;
    if (difference !== 0) return difference;
  }
  return 0;
};
