import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { documentTurns, parseDocumentName, readDocument, type DocumentTurn } from "@sotto/archive";
import { openReader, startAll, type Reading } from "@sotto/cli";
import { decodeAudit, topics, type AuditEvent } from "@sotto/contracts";
import { open } from "@sotto/envelope";
import { addSource } from "@sotto/ingest";
import {
  initPlatform,
  loadPolicy,
  openPlatform,
  projectRoot,
  settingsUnder,
  type Overrides,
  type Platform,
} from "@sotto/service";
import { openEmbeddedLog, type LogRecord } from "@sotto/stream";

const tenant = "acme";
export const source = "/acme/emea";

/** Times short enough to wait for; everything else as in production. */
export const shortTimes = async (): Promise<Platform["policy"]> => {
  const policy = await loadPolicy(join(projectRoot, "policy"));
  return {
    ...policy,
    retention: { ...policy.retention, rawHours: 0 },
    timing: {
      ...policy.timing,
      lingerMs: 300,
      holdMs: 900,
      notStartedMs: 600,
      tickMs: 100,
      rawWindowMs: 1000,
      rawResealMs: 1000,
      rawShredAfterMs: 500,
      section: { ...policy.timing.section, endLingerMs: 300, recordingOwedMs: 500 },
    },
  };
};

/** A whole deployment in a folder of its own: real log, stores and keys, services in this process. */
export interface Deployment extends AsyncDisposable {
  readonly folder: string;
  readonly platform: Platform;
  readonly logLines: readonly Buffer[];
  /** For who sends what `send` would not. */
  readonly door: { readonly url: string; readonly credential: string };
  /** Posts to the door; answers each event's status. */
  send(events: readonly object[]): Promise<number[]>;
  /** Until every accepted turn has an end; throws when that takes too long. */
  settled(): Promise<Reading>;
  settledWithin(limitMs: number): Promise<Reading>;
  /** The same, but for so many turns that wait in sections which have not closed. */
  settledBut(open: number): Promise<Reading>;
  audit(): Promise<AuditEvent[]>;
  turns(): Promise<DocumentTurn[]>;
  records(topic: string): Promise<LogRecord[]>;
  /** Stops all services and starts them again on what they left; the log as `next` wants it seen. */
  restart(next?: Changes): Promise<void>;
}

export interface Changes {
  /** Of the first start; stays so. */
  readonly settings?: Partial<Platform["settings"]>;
  /** Stands between the log and everything, the tables of fences and consents included. */
  readonly beneath?: (log: Platform["log"]) => Platform["log"];
  /** Stands between the services and the log. */
  readonly log?: (log: Platform["log"]) => Platform["log"];
  readonly policy?: (policy: Platform["policy"]) => Platform["policy"];
  /** Stands between the platform as it was opened and the services. */
  readonly platform?: (platform: Platform) => Platform;
}

export const deploy = async (changes: Changes = {}): Promise<Deployment> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-journey-"));
  const settings = settingsUnder(folder, { drainSeconds: 1, ...changes.settings });
  const short = await shortTimes();
  const policy = changes.policy?.(short) ?? short;
  const logLines: Buffer[] = [];
  await initPlatform(settings, { policy });
  const overrides: Overrides = {
    policy,
    destination: { write: (line: string) => void logLines.push(Buffer.from(line)) },
  };
  let credential = "";
  const begin = async (now: Changes) => {
    await using stack = new AsyncDisposableStack();
    const log = now.beneath && stack.use(await openEmbeddedLog({ file: settings.log.path, now: Date.now }));
    const platform = stack.use(
      await openPlatform(settings, { ...overrides, ...(log && { log: now.beneath?.(log) ?? log }) }),
    );
    if (credential === "") {
      ({ credential } = await addSource(platform.keyStore, { source, tenant, lines: ["support", "sales"] }));
    }
    const seen = { ...platform, log: now.log?.(platform.log) ?? platform.log };
    const services = stack.use(await startAll(now.platform?.(seen) ?? seen));
    return { platform, services, all: stack.move() };
  };
  let running = await begin(changes);
  const end = () => running.all.disposeAsync();
  const url = () => `http://127.0.0.1:${running.services.http.port}/v1/events`;
  const records = (topic: string) => readAll(running.platform, topic);
  const audit = async () => {
    const all = (await records(topics.audit.name)).flatMap((r) => (r.value ? [decodeAudit(r.value)] : []));
    return [...new Map(all.map((event) => [event.id, event])).values()];
  };
  return {
    folder,
    get platform() {
      return running.platform;
    },
    logLines,
    get door() {
      return { url: url(), credential };
    },
    send: (events) => post(url(), credential, events),
    settled: () => settle(running.platform, 0),
    settledWithin: (limitMs) => settle(running.platform, 0, limitMs),
    settledBut: (open) => settle(running.platform, open),
    audit,
    turns: () => openDocuments(running.platform),
    records,
    restart: async (next = {}) => {
      await end();
      running = await begin(next);
    },
    [Symbol.asyncDispose]: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const post = async (url: string, credential: string, events: readonly object[]): Promise<number[]> => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/cloudevents-batch+json", authorization: `Bearer ${credential}` },
    body: JSON.stringify(events),
  });
  if (answer.status >= 300) throw new Error(`The door answered ${answer.status}`);
  return ((await answer.json()) as { status: number }[]).map((item) => item.status);
};

export const readAll = async (platform: Platform, topic: string): Promise<LogRecord[]> => {
  const all: LogRecord[] = [];
  for (const [partition, { low }] of (await platform.log.ends(topic)).entries()) {
    for await (const batch of platform.log.read(topic, partition, low)) all.push(...batch);
  }
  return all;
};

/** Asks again until it is so; says what did not come about. */
export const until = async (what: string, isSo: () => Promise<boolean>, limitMs = 15_000): Promise<void> => {
  const limit = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`Waited in vain until ${what}`);
    await sleep(50);
  }
};

const settle = async (platform: Platform, open: number, limitMs = 15_000): Promise<Reading> => {
  const read = openReader(platform.log);
  let reading = await read();
  await until(
    "every turn has an end",
    async () => {
      reading = await read();
      const { account: a } = reading;
      return (open > 0 || reading.isIdle) && a.accepted > 0 && a.held + a.inFlight === 0 && a.open === open;
    },
    limitMs,
  );
  return reading;
};

const openDocuments = async (platform: Platform): Promise<DocumentTurn[]> => {
  const keys = platform.keys("cli");
  const turns: DocumentTurn[] = [];
  for await (const { name } of platform.archive.list("conversations/")) {
    const place = parseDocumentName(name);
    const stored = await platform.archive.get(name);
    if (!place || !stored) throw new Error("A listed document is not there");
    const address = {
      slot: "archive",
      tenant: place.tenant,
      conversation: place.conversation,
      generation: place.generation,
    } as const;
    const clear = open(stored.bytes, await keys.toOpen(address), {
      ...address,
      kind: "document",
      name,
      headers: null,
    });
    turns.push(...documentTurns(readDocument(clear)));
  }
  return turns;
};
