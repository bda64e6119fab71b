import { setTimeout as sleep } from "node:timers/promises";

import type { AuditEvent } from "@sotto/contracts";
import type { Platform } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import { findConversation, type FoundConversation } from "../find-conversation.ts";
import { appendAll, fenceRecord, readFences } from "../register.ts";
import { certificateOf, erasedAmong, type Certificate } from "./certificate.ts";
import { endEntries, erasedEntry, erasureFence, fenceEntry, keyEntry } from "./entries.ts";
import { proveEntry } from "./proof.ts";
import { countAside, digestOf, landedNames, presentNames, readTurns } from "./survey.ts";
import { unreachableAfter } from "./unreachable.ts";

export type ErasePlatform = Pick<
  Platform,
  "archive" | "auditStore" | "clock" | "keys" | "keyStore" | "log" | "policy" | "signer"
>;

/** In order; what each name says is done when its step is called. */
export const eraseSteps = [
  "fence told",
  "fence set",
  "keys taken away",
  "keys told",
  "fence held by all",
  "documents deleted",
  "looked for again",
  "ends told",
  "erasure told",
] as const;
export type EraseStep = (typeof eraseSteps)[number];

export interface EraseOptions {
  /** Called after each step: says how far it is; a throw ends it there, as a crash would. */
  readonly step?: (done: EraseStep) => void | Promise<void>;
  /** How long to wait for the auditor's signature. Default 5 s. */
  readonly proofWaitMs?: number;
}

const defaultProofWaitMs = 5000;
/** Looks for documents after the first, when something was still landing each time. */
const mostLooks = 10;

/**
 * Erases a conversation for good (invariant 6) and answers what was done. Every step may be done again: a repeat, or a try
 * after a crash wherever that was, finishes what is left and answers the same. The fence comes first, so that nothing is
 * let through any more; then the keys, and with them every frame wherever it lies; only then what can be deleted. Throws
 * CommandError when there is no such conversation, UnavailableError when log, store or key store cannot answer: it is
 * to be given again then.
 */
export const eraseConversation = async (
  platform: ErasePlatform,
  conversation: string,
  o: EraseOptions = {},
): Promise<Certificate> => {
  const warnings: string[] = [];
  const found = await findConversation(platform, conversation, {
    fault: (error) => warnings.push(`The audit log did not verify while it was read: ${error.message}`),
  });
  const step = async (done: EraseStep): Promise<void> => o.step?.(done);
  const e: Erasure = { platform, found, step, isNew: erasedAmong(found) === null };
  if (e.isNew) await fence(e);
  const fingerprints = await takeKeys(e);
  if (e.isNew) await sleep(platform.policy.timing.freshMs + marginMs);
  await step("fence held by all");
  const documents = await deleteDocuments(e);
  await found.trail.readOn();
  const turns = await tellEnds(e);
  await tellErased(e, { documents: documents.size, slots: fingerprints.length, turns });
  await found.trail.readOn();
  const last = erasedAmong(found);
  const waitMs = o.proofWaitMs ?? defaultProofWaitMs;
  const inclusion = last && (await proveEntry(platform, last, waitMs));
  return certificateOf({ found, fingerprints, documents, warnings, inclusion });
};

/** Freshness is proved by the monotonic clock, and waited for by a timer: the one may be a little ahead of the other. */
const marginMs = 50;

interface Erasure {
  readonly platform: ErasePlatform;
  readonly found: FoundConversation;
  readonly step: (done: EraseStep) => Promise<void>;
  /** The audit log does not say yet that it is erased. */
  readonly isNew: boolean;
}

/** Told before it is done (invariant 7), and acked before anything else is. */
const fence = async ({ platform, found, step }: Erasure): Promise<void> => {
  const fence = erasureFence(found, platform.clock.now());
  await publish(platform, found, [fenceEntry(found, fence)]);
  await step("fence told");
  const record = await fenceRecord(platform, fence, found.conversation);
  const isSet = (await readFences(platform)).some((one) => one.key === record.key && one.record !== null);
  if (!isSet) await appendAll(platform.log, [record]);
  await step("fence set");
};

/** From here on no frame of it opens anywhere, and nobody can make a key for it again. */
const takeKeys = async ({ platform, found, step }: Erasure): Promise<readonly string[]> => {
  const fingerprints = await platform.keys("cli").erase(found.tenant, found.conversation);
  await step("keys taken away");
  const at = platform.clock.now();
  const slotOf = new Map(found.slots.map((slot) => [slot.fingerprint, slot]));
  const told = fingerprints.map((fingerprint) => keyEntry(found, fingerprint, slotOf.get(fingerprint), at));
  await publish(platform, found, told);
  await step("keys told");
  return fingerprints;
};

/**
 * Deletes every document and looks again until a look finds none: one that was on its way when the fence came may still
 * land, sealed under a key that is gone by then. Answers all that there were, with digests of their sealed bytes.
 */
const deleteDocuments = async ({ platform, found, step, isNew }: Erasure): Promise<Map<string, string>> => {
  const documents = landedNames(found);
  const look = async (): Promise<number> => {
    const present = await presentNames(platform, found);
    let deleted = 0;
    for (const name of new Set([...present, ...documents.keys()])) {
      const digest = documents.get(name) ?? (await digestOf(platform, name));
      if (digest !== null) documents.set(name, digest);
      if (await platform.archive.delete(name)) deleted += 1;
    }
    return deleted;
  };
  let deleted = await look();
  await step("documents deleted");
  if (isNew || deleted > 0) {
    for (let looks = 0; looks < mostLooks && (looks === 0 || deleted > 0); looks += 1) {
      await sleep(platform.policy.timing.freshMs / 2);
      await found.trail.readOn();
      for (const [name, digest] of landedNames(found)) documents.set(name, digest);
      deleted = await look();
    }
  }
  await step("looked for again");
  return documents;
};

/** Every ordinal that is known ends as erased, whatever was said of it before: so the account of `status` closes. */
const tellEnds = async ({ platform, found, step }: Erasure): Promise<number> => {
  const turns = await readTurns(platform.log, found);
  await publish(platform, found, endEntries(found, turns, platform.clock.now()));
  await step("ends told");
  return turns.all.size;
};

const tellErased = async (
  { platform, found, step, isNew }: Erasure,
  of: { readonly documents: number; readonly slots: number; readonly turns: number },
): Promise<void> => {
  if (isNew) {
    const at = platform.clock.now();
    const counts = { ...of, quarantined: await countAside(platform.log, found.conversation) };
    const entry = erasedEntry(found, { at, counts, unreachable: unreachableAfter(at) });
    await publish(platform, found, [entry]);
  }
  await step("erasure told");
};

/** Publishes those that the audit log does not have yet. */
const publish = async (
  { log }: ErasePlatform,
  { trail }: FoundConversation,
  events: readonly AuditEvent[],
): Promise<void> =>
  publishAudit(
    log,
    events.filter(({ id }) => !trail.ids.has(id)),
  );
