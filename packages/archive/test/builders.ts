import { createHash } from "node:crypto";

import type { Grant, Section, SectionTurn } from "@sotto/contracts";

export const conversation = "c_0123456789abcdefghjkmnpqrs";
export const startedAt = Date.UTC(2026, 10, 24, 9, 0, 0);
const sha256 = (text: string) => Uint8Array.from(createHash("sha256").update(text).digest());

export const aGrant = (over: Partial<Grant> = {}): Grant => ({
  v: 1,
  id: "g_1",
  conversation,
  tenant: "acme",
  line: "support",
  from: 1,
  at: startedAt + 500,
  day: 20_261_124,
  purposes: [
    { purpose: "transcription", reason: "ADMIT_CONSENT" },
    { purpose: "qa_review", reason: "ADMIT_CONSENT" },
  ],
  reason: "ADMIT_CONSENT",
  rules: ["GB-1"],
  policy: { version: "2026-11-01", digest: "abc123" },
  consents: [
    {
      id: "k_1",
      party: "p_customer",
      purposes: ["transcription", "qa_review"],
      status: "given",
      method: "spoken",
      at: startedAt + 400,
      notice: { id: "rec", version: "3" },
      evidence: { kind: "turn", digest: "keyed-digest" },
      scope: "conversation",
      expiresAt: startedAt + 86_400_000,
    },
  ],
  bases: [],
  fences: [],
  tokens: ["s1_0123456789abcdefghjkmnpqrs"],
  source: "/twilio/acme",
  startedAt,
  ...over,
});

export const aTurn = (ordinal: number, over: Partial<SectionTurn> = {}): SectionTurn => ({
  ordinal,
  part: 0,
  id: `t_${ordinal}`,
  event: `e_${ordinal}`,
  party: ordinal % 2 === 1 ? "p_customer" : "p_agent",
  startAt: startedAt + ordinal * 1000,
  timeFrom: "utterance",
  origin: "typed",
  text: `turn ${ordinal} of [PERSON_1]`,
  findings: [
    {
      kind: "PERSON",
      placeholder: "[PERSON_1]",
      start: 10,
      length: 10,
      score: 0.9,
      recognizer: "names",
      origin: "sotto",
    },
  ],
  redactedBySource: false,
  admission: { grant: "g_1", ordinal, part: 0, cut: startedAt + ordinal * 1000, day: 20_261_124 },
  mac: new Uint8Array(32),
  frames: { facts: sha256(`facts ${ordinal}`), content: sha256(`content ${ordinal}`) },
  ...over,
});

export const aSection = (over: Partial<Section> = {}): Section => ({
  v: 1,
  conversation,
  tenant: "acme",
  line: "support",
  section: 1,
  channel: "chat",
  direction: "inbound",
  vendor: "twilio",
  startedAt,
  parties: [
    { id: "p_agent", role: "agent", tokens: [] },
    {
      id: "p_customer",
      role: "customer",
      language: "en-GB",
      tokens: ["s1_0123456789abcdefghjkmnpqrs"],
    },
  ],
  pauses: [{ from: startedAt + 2500, to: startedAt + 2800, reason: "payment" }],
  turns: [aTurn(1), aTurn(2), aTurn(3)],
  ends: [],
  removes: [],
  grants: [{ id: "g_1", day: 20_261_124, frame: new Uint8Array([1]) }],
  receipt: { engine: "sotto-redaction 0.1.0", kinds: { PERSON: 3 }, languages: ["en"], withheld: 0 },
  inputDigest: sha256("input"),
  closedAt: startedAt + 60_000,
  cause: "ended",
  ...over,
});

export const noStops = { ends: [], purposes: new Map<string, readonly string[]>() };
