import { z } from "zod";

import { consentFacts, id, ms, token } from "./facts.ts";

/** What the gate grants: sealed under the grants key of its day, audited before anything is let through on it. */
export const grant = z.strictObject({
  v: z.literal(1),
  id,
  conversation: id,
  tenant: id,
  line: id,
  /** The first ordinal it covers; it holds until the next grant or the end of grants. */
  from: z.int().min(1),
  /** Append time of the record that caused the decision. */
  at: ms,
  day: z.int(),
  purposes: z.array(z.strictObject({ purpose: z.string(), reason: z.string() })).min(1),
  reason: z.string(),
  rules: z.array(z.string()),
  policy: z.strictObject({ version: z.string(), digest: z.string() }),
  consents: z.array(consentFacts),
  bases: z.array(z.strictObject({ purpose: z.string(), party: id.optional(), basis: z.string() })),
  /** Fences that the decision knew and answers; any other fence in its scope stops it. */
  fences: z.array(z.string()),
  /** Every token of every party: what a fence by subject matches. */
  tokens: z.array(token),
  source: z.string(),
  startedAt: ms,
});
export type Grant = z.infer<typeof grant>;

export const fenceKinds = [
  "withdrawal",
  "refusal",
  "objection",
  "restriction",
  "erasure",
  "kill_switch",
] as const;

/** A record that stops grants; immutable, sealed under the register key of its year, key `tenant/scope/id`. */
export const fence = z.strictObject({
  v: z.literal(1),
  id,
  kind: z.enum(fenceKinds),
  tenant: id,
  /** All that are given must match; only a kill switch may give none (the whole tenant). */
  scope: z.strictObject({
    conversation: id.optional(),
    token: z.array(token).optional(),
    line: id.optional(),
    source: z.string().optional(),
  }),
  /** null: every purpose. */
  purposes: z.array(z.string()).nullable(),
  at: ms,
  receivedAt: ms,
});
export type Fence = z.infer<typeof fence>;

/** A record on `consents`: standing consent of a subject, sealed under the register key of its year. */
export const standingConsent = z.strictObject({
  v: z.literal(1),
  tenant: id,
  source: z.string(),
  receivedAt: ms,
  consent: consentFacts,
});
export type StandingConsent = z.infer<typeof standingConsent>;
