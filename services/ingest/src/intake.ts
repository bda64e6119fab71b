import { createSecretKey, type KeyObject } from "node:crypto";

import { knownPurposes } from "@sotto/consent";
import { deriveId, kindOf, version, type AuditEvent } from "@sotto/contracts";
import { UnavailableError, type Keys } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import { check, type Checked } from "./check.ts";
import { deliver } from "./deliver.ts";
import { prepare, preparing, type Prepared } from "./prepare.ts";
import { problemOf, type Problem, type Refusal } from "./problem.ts";
import type { Refusals } from "./refusals.ts";
import type { Sender } from "./sources.ts";
import { openWindowKeys } from "./window-keys.ts";

/** What a sender is told of one event. */
export type Answer =
  | { readonly status: 202; readonly conversation: string | null; readonly id: string }
  | { readonly status: number; readonly problem: Problem };

export interface Intake extends Disposable {
  /**
   * Takes the events of one request: one answer each, in their order. An event is answered 202 when the log holds it
   * whole, with the fence it makes, and the audit log knows; else by the reason. Throws only on a fault of ours.
   */
  accept(sent: readonly unknown[], sender: Sender, o: { readonly bytes: number }): Promise<Answer[]>;
}

type Outcome = { readonly refused: Refusal } | { readonly prepared: Prepared; done: boolean };

export const openIntake = (
  platform: Platform,
  keys: Keys,
  refusals: Refusals,
  patienceMs: number,
): Intake => {
  const { log, clock, policy, fences, logger } = platform;
  const windowKeys = openWindowKeys({ keys, clock, timing: policy.timing });

  const judge = (one: unknown, sender: Sender, bytes: number | undefined): Checked | Refusal => {
    const checked = check(one, sender, { policy, now: clock.now(), bytes });
    if ("ok" in checked) return checked.ok;
    refusals.add(sender, checked.refused, { kind: kindIn(one), bytes: checked.bytes });
    return checked.refused;
  };

  const pepper = async (tenant: string, kind: "id" | "subject"): Promise<KeyObject> => {
    const bytes = await keys.pepper(tenant, kind);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  };

  const prepareAll = async (sent: readonly unknown[], sender: Sender, bytes: number): Promise<Outcome[]> => {
    const judged = sent.map((one) => judge(one, sender, sent.length === 1 ? bytes : undefined));
    const [id, subject] = await Promise.all([pepper(sender.tenant, "id"), pepper(sender.tenant, "subject")]);
    const o = preparing({
      sender,
      peppers: { id, subject, version: 1 },
      receivedAt: clock.now(),
      allowedAttributes: policy.attributes,
      fences,
    });
    return judged.map((one): Outcome => {
      if ("reason" in one) return { refused: one };
      try {
        return { prepared: prepare(one, o), done: false };
      } catch (err) {
        logger.error({ err, kind: one.kind }, "cannot prepare an event");
        return { refused: { reason: "FAILED" } };
      }
    });
  };

  const settle = async (outcomes: readonly Outcome[], sender: Sender, bytes: number): Promise<void> => {
    const open = outcomes.filter((outcome) => "prepared" in outcome);
    if (open.length === 0) return;
    const acked = await deliver(
      open.map((outcome) => outcome.prepared),
      { log, keys, clock, timing: policy.timing, windowKeys, patienceMs },
    );
    const taken = open.filter((_, n) => acked[n]).map((outcome) => outcome.prepared);
    await publishAudit(log, auditOf(taken, sender, { bytes, at: clock.now(), policy }));
    for (const [n, outcome] of open.entries()) outcome.done = acked[n] ?? false;
  };

  return {
    accept: async (sent, sender, { bytes }) => {
      let outcomes: Outcome[] = [];
      try {
        outcomes = await prepareAll(sent, sender, bytes);
        await settle(outcomes, sender, bytes);
      } catch (err) {
        if (!(err instanceof UnavailableError)) throw err;
        logger.warn({ err }, "cannot take events now");
        if (outcomes.length === 0) outcomes = sent.map(() => ({ refused: { reason: "UNAVAILABLE" } }));
      }
      return outcomes.map(answerOf);
    },
    [Symbol.dispose]: () => windowKeys[Symbol.dispose](),
  };
};

const answerOf = (outcome: Outcome): Answer => {
  if ("prepared" in outcome && outcome.done)
    return { status: 202, conversation: outcome.prepared.conversation, id: outcome.prepared.id };
  const problem = problemOf("refused" in outcome ? outcome.refused : { reason: "UNAVAILABLE" });
  return { status: problem.status, problem };
};

const kindIn = (one: unknown): string | undefined =>
  typeof one === "object" && one !== null && "type" in one ? kindOf(one.type) : undefined;

/** One entry for what a request brought, and one for each fence it set. */
const auditOf = (
  taken: readonly Prepared[],
  { source, tenant }: Sender,
  { bytes, at, policy }: { readonly bytes: number; readonly at: number; readonly policy: Platform["policy"] },
): AuditEvent[] => {
  if (taken.length === 0) return [];
  const ids = taken.map((event) => event.id);
  const types: Record<string, number> = {};
  for (const { facts } of taken) types[facts.kind] = (types[facts.kind] ?? 0) + 1;
  const common = { at, service: "ingest", version, tenant };
  const accepted: AuditEvent = {
    ...common,
    id: deriveId("a", "event.accepted", at, ...ids),
    line: only(taken.map((event) => event.facts.line)),
    ...conversationOf(only(taken.map((event) => event.conversation))),
    events: ids,
    type: "sotto.audit.event.accepted.v1",
    source,
    types,
    bytes,
    dropped: taken.reduce((sum, event) => sum + event.dropped, 0),
  };
  const set = taken.flatMap(({ id, facts, fence, conversation }): AuditEvent[] => {
    if (fence === null) return [];
    const entry = { id: deriveId("a", "fence.set", fence.id), line: facts.line, events: [id] };
    const { kind } = fence;
    const purposes = fence.purposes && knownPurposes(fence.purposes, policy);
    const scope = fence.scope.conversation ?? "standing";
    const about = { type: "sotto.audit.fence.set.v1", kind, scope, record: fence.id, purposes } as const;
    return [{ ...common, ...conversationOf(conversation), ...entry, ...about }];
  });
  return [accepted, ...set];
};

/** The one value that all have, else null. */
const only = <V>(values: readonly V[]): V | null => {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
};
const conversationOf = (conversation: string | null): { conversation?: string } =>
  conversation === null ? {} : { conversation };
