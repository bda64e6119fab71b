import { z } from "zod";

import { id, ms } from "./facts.ts";
import { ended } from "./section.ts";

const count = z.int().min(0);
const digest = z.string().regex(/^[A-Za-z0-9+/=_-]{1,128}$/);
const common = {
  /** Deterministic (`deriveId`): a repeat after a crash is the same entry, readers count an id once. */
  id,
  at: ms,
  service: z.string().max(40),
  version: z.string().max(40),
  tenant: id.nullable(),
  line: id.nullable(),
  conversation: id.optional(),
  /** Ids of the events that caused it. */
  events: z.array(id).max(1000).optional(),
};
const policy = z.strictObject({ version: z.string().max(40), digest });
const audit = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ ...common, type: z.literal(`sotto.audit.${type}.v1`), ...shape });

/** Public within the deployment: ids, kinds, counts, keyed digests. Never a word, name, address, token or SQL text. */
export const auditEvent = z.discriminatedUnion("type", [
  audit("event.accepted", {
    source: z.string().max(200),
    types: z.record(z.string(), count),
    bytes: count,
    dropped: count,
  }),
  audit("event.refused", {
    source: z.string().max(200).nullable(),
    reason: z.string().max(60),
    types: z.record(z.string(), count),
    bytes: count,
  }),
  audit("event.duplicate", { ordinal: z.int().optional(), of: id }),
  audit("turn.quarantined", {
    reason: z.string().max(60),
    digest,
    ordinal: z.int().min(1).optional(),
    origin: z.strictObject({ topic: z.string(), partition: z.int(), offset: z.int() }),
  }),
  audit("turn.released", { reason: z.string().max(60), digest, ordinal: z.int().optional() }),
  audit("decision.made", {
    purpose: z.string().max(60),
    decision: z.enum(["admit", "hold", "discard"]),
    reason: z.string().max(60),
    rules: z.array(z.string().max(120)).max(64),
    policy,
    evidence: z.array(digest).max(64),
    notice: z.array(z.string().max(140)).max(64),
    /** The whole records but for the token: proof outlives erasure. */
    consents: z.array(z.record(z.string(), z.unknown())).max(64),
    /** First ordinal it is for; it holds until the next for that purpose. */
    from: z.int().min(1),
    fences: z.array(id).max(1000),
    grant: id.nullable(),
  }),
  audit("turns.ended", { ends: z.array(ended).max(50_000) }),
  audit("transcript.made", {
    engine: z.string(),
    model: z.string(),
    digest,
    ms: count,
    ordinal: z.int().min(1),
  }),
  audit("section.redacted", {
    section: z.int().min(1),
    kinds: z.record(z.string(), count),
    engine: z.string().max(80),
    languages: z.array(z.string()).max(64),
    input: digest,
    output: digest,
    turns: count,
    withheld: count,
  }),
  audit("document.landed", {
    object: z.string().max(400),
    sha256: digest,
    bytes: count,
    section: z.int().min(1),
    ordinals: z.array(z.int().min(1)).max(50_000),
    /** "created", or "same" when an earlier try had landed it. */
    result: z.enum(["created", "same"]),
  }),
  audit("document.conflict", { object: z.string().max(400), section: z.int().min(1) }),
  audit("rows.added", { object: z.string().max(400), sha256: digest, bytes: count, rows: count }),
  audit("key.made", { fingerprint: digest, slot: z.string(), generation: z.int() }),
  audit("key.shredded", { fingerprint: digest.nullable(), slot: z.string(), generation: z.int() }),
  audit("fence.set", {
    kind: z.string(),
    scope: z.string().max(140),
    record: id,
    purposes: z.array(z.string()).nullable(),
  }),
  audit("fence.lifted", { kind: z.string(), scope: z.string().max(140), record: id }),
  audit("hold.expired", { reason: z.string().max(60), ordinals: z.array(z.int().min(1)), until: ms }),
  audit("read.performed", {
    reader: z.string().max(140),
    role: z.string().max(60),
    purpose: z.string().max(60).nullable(),
    secondFactor: z.boolean(),
    query: digest,
    files: count,
    rows: count,
    withheld: count,
  }),
  audit("read.refused", {
    reader: z.string().max(140),
    role: z.string().max(60),
    purpose: z.string().max(60).nullable(),
    reason: z.string().max(60),
  }),
  audit("conversation.erased", {
    counts: z.record(z.string(), count),
    unreachable: z.array(z.strictObject({ what: z.string(), until: ms })),
  }),
  audit("policy.activated", { policy }),
  audit("source.changed", {
    source: z.string().max(200),
    change: z.enum(["added", "rotated", "removed"]),
    approver: z.string().max(140),
  }),
  audit("log.checkpointed", { key: z.string(), size: count, root: digest }),
]);
export type AuditEvent = z.infer<typeof auditEvent>;
export type AuditType = AuditEvent["type"];

/** An audit event as one log entry: UTF-8 JSON, keys in the order of the schema. Throws when it does not fit it. */
export const encodeAudit = (event: AuditEvent): Uint8Array =>
  Buffer.from(JSON.stringify(auditEvent.parse(event)), "utf8");
export const decodeAudit = (bytes: Uint8Array): AuditEvent =>
  auditEvent.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
