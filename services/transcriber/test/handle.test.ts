import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  digestHeaders,
  encodeCbor,
  encodeEventValue,
  eventType,
  toHeaders,
  topics,
  type Admission,
  type Facts,
} from "@sotto/contracts";
import { admissionHeader, dayOf, seal } from "@sotto/envelope";
import { initPlatform, openLogger, openPlatform, settingsUnder, type Platform } from "@sotto/service";
import { headerText, readEvent, readLanded, type LogRecord } from "@sotto/stream";

import { handle } from "../src/handle.ts";
import { start } from "../src/index.ts";

const at = Date.UTC(2026, 10, 24, 9);
const day = dayOf(at);
const window = Math.floor(at / 3_600_000);
const tenant = "acme";

/** The embedded platform in a folder of its own, its clock at `at`. */
const openTestPlatform = async (): Promise<Platform> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-transcriber-"));
  const settings = settingsUnder(folder);
  await initPlatform(settings);
  const platform = await openPlatform(settings, {
    logger: openLogger({ level: "silent" }),
    clock: { now: () => at },
  });
  return {
    ...platform,
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const recording = {
  id: "r_1",
  mediaType: "audio/wav",
  startedAt: at,
  channels: [{ index: 0, party: "p_1" }],
};
const ended = { at, reason: "completed" } as const;

/** An event as ingest seals it and the gate lets it through. `headers` say what they say, whatever is sealed. */
const admitted = async (
  platform: Platform,
  o: {
    readonly kind?: "recording.available" | "conversation.ended";
    readonly conversation?: string;
    readonly says?: Readonly<Record<string, string>>;
    readonly admission?: Partial<Admission> | null;
  } = {},
): Promise<LogRecord> => {
  const { kind = "recording.available", conversation = "c_1" } = o;
  const common = {
    v: 1,
    id: "e_1",
    conversation,
    tenant,
    line: "support",
    channel: "voice",
    source: "/test/acme",
  } as const;
  const more = { time: at, receivedAt: at, digest: Uint8Array.of(1), window } as const;
  const facts: Facts =
    kind === "conversation.ended"
      ? { ...common, ...more, kind, data: ended }
      : { ...common, ...more, kind, data: recording };
  const attributes = {
    specversion: "1.0",
    type: eventType(kind),
    id: "e_1",
    subject: conversation,
    tenant,
    line: "support",
  };
  const headers = toHeaders({ ...attributes, ...o.says });
  const ingest = platform.keys("ingest");
  const place = { tenant, conversation, name: "e_1", headers: digestHeaders(headers) };
  const factsAt = { ...place, slot: "facts", generation: day, kind: "facts" } as const;
  const rawAt = { ...place, slot: "raw", generation: window, kind: "content" } as const;
  const content = { v: 1, originals: {}, recording: { uri: "https://recordings.example/1.wav" } };
  const value = encodeEventValue(
    seal(
      encodeCbor(facts),
      await ingest.toSeal({ slot: "facts", tenant, conversation: null, generation: day }),
      factsAt,
    ),
    seal(
      encodeCbor(content),
      await ingest.toSeal({ slot: "raw", tenant, conversation, generation: window }),
      rawAt,
    ),
  );
  const record = {
    topic: topics.admitted.name,
    partition: 2,
    offset: 5,
    timestamp: at + 1000,
    key: conversation,
    value,
    headers,
  };
  if (o.admission === null) return record;
  const key = await platform
    .keys("consent-gate")
    .toSeal({ slot: "grants", tenant, conversation: null, generation: day });
  const { event, factsFrame, contentFrame } = readEvent(record);
  const made = { grant: "g_1", ordinal: 3, part: 0, cut: at, day, ...o.admission };
  const header = admissionHeader(made, { key, event, facts: factsFrame, content: contentFrame });
  return { ...record, headers: [...headers, ["admission", header] as const] };
};

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
const saying = (record: LogRecord, name: string, value: string): LogRecord => ({
  ...record,
  headers: record.headers.map(([n, v]) => [n, n === name ? text(value) : v] as const),
});

test("a recording ends in quarantine with its ordinal, unfetched, and the gate is told", async () => {
  await using platform = await openTestPlatform();
  const keys = platform.keys("transcriber");
  const record = await admitted(platform);
  const { audit, outputs = [], entries } = await handle(keys, record);
  expect(audit).toMatchObject([
    {
      type: "sotto.audit.turn.quarantined.v1",
      reason: "NO_SPEECH_ENGINE",
      ordinal: 3,
      conversation: "c_1",
      tenant,
      events: ["e_1"],
      origin: { topic: "admitted", partition: 2, offset: 5 },
    },
  ]);
  const [aside, landed] = outputs;
  expect(aside).toMatchObject({ topic: "quarantine", key: "c_1", value: record.value });
  expect(headerText(aside?.headers ?? [], "reason")).toBe("NO_SPEECH_ENGINE");
  const said = {
    topic: "",
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
    ...landed,
  };
  expect(await readLanded(platform.keys("consent-gate"), said)).toMatchObject({
    conversation: "c_1",
    section: 0,
    ordinals: [],
    ends: [{ ordinal: 3, end: "quarantined", reason: "NO_SPEECH_ENGINE" }],
    at: record.timestamp,
  });
  expect(entries).toBeUndefined();
  expect(keys.counts().opened["raw"] ?? 0).toBe(0);
});

test("a repeat is told with the same id", async () => {
  await using platform = await openTestPlatform();
  const record = await admitted(platform);
  const [one, two] = [
    await handle(platform.keys("transcriber"), record),
    await handle(platform.keys("transcriber"), record),
  ];
  expect(two.audit).toEqual(one.audit);
});

test.each<[string, (platform: Platform) => Promise<LogRecord>]>([
  ["another event", (platform) => admitted(platform, { kind: "conversation.ended" })],
  ["a grant", async (platform) => ({ ...(await admitted(platform)), headers: [["type", text("grant")]] })],
  [
    "a tick",
    async (platform) => ({
      ...(await admitted(platform)),
      key: null,
      value: null,
      headers: [["type", text("tick")]],
    }),
  ],
  ["garbage", async (platform) => ({ ...(await admitted(platform)), value: text("x"), headers: [] })],
])("%s passes by: it is somebody else's", async (_name, make) => {
  await using platform = await openTestPlatform();
  expect(await handle(platform.keys("transcriber"), await make(platform))).toEqual({});
});

test.each<[string, (platform: Platform) => Promise<LogRecord>, string]>([
  ["without an admission", (platform) => admitted(platform, { admission: null }), "NO_ADMISSION"],
  [
    "with an admission of another event",
    async (platform) => saying(await admitted(platform), "ce_id", "e_2"),
    "NO_ADMISSION",
  ],
  [
    "with an admission that was changed",
    async (platform) => saying(await admitted(platform), "admission", "x"),
    "NO_ADMISSION",
  ],
  [
    "let through as context, without an ordinal",
    (platform) => admitted(platform, { admission: { ordinal: 0 } }),
    "NO_ADMISSION",
  ],
  [
    "that is none, whatever its headers say",
    (platform) =>
      admitted(platform, { kind: "conversation.ended", says: { type: "sotto.recording.available.v1" } }),
    "NO_ADMISSION",
  ],
  [
    "moved to another conversation, whose words would be shredded",
    async (platform) => ({ ...saying(await admitted(platform), "ce_subject", "c_2"), key: "c_2" }),
    "FRAME_REFUSED",
  ],
  [
    "another event passed off as one",
    async (platform) =>
      saying(
        await admitted(platform, { kind: "conversation.ended" }),
        "ce_type",
        "sotto.recording.available.v1",
      ),
    "FRAME_REFUSED",
  ],
  ["without a key", async (platform) => ({ ...(await admitted(platform)), key: null }), "MALFORMED"],
  ["without a value", async (platform) => ({ ...(await admitted(platform)), value: null }), "MALFORMED"],
])("a recording %s is refused, and nobody is told of an end", async (_name, make, reason) => {
  await using platform = await openTestPlatform();
  const record = await make(platform);
  await expect(handle(platform.keys("transcriber"), record)).rejects.toMatchObject({
    name: "QuarantineError",
    reason,
  });
});

test("the transcriber runs on what the gate let through, and stops when it is told to", async () => {
  await using platform = await openTestPlatform();
  {
    await using service = await start(platform);
    const { topic, key, value, headers } = await admitted(platform);
    await platform.log.append([{ topic, partition: 2, key, value, headers }]);
    const limit = performance.now() + 10_000;
    while ((await platform.log.ends(topics.quarantine.name))[0]?.high === 0) {
      if (performance.now() > limit) throw new Error("Waited in vain for quarantine");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(service.health().live).toBe(true);
  }
  expect((await platform.log.ends(topics.landed.name))[2]?.high).toBe(1);
});
