import {
  digestHeaders,
  encodeCbor,
  encodeEventValue,
  eventType,
  toHeaders,
  type ConsentFacts,
  type Content,
  type EventKind,
  type Facts,
  type FactsData,
} from "@sotto/contracts";
import { dayOf, seal as sealFrame, type Keys } from "@sotto/envelope";
import type { Kept } from "@sotto/stream";

/** An event before it is sealed. */
export interface Event {
  readonly facts: Facts;
  readonly content: Content | null;
}

type Over = Partial<
  Pick<Facts, "id" | "time" | "line" | "conversation" | "tenant" | "digest" | "sequence">
> & {
  /** The window it is sealed under, when not the current one. */
  readonly window?: number;
  readonly content?: null;
};

/** Seals as ingest does: facts and content apart, each bound to the headers beside it. */
export const seal = async (
  lab: {
    readonly keys: { readonly ingest: Keys };
    readonly policy: { readonly timing: { readonly rawWindowMs: number } };
  },
  { facts, content }: Event,
  at: number,
): Promise<Kept> => {
  const { tenant, line, channel, source, id, kind } = facts;
  const conversation = facts.conversation ?? "";
  const window = content ? (facts.window ?? Math.floor(at / lab.policy.timing.rawWindowMs)) : null;
  const received: Facts = { ...facts, receivedAt: at, window };
  const headers = toHeaders({
    specversion: "1.0",
    type: eventType(kind),
    id,
    source,
    time: new Date(facts.time).toISOString(),
    subject: conversation,
    tenant,
    line,
    channel,
    partitionkey: conversation,
    dataschema: `sotto:facts+content/${eventType(kind)}`,
    receivedtime: new Date(at).toISOString(),
    datacontenttype: "application/cbor",
  });
  const place = { tenant, conversation, name: id, headers: digestHeaders(headers) };
  const day = dayOf(at);
  const factsKey = await lab.keys.ingest.toSeal({
    slot: "facts",
    tenant,
    conversation: null,
    generation: day,
  });
  const factsFrame = sealFrame(encodeCbor(received), factsKey, {
    ...place,
    slot: "facts",
    generation: day,
    kind: "facts",
  });
  if (!content || window === null) return { headers, value: encodeEventValue(factsFrame, null) };
  const rawKey = await lab.keys.ingest.toSeal({ slot: "raw", tenant, conversation, generation: window });
  const raw = { ...place, slot: "raw", generation: window, kind: "content" } as const;
  return { headers, value: encodeEventValue(factsFrame, sealFrame(encodeCbor(content), rawKey, raw)) };
};

const token = `s1_${"0".repeat(25)}1`;

/** Builds the events of one chat; times are relative to its start. Each event gets an id of its own unless told. */
export const aChat = (start: number, conversation = "c_1", common: Over = {}) => {
  let count = 0;
  const event = <K extends EventKind>(kind: K, data: FactsData<K>, over: Over = {}): Event => {
    count += 1;
    const { window = null, content, ...rest } = { ...common, ...over };
    const id = rest.id ?? `e_${conversation}_${count}`;
    const at = "at" in data ? Number(data.at) : "startAt" in data ? Number(data.startAt) : start;
    const facts = {
      v: 1,
      id,
      conversation,
      tenant: "acme",
      line: "support",
      channel: "chat",
      source: "/test/acme",
      time: at,
      receivedAt: at,
      digest: Buffer.from(`${id} as sent`),
      window,
      kind,
      data,
      ...rest,
    };
    const words = { v: 1 as const, originals: { [id]: `vendor's ${id}` } };
    // The builder's generic keeps kind and data together; the union of all kinds cannot say so.
    return { facts: facts as unknown as Facts, content: content === null ? null : words };
  };
  const consent = (over: Partial<ConsentFacts> & { readonly at: number }, more: Over = {}): Event =>
    event(
      "consent.recorded",
      {
        id: `k_${count + 1}`,
        party: "p_cust",
        purposes: ["transcription", "qa_review", "analytics"],
        status: "given",
        method: "chat_button",
        notice: { id: "chat-privacy", version: "3" },
        evidence: { kind: "event", digest: "prompt-1" },
        scope: "conversation",
        ...over,
      },
      more,
    );
  return {
    event,
    consent,
    started: (over: Partial<FactsData<"conversation.started">> = {}, more: Over = {}) =>
      event(
        "conversation.started",
        {
          channel: "chat",
          direction: "inbound",
          startedAt: start,
          parties: [
            { id: "p_cust", role: "customer", language: "en-GB", jurisdiction: "GB", tokens: [token] },
            { id: "p_agent", role: "agent", jurisdiction: "GB", tokens: [] },
          ],
          personalData: true,
          ...over,
        },
        more,
      ),
    told: (at = start + 1000) =>
      event("notice.delivered", {
        party: "p_cust",
        at,
        notice: { id: "chat-privacy", version: "3", language: "en" },
        means: "text",
        completed: true,
      }),
    acknowledged: () =>
      consent({
        party: "p_agent",
        method: "policy_ack",
        at: start - 1000,
        notice: { id: "staff-policy", version: "2" },
      }),
    turn: (id: string, at: number, over: Partial<FactsData<"turn.added">> = {}, more: Over = {}) =>
      event("turn.added", { ...turnOf(id, at), ...over }, more),
    replaced: (turn: string, id: string, at: number) =>
      event("turn.replaced", { turn, at, reason: "edited", with: turnOf(id, at) }),
    removed: (turn: string, at: number, reason: "retracted" | "erased_by_source" = "retracted") =>
      event("turn.removed", { turn, at, reason }),
    paused: (at: number, state: "paused" | "resumed" = "paused") =>
      event("capture.changed", { at, media: "text", state, reason: "payment" }),
    ended: (at: number) => event("conversation.ended", { at, reason: "completed" }),
  };
};

const turnOf = (id: string, at: number): FactsData<"turn.added"> => ({
  id,
  party: "p_cust",
  startAt: at,
  timeFrom: "sent",
  parts: [{ kind: "text", role: "body", chars: 5 }],
  origin: "typed",
});

export type Chat = ReturnType<typeof aChat>;
export const customersToken = token;
