import { digestHeaders, encodeCbor, encodeEventValue, toHeaders, topics, type Facts } from "@sotto/contracts";
import { dayOf, seal, yearOf, type DataKey, type Place } from "@sotto/envelope";
import type { OutRecord } from "@sotto/stream";

import type { Prepared } from "./prepare.ts";

/** The keys of one event, had before sealing begins: sealing itself waits for nothing. */
export interface EventKeys {
  /** Of the day it was received. */
  readonly facts: DataKey;
  /** Of its conversation and the window; null: the conversation is erased, its words go nowhere. */
  readonly raw: DataKey | null;
  readonly window: number;
}

/** The record of an event on `conversations`: facts and content sealed apart, both bound to the headers beside them. */
export const sealEvent = (prepared: Prepared, conversation: string, keys: EventKeys): OutRecord => {
  const { id, facts } = prepared;
  const headers = toHeaders(prepared.attributes);
  const content = keys.raw && prepared.content;
  const place = { tenant: facts.tenant, conversation, name: id, headers: digestHeaders(headers) };
  const ofFacts: Place = { ...place, slot: "facts", generation: dayOf(facts.receivedAt), kind: "facts" };
  const ofContent: Place = { ...place, slot: "raw", generation: keys.window, kind: "content" };
  const window = content ? keys.window : null;
  return {
    topic: topics.conversations.name,
    key: conversation,
    headers,
    value: encodeEventValue(
      seal(encodeCbor({ ...facts, window }), keys.facts, ofFacts),
      keys.raw && content ? seal(encodeCbor(content), keys.raw, ofContent) : null,
    ),
  };
};

/** The records of an event on `fences` and `consents`, sealed under the register key of the year. */
export const sealRegister = (
  prepared: Pick<Prepared, "fence" | "standing"> & { readonly facts: Pick<Facts, "tenant" | "receivedAt"> },
  register: DataKey,
): OutRecord[] => {
  const { facts, fence, standing } = prepared;
  const generation = yearOf(facts.receivedAt);
  const record = (
    topic: string,
    kind: "fence" | "consent",
    id: string,
    clear: unknown,
    scope: string,
  ): OutRecord => {
    const key = `${facts.tenant}/${scope}/${id}`;
    const place: Place = {
      tenant: facts.tenant,
      conversation: null,
      slot: "register",
      generation,
      kind,
      name: key,
      headers: null,
    };
    return { topic, key, value: seal(encodeCbor(clear), register, place), headers: [] };
  };
  const records: OutRecord[] = [];
  if (fence)
    records.push(
      record(topics.fences.name, "fence", fence.id, fence, fence.scope.conversation ?? "standing"),
    );
  if (standing)
    records.push(record(topics.consents.name, "consent", standing.id, standing.record, "standing"));
  return records;
};
