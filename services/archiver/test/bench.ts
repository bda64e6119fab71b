import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FenceIndex } from "@sotto/consent";
import {
  decodeAudit,
  deriveId,
  encodeAudit,
  encodeCbor,
  topics,
  type AuditEvent,
  type Fence,
  type Grant,
  type Landed,
  type Section,
  type SectionTurn,
} from "@sotto/contracts";
import { admissionHeader, dayOf, digestFrame, readAdmission, seal } from "@sotto/envelope";
import { initPlatform, openLogger, openPlatform, settingsUnder, type Platform } from "@sotto/service";
import { readLanded, type LogRecord, type Outcome } from "@sotto/stream";

import type { Tools } from "../src/tools.ts";

export const tenant = "acme";
export const at = Date.UTC(2026, 10, 24, 9, 0, 0);
const day = dayOf(at);

/** The embedded platform in a folder of its own, its clock at `at`. */
export const openTestPlatform = async (): Promise<Platform> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-archiver-"));
  const settings = settingsUnder(folder);
  await initPlatform(settings);
  const logger = openLogger({ level: "silent" });
  const platform = await openPlatform(settings, { logger, clock: { now: () => at } });
  return {
    ...platform,
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Tools as the archiver gets them, but for fences that a test sets and unsets. */
export const toolsOf = (platform: Platform) => {
  const index = new FenceIndex();
  const results: string[] = [];
  let fresh = true;
  const tools: Tools = {
    archive: platform.archive,
    keys: platform.keys("archiver"),
    fences: { index, isFresh: () => fresh },
    clock: platform.clock,
    landed: (result) => results.push(result),
    failed: (error) => results.push(error instanceof Error ? error.name : typeof error),
  };
  return { tools, index, results, setFresh: (is: boolean) => (fresh = is) };
};

let count = 0;
export const aConversation = (): string => deriveId("c", "archiver test", (count += 1));

export const aGrant = (conversation: string, over: Partial<Grant> = {}): Grant => ({
  v: 1,
  id: deriveId("g", conversation, 1),
  conversation,
  tenant,
  line: "support",
  from: 1,
  at,
  day,
  purposes: [
    { purpose: "transcription", reason: "ADMIT_CONSENT" },
    { purpose: "qa_review", reason: "ADMIT_CONSENT" },
  ],
  reason: "ADMIT_CONSENT",
  rules: ["GB-1"],
  policy: { version: "test", digest: "abc" },
  consents: [
    {
      id: "k_1",
      party: "p_customer",
      purposes: ["transcription", "qa_review"],
      status: "given",
      method: "chat_button",
      at,
      evidence: { kind: "event" },
      scope: "conversation",
    },
  ],
  bases: [],
  fences: [],
  tokens: [],
  source: "/twilio/acme",
  startedAt: at,
  ...over,
});

/** A grant as the gate seals it. */
export const sealedGrant = async (platform: Platform, grant: Grant): Promise<Section["grants"][number]> => {
  const key = await platform
    .keys("consent-gate")
    .toSeal({ slot: "grants", tenant: grant.tenant, conversation: null, generation: grant.day });
  const frame = seal(encodeCbor(grant), key, {
    tenant: grant.tenant,
    conversation: grant.conversation,
    slot: "grants",
    generation: grant.day,
    kind: "grant",
    name: grant.id,
    headers: null,
  });
  return { id: grant.id, day: grant.day, frame: Uint8Array.from(frame) };
};

/** A turn with the admission that the gate made for it. */
export const aTurn = async (platform: Platform, ordinal: number, grant: Grant): Promise<SectionTurn> => {
  const key = await platform
    .keys("consent-gate")
    .toSeal({ slot: "grants", tenant, conversation: null, generation: grant.day });
  const [facts, content] = [randomBytes(40), randomBytes(60)];
  const event = deriveId("e", grant.conversation, ordinal);
  const header = admissionHeader(
    { grant: grant.id, ordinal, part: 0, cut: at + ordinal, day: grant.day },
    { key, event, facts, content },
  );
  const { admission, mac } = readAdmission(header);
  return {
    ordinal,
    part: 0,
    id: `t_${ordinal}`,
    event,
    party: ordinal % 2 === 1 ? "p_customer" : "p_agent",
    startAt: at + ordinal * 1000,
    timeFrom: "sent",
    origin: "typed",
    text: `turn ${ordinal} of [PERSON_1]`,
    findings: [],
    redactedBySource: false,
    admission,
    mac: Uint8Array.from(mac),
    frames: { facts: Uint8Array.from(digestFrame(facts)), content: Uint8Array.from(digestFrame(content)) },
  };
};

/** A section of three turns that the gate let through, under one grant. */
export const aSection = async (
  platform: Platform,
  conversation: string,
  over: Partial<Section> = {},
  grant: Grant = aGrant(conversation),
): Promise<Section> => ({
  v: 1,
  conversation,
  tenant,
  line: "support",
  section: 1,
  channel: "chat",
  direction: "inbound",
  vendor: "twilio",
  startedAt: at,
  parties: [
    { id: "p_agent", role: "agent", tokens: [] },
    { id: "p_customer", role: "customer", tokens: [] },
  ],
  pauses: [],
  turns: [await aTurn(platform, 1, grant), await aTurn(platform, 2, grant), await aTurn(platform, 3, grant)],
  ends: [],
  removes: [],
  grants: [await sealedGrant(platform, grant)],
  receipt: { engine: "test", kinds: {}, languages: ["en"], withheld: 0 },
  inputDigest: Uint8Array.from(createHash("sha256").update(conversation).digest()),
  closedAt: at + 60_000,
  cause: "ended",
  ...over,
});

let offset = 0;
/** A section as the redactor sends it; `claim` changes what the headers say, not what is sealed. */
export const aRecord = async (
  platform: Platform,
  section: Section,
  claim: { readonly conversation?: string; readonly section?: number; readonly value?: Uint8Array } = {},
): Promise<LogRecord> => {
  const { conversation } = section;
  const address = { slot: "archive", tenant, conversation, generation: 1 } as const;
  const name = `${conversation}/${section.section}`;
  const key = await platform.keys("redactor").toSeal(address);
  const frame = seal(encodeCbor(section), key, { ...address, kind: "section", name, headers: null });
  return {
    topic: topics.redacted.name,
    partition: 0,
    offset: (offset += 1),
    timestamp: at + 61_000,
    key: claim.conversation ?? conversation,
    value: claim.value ?? frame,
    headers: headers({
      type: "section",
      tenant,
      section: String(claim.section ?? section.section),
      generation: "1",
    }),
  };
};

export const headers = (said: Readonly<Record<string, string>>): LogRecord["headers"] =>
  Object.entries(said).map(([name, value]) => [name, Buffer.from(value, "utf8")] as const);

export const aFence = (over: Partial<Fence> & Pick<Fence, "kind" | "scope">): Fence => ({
  v: 1,
  id: deriveId("f", over.kind, (count += 1)),
  tenant,
  purposes: null,
  at,
  receivedAt: at,
  ...over,
});

export const setFence = (index: FenceIndex, fence: Fence): void =>
  index.set(`${fence.tenant}/${fence.scope.conversation ?? "tenant"}/${fence.id}`, fence);

/** What an outcome tells the gate, opened; it must be exactly one record. */
export const landedIn = async (platform: Platform, outcome: Outcome): Promise<Landed> => {
  const [output, ...more] = outcome.outputs ?? [];
  if (output?.topic !== topics.landed.name || more.length > 0) throw new Error("not one record on landed");
  const record = { ...output, partition: 0, offset: 0, timestamp: at, headers: output.headers ?? [] };
  const { tenant: _tenant, ...said } = await readLanded(platform.keys("consent-gate"), record);
  return said;
};

/** Audit events of an outcome, by type, each through the log's own encoding. */
export const audited = (outcome: Outcome): Record<string, AuditEvent> =>
  Object.fromEntries(
    (outcome.audit ?? [])
      .map((event) => decodeAudit(encodeAudit(event)))
      .map((event) => [event.type.replace(/^sotto\.audit\.(.*)\.v1$/, "$1"), event]),
  );
