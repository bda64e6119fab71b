import { createHash } from "node:crypto";

import {
  deriveId,
  encodeCbor,
  encodeEventValue,
  toHeaders,
  digestHeaders,
  topics,
  type Content,
  type EventKind,
  type Facts,
  type FactsData,
  type Grant,
} from "@sotto/contracts";
import { admissionHeader, dayOf, seal } from "@sotto/envelope";
import type { LogRecord } from "@sotto/stream";

import { start, tenant, windowAt, type KeyRing } from "./keys.ts";

/** A record of `admitted` before it has an offset. */
export type Admitted = Omit<LogRecord, "offset" | "partition" | "topic">;

export interface How {
  /** Seconds after the start: the append time in `conversations` that let it through. */
  readonly at?: number;
  /** Seconds after the start that it was said; when it was let through, if not told. */
  readonly said?: number;
  readonly ordinal?: number;
  readonly part?: number;
  readonly grant?: string;
  readonly content?: Partial<Content> | null;
  readonly window?: number;
  readonly sequence?: number;
  /** null: the event does not say. */
  readonly language?: string | null;
  /** Tells events of the same data apart. */
  readonly nth?: number;
}

export const at = (seconds: number): number => start + seconds * 1000;
export const turnId = (name: string): string => deriveId("t", name);

let count = 0;

/** Builds what the gate lets through of one conversation, sealed as it seals it, in the order in which it is asked for. */
export const aConversation = (ring: KeyRing, o: { readonly name?: string; readonly line?: string } = {}) => {
  const id = deriveId("c", o.name ?? `conversation ${(count += 1)}`);
  const day = dayOf(start);
  const grantId = (name: string): string => deriveId("g", id, name);
  let ordinals = 0;

  const grant = async (name = "first", over: Partial<Grant> = {}): Promise<Admitted> => {
    const granted = aGrant(id, grantId(name), { line: o.line ?? "support", ...over });
    const key = await ring.others.toSeal({ slot: "grants", tenant, conversation: null, generation: day });
    const place = { tenant, conversation: id, slot: "grants", generation: day, kind: "grant" } as const;
    return {
      key: id,
      timestamp: granted.at,
      headers: toText({ type: "grant", tenant, grant: granted.id, day: String(day) }),
      value: seal(encodeCbor(granted), key, { ...place, name: granted.id, headers: null }),
    };
  };

  const event = async <K extends EventKind>(
    kind: K,
    data: FactsData<K>,
    how: How = {},
  ): Promise<Admitted> => {
    const when = at(how.at ?? 0);
    const eventId = deriveId("e", id, kind, JSON.stringify(data), how.nth ?? 0);
    const isContent = how.content !== undefined && how.content !== null;
    const window = isContent ? (how.window ?? windowAt(when)) : null;
    const facts = {
      v: 1,
      id: eventId,
      conversation: id,
      tenant,
      line: o.line ?? "support",
      channel: "chat",
      source: "/acme/emea",
      time: when,
      receivedAt: when,
      window,
      kind,
      data,
      digest: createHash("sha256").update(eventId).digest(),
      ...(how.sequence === undefined ? {} : { sequence: how.sequence }),
    } as Facts;
    const headers = toHeaders({
      specversion: "1.0",
      type: `sotto.${kind}.v1`,
      id: eventId,
      source: facts.source,
      subject: id,
      tenant,
      line: facts.line,
      channel: facts.channel,
      time: new Date(when).toISOString(),
    });
    const common = { tenant, conversation: id, name: eventId, headers: digestHeaders(headers) };
    const factsKey = await ring.others.toSeal({
      slot: "facts",
      tenant,
      conversation: null,
      generation: dayOf(when),
    });
    const factsFrame = seal(encodeCbor(facts), factsKey, {
      ...common,
      slot: "facts",
      generation: dayOf(when),
      kind: "facts",
    });
    let contentFrame = new Uint8Array();
    if (window !== null) {
      const address = { slot: "raw", tenant, conversation: id, generation: window } as const;
      const content = encodeCbor({ v: 1, originals: {}, ...how.content });
      contentFrame = Uint8Array.from(
        seal(content, await ring.others.toSeal(address), {
          ...common,
          slot: "raw",
          generation: window,
          kind: "content",
        }),
      );
    }
    const admission = {
      grant: grantId(how.grant ?? "first"),
      ordinal: how.ordinal ?? 0,
      part: how.part ?? 0,
      cut: when,
      day,
    };
    const grantsKey = await ring.others.toSeal({
      slot: "grants",
      tenant,
      conversation: null,
      generation: day,
    });
    const bound = { key: grantsKey, event: eventId, facts: factsFrame, content: contentFrame };
    return {
      key: id,
      timestamp: when,
      headers: [...headers, ["admission", admissionHeader(admission, bound)]],
      value: encodeEventValue(factsFrame, window === null ? null : contentFrame),
    };
  };

  const turnData = (
    name: string,
    text: string,
    how: How & { readonly more?: Partial<FactsData<"turn.added">> },
  ) => ({
    id: turnId(name),
    party: "p_customer",
    startAt: at(how.said ?? how.at ?? 0),
    timeFrom: "sent" as const,
    parts: [{ kind: "text" as const, role: "body" as const, chars: text.length }],
    origin: "typed" as const,
    ...(how.language === null ? {} : { language: how.language ?? "en" }),
    ...how.more,
  });
  const spoken = (text: string, how: How): How => ({
    content: { parts: [{ index: 0, text }] },
    ...how,
    ordinal: how.ordinal ?? (ordinals += 1),
  });

  return {
    id,
    grantId,
    grant,
    event,
    started: (how: How & { readonly data?: Partial<FactsData<"conversation.started">> } = {}) =>
      event(
        "conversation.started",
        {
          channel: "chat",
          direction: "inbound",
          startedAt: start,
          personalData: true,
          parties: [
            { id: "p_customer", role: "customer", language: "en", tokens: [] },
            { id: "p_agent", role: "agent", language: "en", tokens: [] },
          ],
          ...how.data,
        },
        how,
      ),
    ended: (how: How = {}) =>
      event("conversation.ended", { at: at(how.said ?? how.at ?? 0), reason: "completed" }, how),
    moved: (line: string, how: How = {}) =>
      event("conversation.updated", { at: at(how.said ?? how.at ?? 0), line }, how),
    joined: (name: string, how: How = {}) =>
      event(
        "party.joined",
        { party: { id: "p_joiner", role: "third_party", tokens: [] }, at: at(how.at ?? 0) },
        { content: { parties: [{ id: "p_joiner", name }] }, ...how },
      ),
    turn: (name: string, text: string, how: How & { more?: Partial<FactsData<"turn.added">> } = {}) =>
      event("turn.added", turnData(name, text, how), spoken(text, how)),
    /** `name` says now `text`; under an id of its own if `as` is given. */
    replaced: (name: string, text: string, how: How & { readonly as?: string } = {}) =>
      event(
        "turn.replaced",
        {
          turn: turnId(name),
          at: at(how.at ?? 0),
          reason: "edited",
          with: turnData(how.as ?? name, text, how),
        },
        spoken(text, how),
      ),
    removed: (name: string, how: How = {}) =>
      event("turn.removed", { turn: turnId(name), at: at(how.at ?? 0), reason: "retracted" }, how),
    recording: (how: How = {}) =>
      event(
        "recording.available",
        { id: "r_1", mediaType: "audio/wav", startedAt: start, channels: [] },
        { ordinal: (ordinals += 1), ...how },
      ),
  };
};
export type AConversation = ReturnType<typeof aConversation>;

/** A tick as the gate forwards it; `late`: how long after its own time it got onto `admitted`. */
export const aTick = (
  seconds: number,
  o: { readonly late?: number; readonly bare?: boolean } = {},
): Admitted => ({
  key: null,
  value: null,
  timestamp: at(seconds + (o.late ?? 0)),
  headers: toText({ type: "tick", ...(o.bare ? {} : { at: String(at(seconds)) }) }),
});

/** As a story tells them: some are still being sealed. */
export type Told = Admitted | Promise<Admitted>;
export const inOrder = (records: readonly Told[]): Promise<Admitted[]> =>
  Promise.all(records.map(async (record) => record));

/** Gives records their places on the log, in that order, from `first` on. */
export const onLog = (records: readonly Admitted[], first = 0): LogRecord[] =>
  records.map((record, n) => ({ ...record, topic: topics.admitted.name, partition: 3, offset: first + n }));

const aGrant = (conversation: string, id: string, over: Partial<Grant>): Grant => ({
  v: 1,
  id,
  conversation,
  tenant,
  line: "support",
  from: 1,
  at: start,
  day: dayOf(start),
  purposes: [
    { purpose: "transcription", reason: "ADMIT_CONSENT" },
    { purpose: "qa_review", reason: "ADMIT_CONSENT" },
  ],
  reason: "ADMIT_CONSENT",
  rules: [],
  policy: { version: "test", digest: "abc" },
  consents: [],
  bases: [],
  fences: [],
  tokens: [],
  source: "/acme/emea",
  startedAt: start,
  ...over,
});

const toText = (said: Readonly<Record<string, string>>): LogRecord["headers"] =>
  Object.entries(said).map(([name, value]) => [name, Buffer.from(value, "utf8")] as const);
