import { createHash, randomUUID } from "node:crypto";

import {
  consentFacts,
  deriveId,
  encodeCbor,
  version,
  type AuditEvent,
  type ConsentFacts,
  type Fence,
} from "@sotto/contracts";
import { yearOf } from "@sotto/envelope";
import { fenceOf, sealRegister, standingOf } from "@sotto/ingest";
import type { Platform } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import { appendAll } from "../register.ts";

export type RecordPlatform = Pick<Platform, "clock" | "keys" | "log">;

/** Whom a record is about: a conversation, or a person by token. */
export type About =
  | { readonly tenant: string; readonly conversation: string }
  | { readonly tenant: string; readonly token: string };

/** What was said, as the command line has it. */
export type Saying = Pick<ConsentFacts, "purposes" | "status" | "method" | "at"> & {
  readonly notice?: ConsentFacts["notice"];
  readonly evidence?: string;
  readonly expiresAt?: number;
};

export interface Recorded {
  /** Id of the record. */
  readonly record: string;
  /** The fence that it set; null for a yes. */
  readonly fence: Fence | null;
}

/**
 * Writes a consent record as the door writes one: the register records that follow from it, acked, then the audit log. A
 * conversation's own record would ride on `conversations`, which only the door writes: here it is its fence alone.
 */
export const recordConsent = async (
  platform: RecordPlatform,
  about: About,
  saying: Saying,
): Promise<Recorded> => {
  const { log, clock } = platform;
  const { tenant } = about;
  const run = randomUUID();
  const consent = consentOf(about, saying, run);
  const facts = {
    id: deriveId("e", "cli", run),
    digest: createHash("sha256").update(encodeCbor(consent)).digest(),
    conversation: "conversation" in about ? about.conversation : null,
    tenant,
    source: localSource(),
    receivedAt: clock.now(),
  };
  const fence = fenceOf(consent, facts);
  const standing = standingOf(consent, facts);
  const generation = yearOf(facts.receivedAt);
  const register = await platform
    .keys("cli")
    .toSeal({ slot: "register", tenant, conversation: null, generation });
  await appendAll(log, sealRegister({ facts, fence, standing }, register));
  await publishAudit(log, entriesOf(facts, fence));
  return { record: consent.id, fence };
};

const consentOf = (about: About, { evidence, ...saying }: Saying, run: string): ConsentFacts =>
  consentFacts.parse({
    id: deriveId("k", "cli", run),
    ...("token" in about ? { tokens: [about.token] } : {}),
    ...saying,
    evidence: evidence === undefined ? { kind: "external" } : { kind: "document", digest: evidence },
    scope: "token" in about ? "standing" : "conversation",
  });

/** Who gave the command, as far as this machine knows. */
const localSource = (): string => `local/${process.geteuid?.() ?? "user"}`;

const entriesOf = (
  facts: {
    readonly id: string;
    readonly tenant: string;
    readonly conversation: string | null;
    readonly source: string;
    readonly receivedAt: number;
  },
  fence: Fence | null,
): AuditEvent[] => {
  const { id, tenant, conversation, source, receivedAt: at } = facts;
  const common = {
    at,
    service: "cli",
    version,
    tenant,
    line: null,
    ...(conversation === null ? {} : { conversation }),
    events: [id],
  };
  const accepted: AuditEvent = {
    ...common,
    id: deriveId("a", "event.accepted", id),
    type: "sotto.audit.event.accepted.v1",
    source,
    types: { "consent.recorded": 1 },
    bytes: 0,
    dropped: 0,
  };
  if (fence === null) return [accepted];
  const { kind, purposes } = fence;
  const set: AuditEvent = {
    ...common,
    id: deriveId("a", "fence.set", fence.id),
    type: "sotto.audit.fence.set.v1",
    kind,
    scope: conversation ?? "standing",
    record: fence.id,
    purposes,
  };
  return [accepted, set];
};
