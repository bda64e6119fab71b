import type {
  ConsentFacts,
  EventKind,
  Facts,
  FactsData,
  FactsOf,
  Fence,
  PartyFacts,
  StandingConsent,
} from "@sotto/contracts";

import {
  applyFacts,
  bundledPolicy,
  decide,
  decisionFacts,
  openConversation,
  type Circumstances,
  type Conversation,
  type TurnInQuestion,
} from "../src/index.ts";

/** The conversation starts here; everything is told relative to it. */
export const start = Date.parse("2026-11-21T12:00:00Z");
export const second = 1000;
export const minute = 60 * second;

let count = 0;
type Over = Partial<Pick<Facts, "id" | "time" | "receivedAt" | "line" | "channel" | "sequence">>;

/** An event's facts, received as they happened unless told otherwise. */
export const aFact = <K extends EventKind>(kind: K, data: FactsData<K>, over: Over = {}): FactsOf<K> => {
  count += 1;
  const at = "at" in data ? Number(data.at) : "startedAt" in data ? Number(data.startedAt) : start;
  return {
    v: 1,
    id: `e_${String(count).padStart(4, "0")}`,
    conversation: "c_1",
    tenant: "acme",
    line: "support",
    channel: "chat",
    source: "/test/acme",
    time: at,
    receivedAt: at,
    digest: new Uint8Array([count % 256]),
    window: null,
    kind,
    data,
    ...over,
  } as unknown as FactsOf<K>;
};

export const token = (n: number): string => `s1_${String(n).padStart(26, "0")}`;

export const customer = (over: Partial<PartyFacts> = {}): PartyFacts => ({
  id: "p_cust",
  role: "customer",
  language: "en-GB",
  jurisdiction: "GB",
  tokens: [token(1)],
  ...over,
});

export const agent = (over: Partial<PartyFacts> = {}): PartyFacts => ({
  id: "p_agent",
  role: "agent",
  jurisdiction: "GB",
  tokens: [],
  ...over,
});

export const started = (over: Partial<FactsData<"conversation.started">> = {}, facts: Over = {}): Facts => {
  const channel = over.channel ?? "chat";
  return aFact(
    "conversation.started",
    {
      channel,
      direction: "inbound",
      startedAt: start,
      parties: [customer(), agent()],
      personalData: true,
      ...over,
    },
    { channel, ...facts },
  );
};

export const told = (over: Partial<FactsData<"notice.delivered">> = {}, facts: Over = {}): Facts =>
  aFact(
    "notice.delivered",
    {
      party: "p_cust",
      at: start + second,
      notice: { id: "chat-privacy", version: "3", language: "en" },
      means: "text",
      completed: true,
      ...over,
    },
    facts,
  );

export const record = (over: Partial<ConsentFacts> = {}): ConsentFacts => ({
  id: `k_${(count += 1)}`,
  party: "p_cust",
  purposes: ["transcription", "qa_review", "analytics"],
  status: "given",
  method: "chat_button",
  at: start + 5 * second,
  notice: { id: "chat-privacy", version: "3" },
  evidence: { kind: "event" },
  scope: "conversation",
  ...over,
});

export const agreed = (over: Partial<ConsentFacts> = {}, facts: Over = {}): Facts =>
  aFact("consent.recorded", record(over), facts);

/** Staff's acknowledged policy, months ago. */
export const acknowledged = (over: Partial<ConsentFacts> = {}): Facts => {
  const { notice: _none, ...rest } = record({
    party: "p_agent",
    method: "policy_ack",
    at: start - 90 * 86_400_000,
    ...over,
  });
  return aFact("consent.recorded", rest);
};

export const standingOf = (consent: Partial<ConsentFacts>, receivedAt = start - minute): StandingConsent => {
  const { party: _nobody, ...rest } = record({
    scope: "standing",
    at: start - minute,
    tokens: [token(1)],
    ...consent,
  });
  return { v: 1, tenant: "acme", source: "/test/acme", receivedAt, consent: rest };
};

export const aFence = (over: Partial<Fence> = {}): Fence => ({
  v: 1,
  id: `f_${(count += 1)}`,
  kind: "withdrawal",
  tenant: "acme",
  scope: { conversation: "c_1" },
  purposes: null,
  at: start + minute,
  receivedAt: start + minute,
  ...over,
});

export const fold = (...facts: readonly Facts[]): Conversation => {
  const [first, ...rest] = facts;
  if (!first) throw new Error("Nothing to fold");
  const c = openConversation(first);
  for (const one of rest) applyFacts(c, one);
  return c;
};

/** A chat in which everybody was told and agreed. */
export const goodChat = (...more: readonly Facts[]): Conversation =>
  fold(started(), told(), agreed(), acknowledged(), ...more);

/** A call in which everybody was told and agreed before it was recorded. */
export const goodCall = (...more: readonly Facts[]): Conversation =>
  fold(
    started({ channel: "voice" }),
    told({ notice: { id: "call-recording", version: "5", language: "en" }, means: "ivr", recorded: true }),
    agreed({ method: "dtmf", notice: { id: "call-recording", version: "5" } }),
    acknowledged(),
    ...more,
  );

export const aTurn = (over: Partial<TurnInQuestion> = {}): TurnInQuestion => ({
  startAt: start + 10 * second,
  party: "p_cust",
  origin: "typed",
  ...over,
});

export const spoken = (over: Partial<TurnInQuestion> = {}): TurnInQuestion =>
  aTurn({ origin: "asr", engine: { id: "amazon-transcribe" }, ...over });

export const circumstances = (over: Partial<Circumstances> = {}): Circumstances => ({
  now: start + 60 * minute,
  policy: bundledPolicy,
  standing: [],
  fences: [],
  ...over,
});

/** Decision and reason for a turn of a conversation. */
export const judged = (c: Conversation, turn: TurnInQuestion, over: Partial<Circumstances> = {}) => {
  const o = circumstances(over);
  const { decision, reason } = decide(decisionFacts(c, turn, o), o.policy);
  return `${decision} ${reason}`;
};
