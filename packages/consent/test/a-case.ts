import type { DecisionConsent, DecisionFacts, DecisionParty, DecisionProcessor } from "../src/index.ts";

export const noon = Date.parse("2026-11-21T12:00:00Z");
export const minute = 60_000;

/** A customer who was told of everything eleven minutes ago. */
export const aCustomer = (over: Partial<DecisionParty> = {}): DecisionParty => ({
  id: "cust",
  role: "customer",
  jurisdiction: "US-NY",
  age: null,
  notice: {
    delivered_at: noon - 11 * minute,
    version: "5",
    language_ok: true,
    recorded_in_audio: true,
  },
  ...over,
});

export const anAgent = (over: Partial<DecisionParty> = {}): DecisionParty => ({
  id: "agent",
  role: "agent",
  jurisdiction: "US-NY",
  age: null,
  ...over,
});

/** A yes for recording and transcription, ten minutes ago. */
export const aConsent = (over: Partial<DecisionConsent> = {}): DecisionConsent => ({
  id: `k-${over.party ?? "cust"}-${over.status ?? "given"}-${String(over.at ?? "")}`,
  party: "cust",
  purposes: ["recording", "transcription"],
  status: "given",
  method: "spoken",
  at: noon - 10 * minute,
  notice_version: "5",
  evidence: "ok",
  ...over,
});

/** Staff's acknowledged policy, standing for months. */
export const anAck = (over: Partial<DecisionConsent> = {}): DecisionConsent =>
  aConsent({ party: "agent", method: "policy_ack", at: noon - 100 * 86_400_000, standing: true, ...over });

export const aProcessor = (over: Partial<DecisionProcessor> = {}): DecisionProcessor => ({
  id: "stt-x",
  purposes: ["transcription"],
  location: "US",
  disclosed: true,
  own_use: "none",
  contract: "dpa",
  transfer: "scc",
  live_capture: false,
  ...over,
});

type Over = Partial<Omit<DecisionFacts, "interaction" | "context">> & {
  readonly interaction?: Partial<DecisionFacts["interaction"]>;
  readonly context?: Partial<DecisionFacts["context"]>;
};

/** A phone call in New York, not captured yet: customer and agent have agreed, nobody else listens. */
export const aCase = ({ interaction, context, ...over }: Over = {}): DecisionFacts => ({
  profile: "explicit",
  evaluated_at: noon,
  controller: { jurisdiction: null },
  parties: [aCustomer(), anAgent()],
  processors: [],
  purposes: ["recording", "transcription"],
  consents: [aConsent(), anAck()],
  bases: [],
  ...over,
  interaction: {
    id: "i-1",
    channel: "voice",
    direction: "inbound",
    personal_data: true,
    ai_agent: false,
    ai_disclosed: null,
    capture: { state: "not_started", started_at: null },
    ...interaction,
  },
  context: {
    ledger: "ok",
    notice_current: "5",
    notice_min_valid: "4",
    objections: [],
    restricted: false,
    phi: false,
    sad_present: false,
    redaction: "n/a",
    hold_since: null,
    hold_ttl_s: 86_400,
    ...context,
  },
});

/** The same people somewhere else. */
export const inPlace = (
  jurisdiction: string | readonly string[] | null,
  over: Partial<DecisionParty> = {},
) => [aCustomer({ jurisdiction, ...over }), anAgent({ jurisdiction })];

export const recorded = (atMs: number) => ({ capture: { state: "recorded", started_at: atMs } });

/** A written balancing test, and a way out. */
export const lia = (purpose: string) => ({
  purpose,
  party: "*",
  basis: "legitimate_interest",
  documented: true,
  opt_out_offered: true,
});

/** A law that demands it. */
export const law = (purpose: string) => ({
  purpose,
  party: "*",
  basis: "legal_obligation",
  documented: true,
});

export const statutory = (over: Over): DecisionFacts => aCase({ profile: "statutory", ...over });
