import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bundledPolicy, type Policy } from "@sotto/consent";
import {
  decodeAudit,
  examplesAt,
  type AuditEvent,
  type EventType,
  type ExampleEvent,
} from "@sotto/contracts";
import { initPlatform, openPlatform, settingsUnder, type Overrides, type Platform } from "@sotto/service";
import type { LogRecord } from "@sotto/stream";

import { addSource, start, type Ingest } from "../src/index.ts";

/** A deployment in a folder of its own: real log, stores and key file. Disposing removes the folder. */
export interface Deployment extends AsyncDisposable {
  readonly platform: Platform;
  /** All that a topic holds, in partition and offset order. */
  records(topic: string): Promise<LogRecord[]>;
  audits<T extends AuditEvent["type"]>(type: T): Promise<Array<Extract<AuditEvent, { type: T }>>>;
}

export const openDeployment = async (
  o: { readonly overrides?: Overrides; readonly timing?: Partial<Policy["timing"]> } = {},
): Promise<Deployment> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-ingest-"));
  const settings = settingsUnder(folder, { logLevel: "silent" });
  await initPlatform(settings);
  const policy = { ...bundledPolicy, timing: { ...bundledPolicy.timing, ...o.timing } };
  const platform = await openPlatform(settings, { policy, ...o.overrides });
  const records = async (topic: string): Promise<LogRecord[]> => {
    const all: LogRecord[] = [];
    for (const partition of (await platform.log.ends(topic)).keys())
      for await (const some of platform.log.read(topic, partition, 0)) all.push(...some);
    return all;
  };
  return {
    platform,
    records,
    audits: async (type) => {
      const events = (await records("audit")).map((record) => decodeAudit(record.value ?? new Uint8Array()));
      return events.filter(
        (event): event is Extract<AuditEvent, { type: typeof type }> => event.type === type,
      );
    },
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export interface Door extends Deployment {
  readonly ingest: Ingest;
  readonly url: string;
  readonly credential: string;
  /** Sends to the door as the source of the examples; headers given replace the usual ones, null leaves one out. */
  post(body: unknown, headers?: Readonly<Record<string, string | null>>): Promise<Response>;
}

export const source = { source: "/acme/emea", tenant: "acme", lines: ["support", "sales"] };

export const openDoor = async (
  o: Parameters<typeof openDeployment>[0] & { readonly limits?: Parameters<typeof start>[1] } = {},
): Promise<Door> => {
  const deployment = await openDeployment(o);
  const { platform } = deployment;
  const { credential } = await addSource(platform.keyStore, source);
  const ingest = await start(platform, o.limits);
  const url = `http://127.0.0.1:${ingest.address.port}/v1/events`;
  return {
    ...deployment,
    ingest,
    url,
    credential,
    post: (body, headers = {}) => {
      const usual = { authorization: `Bearer ${credential}`, "content-type": "application/cloudevents+json" };
      const given = Object.entries({ ...usual, ...headers }).filter(
        (pair): pair is [string, string] => pair[1] !== null,
      );
      const isRaw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
      return fetch(url, {
        method: "POST",
        headers: given,
        body: isRaw ? (body as NonNullable<RequestInit["body"]>) : JSON.stringify(body),
        ...(body instanceof ReadableStream && { duplex: "half" }),
      });
    },
    [Symbol.asyncDispose]: async () => {
      await ingest[Symbol.asyncDispose]();
      await deployment[Symbol.asyncDispose]();
    },
  };
};

/** The example of a type, happened just now. */
export const example = (type: EventType, now = Date.now()): ExampleEvent => examplesAt(now - 60_000)[type];
export const batch = { "content-type": "application/cloudevents-batch+json" };
