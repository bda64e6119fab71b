import { randomBytes } from "node:crypto";

import {
  digestHeaders,
  encodeCbor,
  encodeEventValue,
  toHeaders,
  type Content,
  type Facts,
  type Grant,
} from "@sotto/contracts";
import {
  dayOf,
  EnvelopeError,
  openKeys,
  seal,
  UnavailableError,
  type Keys,
  type KeyService,
  type KeyStore,
  type Place,
  type Slot,
  type Stored,
} from "@sotto/envelope";

import type { Kept, LogRecord } from "../src/index.ts";

export const at = Date.parse("2026-11-21T12:00:00Z");
export const day = 20261121;
export const window = Math.floor(at / 3_600_000);
export const tenant = "acme";
export const conversation = "c_1";

/** Real keys over a store and a service that keep everything in memory. */
export const openRecordKeys = () => {
  const objects = new Map<string, Stored>();
  let version = 0;
  const put = (name: string, bytes: Uint8Array) => {
    const etag = String((version += 1));
    objects.set(name, { bytes, etag });
    return { etag };
  };
  const store: KeyStore = {
    create: async (name, bytes) => (objects.has(name) ? null : put(name, bytes)),
    read: async (name) => objects.get(name) ?? null,
    replace: async (name, bytes, etag) => (objects.get(name)?.etag === etag ? put(name, bytes) : null),
  };
  const wraps = new Map<string, { readonly key: Uint8Array; readonly context: string }>();
  const service: KeyService = {
    dataKey: async (_kind, context) => {
      const [key, wrapped] = [randomBytes(32), randomBytes(16)];
      wraps.set(wrapped.toString("hex"), { key: Uint8Array.from(key), context: JSON.stringify(context) });
      return { key, wrapped: { kek: "memory", wrapped } };
    },
    open: async ({ wrapped }, context) => {
      const found = wraps.get(Buffer.from(wrapped).toString("hex"));
      if (found?.context !== JSON.stringify(context)) throw new EnvelopeError("Another context");
      return Uint8Array.from(found.key);
    },
  };
  const all: readonly Slot[] = ["facts", "grants", "raw"];
  return openKeys({ service, store, seals: all, opens: all, now: () => at });
};

/** Puts something in the place of what keys do; answers how to take it away again. */
export const instead = (keys: Keys, change: Partial<Keys>): (() => void) => {
  const real = { ...keys };
  Object.assign(keys, change);
  return () => void Object.assign(keys, real);
};

export const away = (): Promise<never> => Promise.reject(new UnavailableError("away"));

/** What an event's headers say. */
export const attributes = (over: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  specversion: "1.0",
  type: "sotto.recording.available.v1",
  id: "e_1",
  source: "/test/acme",
  time: "2026-11-21T12:00:00.000Z",
  subject: conversation,
  tenant,
  line: "support",
  channel: "voice",
  partitionkey: conversation,
  sequence: "000000000001",
  dataschema: "sotto:facts+content/sotto.recording.available.v1",
  receivedtime: "2026-11-21T12:00:01.000Z",
  datacontenttype: "application/cbor",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  ...over,
});

export const someFacts: Facts = {
  v: 1,
  id: "e_1",
  conversation,
  tenant,
  line: "support",
  channel: "voice",
  source: "/test/acme",
  time: at,
  receivedAt: at,
  sequence: 1,
  digest: Uint8Array.of(1, 2, 3),
  window,
  kind: "recording.available",
  data: { id: "r_1", mediaType: "audio/wav", startedAt: at, channels: [{ index: 0, party: "p_1" }] },
};

export const someContent: Content = {
  v: 1,
  originals: { c_1: "the vendor's id" },
  recording: { uri: "https://recordings.example/1.wav" },
};

interface Sealing {
  readonly attributes?: Readonly<Record<string, string>>;
  /** What is sealed, as facts and content or as anything else. */
  readonly facts?: unknown;
  readonly content?: unknown;
  readonly place?: Partial<Place>;
  readonly day?: number;
  readonly window?: number;
}

/** An event record as ingest seals it, or as somebody who has its keys could. */
export const anEvent = async (keys: Keys, o: Sealing = {}): Promise<LogRecord> => {
  const said = o.attributes ?? attributes();
  const headers = toHeaders(said);
  const [of, id, about] = [said["tenant"] ?? "", said["id"] ?? "", said["subject"] ?? ""];
  const base = { tenant: of, conversation: about, name: id, headers: digestHeaders(headers) };
  const factsAt = { ...base, slot: "facts", generation: o.day ?? day, kind: "facts", ...o.place } as const;
  const rawAt = {
    ...base,
    slot: "raw",
    generation: o.window ?? window,
    kind: "content",
    ...o.place,
  } as const;
  const factsKey = await keys.toSeal({
    slot: "facts",
    tenant: of,
    conversation: null,
    generation: factsAt.generation,
  });
  const rawKey = await keys.toSeal({
    slot: "raw",
    tenant: of,
    conversation: about,
    generation: rawAt.generation,
  });
  const content = o.content === null ? null : seal(encodeCbor(o.content ?? someContent), rawKey, rawAt);
  const value = encodeEventValue(seal(encodeCbor(o.facts ?? someFacts), factsKey, factsAt), content);
  return { topic: "conversations", partition: 0, offset: 7, timestamp: at, key: about, value, headers };
};

export const someGrant: Grant = {
  v: 1,
  id: "g_1",
  conversation,
  tenant,
  line: "support",
  from: 1,
  at,
  day: dayOf(at),
  purposes: [{ purpose: "transcription", reason: "ADMIT_CONSENT" }],
  reason: "ADMIT_CONSENT",
  rules: [],
  policy: { version: "1", digest: "abc" },
  consents: [],
  bases: [],
  fences: [],
  tokens: [],
  source: "/test/acme",
  startedAt: at,
};

export const text = (value: string): Uint8Array => Buffer.from(value, "utf8");

/** The same record with one header set, or (null) left out. */
export const withHeader = (record: LogRecord, name: string, value: string | Uint8Array | null): LogRecord => {
  const bytes = typeof value === "string" ? text(value) : value;
  const others = record.headers.filter(([other]) => other !== name);
  return { ...record, headers: bytes === null ? others : [...others, [name, bytes] as const] };
};

export const flip = (bytes: Uint8Array | null | undefined, index: number): Uint8Array => {
  const copy = Uint8Array.from(bytes ?? []);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
};

/** Every place where a frame can be cut or changed that tells something: all of its head, its end, some between. */
export const spots = (length: number): number[] =>
  Array.from({ length }, (_, n) => n).filter((n) => n < 90 || n > length - 20 || n % 17 === 0);

export const keptOf = ({ headers, value }: LogRecord): Kept => ({
  headers,
  value: value ?? new Uint8Array(),
});
