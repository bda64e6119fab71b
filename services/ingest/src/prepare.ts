import {
  deriveId,
  eventType,
  facts as factsSchema,
  type ConsentFacts,
  type Content,
  type Facts,
  type Fence,
  type StandingConsent,
} from "@sotto/contracts";
import type { FenceTable } from "@sotto/stream";

import type { Checked } from "./check.ts";
import { defined, gather, type Peppers } from "./gathering.ts";
import { namesOf, type Names } from "./names.ts";
import type { Sender } from "./sources.ts";
import { split, type KindAndData } from "./split.ts";

/** An event in clear, ready to be sealed: it lives in memory only, and only until its ack. */
export interface Prepared {
  readonly id: string;
  readonly conversation: string | null;
  readonly facts: Facts;
  /** null: there is a fence on it, its words go nowhere. */
  readonly content: Content | null;
  /** CloudEvents attributes of the record. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly fence: Fence | null;
  readonly standing: { readonly id: string; readonly record: StandingConsent } | null;
  readonly dropped: number;
}

/** What preparing needs of one sender's request. */
export interface Preparing {
  readonly sender: Sender;
  readonly names: Names;
  readonly peppers: Peppers;
  readonly receivedAt: number;
  readonly allowedAttributes: readonly string[];
  readonly fences: FenceTable;
}

export const preparing = (o: Omit<Preparing, "names">): Preparing => ({
  ...o,
  names: namesOf(o.peppers.id, o.sender.source),
});

/** Splits, renames and digests a checked event. Throws only on a fault of ours: the facts made must fit their schema. */
export const prepare = (checked: Checked, o: Preparing): Prepared => {
  const { event, line } = checked;
  const { tenant, source } = o.sender;
  const conversation = event.subject === undefined ? null : o.names.conversation(event.subject);
  const id = o.names.event(event.id);
  const into = gather(o.names, conversation, o.peppers);
  if (event.subject !== undefined && conversation !== null)
    into.content.originals[conversation] = event.subject;
  into.content.originals[id] = event.id;
  const data = split(event, into, o.allowedAttributes);
  const isStopped = isFenced(data, { conversation, line, tokens: into.allTokens, at: event.time }, o);
  const dropped = checked.dropped + into.dropped;
  const facts = factsSchema.parse(
    defined({
      v: 1,
      id,
      conversation,
      tenant,
      line,
      channel: event.channel,
      source,
      time: event.time,
      receivedAt: o.receivedAt,
      sequence: event.sequence === undefined ? undefined : Number(event.sequence),
      digest: o.names.digest(checked.sent),
      window: null,
      dropped: dropped === 0 ? undefined : dropped,
      ...data,
    }),
  );
  const consent = data.kind === "consent.recorded" ? data.data : null;
  return {
    id,
    conversation,
    facts,
    content: isStopped || conversation === null ? null : into.content,
    attributes: attributesOf(facts, event.traceparent),
    fence: consent && fenceOf(consent, facts),
    standing: consent && standingOf(consent, facts),
    dropped,
  };
};

/**
 * Whether a kill switch or an erasure stands against all that this event belongs to. Then the words are not even
 * sealed. The table may lag here: what slips by is stopped at the gate, which asks a fresh one, and an erased
 * conversation has no key to seal under.
 */
const isFenced = (
  { kind, data }: KindAndData,
  about: { conversation: string | null; line: string; tokens: readonly string[]; at: number },
  { fences, sender }: Preparing,
): boolean => {
  if (about.conversation === null) return true;
  return fences.index
    .scope({
      tenant: sender.tenant,
      conversation: about.conversation,
      line: about.line,
      source: sender.source,
      tokens: about.tokens,
      startedAt: kind === "conversation.started" ? data.startedAt : about.at,
    })
    .some((fence) => fence.purposes === null && (fence.kind === "kill_switch" || fence.kind === "erasure"));
};

const attributesOf = (facts: Facts, traceparent: string | undefined): Record<string, string> => {
  const type = eventType(facts.kind);
  const attributes = {
    specversion: "1.0",
    type,
    id: facts.id,
    source: facts.source,
    time: new Date(facts.time).toISOString(),
    subject: facts.conversation ?? undefined,
    tenant: facts.tenant,
    line: facts.line,
    channel: facts.channel,
    partitionkey: facts.conversation ?? undefined,
    sequence: facts.sequence === undefined ? undefined : String(facts.sequence).padStart(12, "0"),
    dataschema: `sotto:facts+content/${type}`,
    receivedtime: new Date(facts.receivedAt).toISOString(),
    datacontenttype: "application/cbor",
    traceparent,
  };
  return Object.fromEntries(
    Object.entries(attributes).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
};

const fenceKindOf = { refused: "refusal", withdrawn: "withdrawal", objected: "objection" } as const;

/**
 * A refusal, withdrawal or objection stops grants from now on, whoever holds them: it travels by itself too. The digest is
 * part of its id: other data under a used event id becomes a fence of its own and lifts none.
 */
export const fenceOf = (
  consent: ConsentFacts,
  facts: Pick<Facts, "id" | "digest" | "conversation" | "tenant" | "receivedAt">,
): Fence | null => {
  if (consent.status === "given" || consent.status === "pending") return null;
  const isStanding = consent.scope === "standing";
  if (!isStanding && facts.conversation === null) return null;
  return {
    v: 1,
    id: deriveId("f", facts.id, Buffer.from(facts.digest).toString("base64url")),
    kind: fenceKindOf[consent.status],
    tenant: facts.tenant,
    scope: isStanding ? { token: consent.tokens ?? [] } : { conversation: facts.conversation ?? "" },
    purposes: consent.purposes,
    at: consent.at,
    receivedAt: facts.receivedAt,
  };
};

/** As with fences, other data under a used event id becomes a record of its own and overwrites nothing. */
export const standingOf = (
  consent: ConsentFacts,
  facts: Pick<Facts, "id" | "digest" | "tenant" | "source" | "receivedAt">,
): Prepared["standing"] => {
  if (consent.scope !== "standing") return null;
  const { tenant, source, receivedAt } = facts;
  return {
    id: deriveId("k", facts.id, Buffer.from(facts.digest).toString("base64url")),
    record: { v: 1, tenant, source, receivedAt, consent },
  };
};
