import {
  content as contentSchema,
  decodeCbor,
  decodeEventValue,
  digestHeaders,
  eventTypes,
  facts as factsSchema,
  fromHeaders,
  fence as fenceSchema,
  standingConsent,
  type Facts,
} from "@sotto/contracts";
import { dayOf, open, openKeys, peek, type Keys, type Place } from "@sotto/envelope";
import type { LogRecord } from "@sotto/stream";
import { afterAll, beforeAll, expect, test } from "vitest";

import { batch, example, openDoor, type Door } from "./harness.ts";

let door: Door;
let keys: Keys;
beforeAll(async () => {
  door = await openDoor();
  const { keyService: service, keyStore: store } = door.platform;
  keys = openKeys({ service, store, seals: [], opens: ["facts", "raw", "register"], now: () => Date.now() });
});
afterAll(async () => {
  keys[Symbol.dispose]();
  await door[Symbol.asyncDispose]();
});

const claims = (record: LogRecord): Map<string, string> => fromHeaders(record.headers);
const find = async (id: unknown): Promise<LogRecord> => {
  const all = await door.records("conversations");
  const found = all.find((record) => claims(record).get("ce_id") === id);
  if (found === undefined) throw new Error("No such record");
  return found;
};
/** Opens the frames of a record in the place that its own key and headers say. */
const opened = async (record: LogRecord) => {
  const { facts, content } = decodeEventValue(record.value ?? new Uint8Array());
  const tenant = claims(record).get("ce_tenant") ?? "";
  const conversation = record.key ?? "";
  const common = {
    tenant,
    conversation,
    name: claims(record).get("ce_id") ?? "",
    headers: digestHeaders(record.headers),
  };
  const clear = async (frame: Uint8Array, place: Pick<Place, "slot" | "kind">): Promise<unknown> => {
    const { generation } = peek(frame);
    const address = {
      slot: place.slot,
      tenant,
      conversation: place.slot === "raw" ? conversation : null,
      generation,
    };
    return decodeCbor(open(frame, await keys.toOpen(address), { ...common, ...place, generation }));
  };
  return {
    facts: factsSchema.parse(await clear(facts ?? new Uint8Array(), { slot: "facts", kind: "facts" })),
    content: content && contentSchema.parse(await clear(content, { slot: "raw", kind: "content" })),
  };
};
const accept = async (event: unknown): Promise<{ conversation: string; id: string }> => {
  const response = await door.post(event);
  expect(response.status).toBe(202);
  return (await response.json()) as { conversation: string; id: string };
};

test.each(eventTypes)("%s is taken, and opens as what it was", async (type) => {
  const sent = { ...example(type), id: `one of ${type}` };
  const { conversation, id } = await accept(sent);
  const record = await find(id);
  expect(record.key).toBe(conversation);
  const { facts, content } = await opened(record);
  expect(facts).toMatchObject({
    id,
    conversation,
    tenant: "acme",
    line: "support",
    channel: "voice",
    source: "/acme/emea",
    time: Date.parse(sent.time),
    sequence: Number(sent.sequence),
  });
  expect(facts.window).toBe(Math.floor(facts.receivedAt / door.platform.policy.timing.rawWindowMs));
  expect(content?.originals).toMatchObject({ [conversation]: sent.subject, [id]: sent.id });
});

test("the headers are CloudEvents' and hold no word of the vendor's", async () => {
  const sent = { ...example("sotto.turn.added.v1"), id: "headers" };
  const record = await find((await accept(sent)).id);
  expect(Object.fromEntries(claims(record))).toEqual({
    ce_specversion: "1.0",
    ce_type: "sotto.turn.added.v1",
    ce_id: expect.stringMatching(/^e_[0-9a-z]{26}$/),
    ce_source: "/acme/emea",
    ce_time: sent.time,
    ce_subject: record.key,
    ce_partitionkey: record.key,
    ce_tenant: "acme",
    ce_line: "support",
    ce_channel: "voice",
    ce_sequence: sent.sequence,
    ce_dataschema: "sotto:facts+content/sotto.turn.added.v1",
    ce_receivedtime: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    "content-type": "application/cbor",
    traceparent: sent.traceparent,
  });
});

test("facts lie under the day key, content under the window's, each bound to its headers", async () => {
  const { id } = await accept({ ...example("sotto.turn.added.v1"), id: "places" });
  const record = await find(id);
  const { facts, content } = decodeEventValue(record.value ?? new Uint8Array());
  const { facts: clear } = await opened(record);
  expect(peek(facts ?? new Uint8Array())).toEqual({ slot: "facts", generation: dayOf(clear.receivedAt) });
  expect(peek(content ?? new Uint8Array())).toEqual({ slot: "raw", generation: clear.window });
  const headers = record.headers.map(([name, value]) =>
    name === "ce_line" ? ([name, Buffer.from("sales")] as const) : ([name, value] as const),
  );
  await expect(opened({ ...record, headers })).rejects.toThrow();
});

test("structured, binary and batch mode make the same event", async () => {
  const sent = { ...example("sotto.turn.added.v1"), id: "modes" };
  const { data, ...attributes } = sent;
  const binary = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]),
  );
  const answers = [
    await (await door.post(sent)).json(),
    await (await door.post(data, { ...binary, "content-type": "application/json" })).json(),
    ...((await (await door.post([sent], batch)).json()) as object[]).map((one) => ({
      ...one,
      status: undefined,
    })),
  ];
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  const all = (await door.records("conversations")).filter(
    (record) => claims(record).get("ce_id") === (answers[0] as { id: string }).id,
  );
  const digests = await Promise.all(
    all.map(async (record) => Buffer.from((await opened(record)).facts.digest).toString("hex")),
  );
  expect(digests).toHaveLength(3);
  expect(new Set(digests).size).toBe(1);
});

test("a repeat has the same id and digest, other data under that id another digest", async () => {
  const sent = { ...example("sotto.turn.added.v1"), id: "repeat" };
  const first = await accept(sent);
  expect(await accept({ ...sent, traceparent: sent.traceparent.replace("b7", "a7") })).toEqual(first);
  expect(await accept({ ...sent, data: { ...sent.data, language: "de" } })).toEqual(first);
  const all = (await door.records("conversations")).filter(
    (record) => claims(record).get("ce_id") === first.id,
  );
  const digests = await Promise.all(
    all.map(async (record) => Buffer.from((await opened(record)).facts.digest).toString("hex")),
  );
  expect(digests[1]).toBe(digests[0]);
  expect(digests[2]).not.toBe(digests[0]);
});

test("a batch is answered item by item, in order, and what is good is taken", async () => {
  const good = (id: string) => ({ ...example("sotto.turn.added.v1"), id });
  const sent = [
    good("b1"),
    { ...good("b2"), line: "research" },
    null,
    { ...good("b3"), data: {} },
    good("b4"),
  ];
  const response = await door.post(sent, batch);
  expect(response.status).toBe(207);
  const answers = (await response.json()) as Array<{
    status: number;
    id?: string;
    problem?: { reason: string };
  }>;
  expect(answers.map((answer) => answer.problem?.reason ?? answer.status)).toEqual([
    202,
    "LINE_NOT_ALLOWED",
    "MALFORMED",
    "INVALID",
    202,
  ]);
  for (const answer of [answers[0], answers[4]]) expect((await find(answer?.id)).topic).toBe("conversations");
});

test("an empty batch is taken", async () => {
  const response = await door.post([], batch);
  expect([response.status, await response.json()]).toEqual([202, []]);
});

const consent = (id: string, data: object, more: object = {}) => {
  const base = example("sotto.consent.recorded.v1");
  return { ...base, id, ...more, data: { ...base.data, ...data } };
};
const register = async (topic: "fences" | "consents", id: string): Promise<unknown> => {
  const record = (await door.records(topic)).find((one) => one.key?.endsWith(id));
  if (!record?.value || !record.key) return null;
  const { generation } = peek(record.value);
  const place = { slot: "register", tenant: "acme", conversation: null, generation } as const;
  const kind = topic === "fences" ? "fence" : "consent";
  return decodeCbor(
    open(record.value, await keys.toOpen(place), { ...place, kind, name: record.key, headers: null }),
  );
};

test.each([
  ["refused", "refusal"],
  ["withdrawn", "withdrawal"],
  ["objected", "objection"],
])("a consent that is %s is a fence too, before the sender is answered", async (status, kind) => {
  const { conversation, id } = await accept(consent(`fence ${status}`, { status, purposes: ["qa_review"] }));
  const record = (await door.records("fences")).find(
    (one) => one.key?.startsWith(`acme/${conversation}/`) && true,
  );
  expect(record).toBeDefined();
  const fences = (await door.records("fences")).filter((one) =>
    one.key?.startsWith(`acme/${conversation}/f_`),
  );
  const all = await Promise.all(fences.map((one) => register("fences", one.key ?? "")));
  const mine = all.map((one) => fenceSchema.parse(one)).find((fence) => fence.kind === kind);
  expect(mine).toMatchObject({ tenant: "acme", scope: { conversation }, purposes: ["qa_review"] });
  expect((await find(id)).key).toBe(conversation);
  expect((await door.audits("sotto.audit.fence.set.v1")).map((entry) => entry.record)).toContain(mine?.id);
});

test("a given consent makes no fence", async () => {
  const before = (await door.records("fences")).length;
  await accept(consent("given", {}));
  expect(await door.records("fences")).toHaveLength(before);
});

test("a standing withdrawal of no conversation goes to consents and fences, by token only", async () => {
  const before = (await door.records("conversations")).length;
  const value = "+46 70 765 43 21";
  const sent = consent(
    "standing",
    {
      scope: "standing",
      status: "withdrawn",
      party: undefined,
      guardian: undefined,
      subject: { kind: "phone", value },
    },
    { subject: undefined },
  );
  const response = await door.post(sent);
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ conversation: null });
  expect(await door.records("conversations")).toHaveLength(before);
  const [standing] = (await door.records("consents")).map((record) => record.key ?? "");
  const consented = standingConsent.parse(await register("consents", standing ?? ""));
  const [fenceKey] = (await door.records("fences"))
    .map((record) => record.key ?? "")
    .filter((key) => key.startsWith("acme/standing/"));
  const fence = fenceSchema.parse(await register("fences", fenceKey ?? ""));
  expect(fence.scope).toEqual({ token: consented.consent.tokens });
  expect(fence.kind).toBe("withdrawal");
  expect(JSON.stringify(consented)).not.toContain("7654321");
});

test("every request that was taken has its audit entry, by type and count", async () => {
  const events = [1, 2, 3].map((n) => ({ ...example("sotto.turn.added.v1"), id: `audit ${n}` }));
  const answers = (await (
    await door.post([...events, { ...events[0], extra: 1, id: "audit 4" }], batch)
  ).json()) as Array<{ id: string }>;
  const entry = (await door.audits("sotto.audit.event.accepted.v1")).at(-1);
  expect(entry).toMatchObject({
    tenant: "acme",
    line: "support",
    source: "/acme/emea",
    types: { "turn.added": 4 },
    dropped: 1,
    events: answers.map((answer) => answer.id),
  });
});

test("what lies on the log tells no word, name, number or id of the vendor's", async () => {
  const all = [
    ...(await door.records("conversations")),
    ...(await door.records("fences")),
    ...(await door.records("consents")),
    ...(await door.records("audit")),
  ];
  const bytes = Buffer.concat(
    all.flatMap((record) => [
      Buffer.from(record.key ?? ""),
      record.value ?? new Uint8Array(),
      ...record.headers.flatMap(([name, value]) => [Buffer.from(name), value ?? new Uint8Array()]),
    ]),
  ).toString("latin1");
  expect(bytes).toContain("sotto.turn.added.v1");
  for (const secret of [
    "Lindqvist",
    "lindqvist",
    "070 123",
    "46701234567",
    "Jo Berg",
    "jo.berg",
    "call-2f81",
    "cust-",
    "turn-1",
    "evt-",
    "audit 1",
    "passport",
  ])
    expect(bytes).not.toContain(secret);
});

test("facts name who was there by token and id, never by name", async () => {
  const { id } = await accept({ ...example("sotto.conversation.started.v1"), id: "tokens" });
  const facts = (await opened(await find(id))).facts as Extract<Facts, { kind: "conversation.started" }>;
  expect(facts.data.parties[0]?.tokens).toHaveLength(2);
  expect(facts.data.attributes).toEqual({ queue: "support", skill: "returns", campaign: "autumn" });
  expect(facts.dropped).toBe(1);
});
