import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { documentTurns } from "@sotto/archive";
import { auditLogOf, verifyLog } from "@sotto/audit";
import { openReader, startAll, type AllServices } from "@sotto/cli";
import { decodeAudit, topics, type AuditEvent } from "@sotto/contracts";
import { addSource } from "@sotto/ingest";
import { initPlatform, openPlatform, settingsUnder, type Platform } from "@sotto/service";
import { openDirectoryKeyStore, openDirectoryObjectStore, openKeyFile } from "@sotto/stores";
import { openEmbeddedLog } from "@sotto/stream";

import { readAll, shortTimes, source, until } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";
import { spoiledKeyService, spoiledKeyStore, spoiledLog, spoiledObjects, type Spoiler } from "./faulty.ts";

/** A deployment of its own whose stores, keys and log all go through a spoiler, that is armed once it runs. */
export interface FaultyDeployment extends AsyncDisposable {
  readonly platform: Platform;
  readonly services: AllServices;
  /** Sends until all of it is answered with 202. */
  send(events: readonly object[]): Promise<void>;
  audit(): Promise<AuditEvent[]>;
  /** Until the tamper-evident log has all that is in the topic; what its verification finds wrong. */
  auditProblems(): Promise<readonly unknown[]>;
  /** Ordinal and text of each turn in a document; from here on nothing is spoiled any more. */
  turns(): Promise<string[]>;
  account: ReturnType<typeof openReader>;
}

export const deployFaulty = async (spoiler: Spoiler): Promise<FaultyDeployment> => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sotto-faulty-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const settings = settingsUnder(folder, { drainSeconds: 1 });
  const policy = await shortTimes();
  await initPlatform(settings, { policy });
  const log = stack.use(await openEmbeddedLog({ file: settings.log.path, now: Date.now }));
  const keyStore = stack.use(await openDirectoryKeyStore(settings.keys.path));
  const archive = stack.use(await openDirectoryObjectStore(settings.archive.path));
  const auditStore = stack.use(await openDirectoryObjectStore(settings.audit.path));
  const keyService = await openKeyFile({ path: settings.kms.path, create: false });
  const platform = stack.use(
    await openPlatform(settings, {
      policy,
      destination: { write: () => undefined },
      log: spoiledLog(log, spoiler),
      keyStore: spoiledKeyStore(keyStore, spoiler),
      keyService: spoiledKeyService(keyService, spoiler),
      archive: spoiledObjects(archive, "archive", spoiler),
      auditStore: spoiledObjects(auditStore, "audit store", spoiler),
    }),
  );
  const { credential } = await addSource(keyStore, { source, tenant: "acme", lines: ["support"] });
  const services = stack.use(await startAll(platform));
  spoiler.arm();
  const verify = () =>
    verifyLog({ store: auditStore, ...auditLogOf(0), publicKey: platform.signer.publicKey });
  const running = stack.move();
  return {
    platform,
    services,
    send: (events) => sendAll(`http://127.0.0.1:${services.http.port}/v1/events`, credential, events),
    audit: async () => {
      const records = await readAll(platform, topics.audit.name);
      const all = records.flatMap(({ value }) => (value ? [decodeAudit(value)] : []));
      return [...new Map(all.map((event) => [event.id, event])).values()];
    },
    auditProblems: async () => {
      let report = await verify();
      await until("all is audited", async () => {
        const [end] = await log.ends(topics.audit.name);
        report = await verify();
        return report.entries === end?.high;
      });
      return report.problems;
    },
    turns: async () => {
      spoiler.disarm();
      const turns = (await openedDocuments({ ...platform, archive })).flatMap(documentTurns);
      return turns.map(({ ordinal, text }) => `${ordinal} ${text}`).toSorted();
    },
    account: openReader(log),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

const sendAll = async (url: string, credential: string, events: readonly object[]): Promise<void> => {
  const headers = {
    "content-type": "application/cloudevents-batch+json",
    authorization: `Bearer ${credential}`,
  };
  let rest = events;
  await until("the door has taken it", async () => {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(rest) });
    if (answer.status === 503) return false;
    const items = (await answer.json()) as { readonly status: number }[];
    expectAnswers(items, rest);
    rest = rest.filter((_, n) => items[n]?.status !== 202);
    return rest.length === 0;
  });
};

/** Anything but a yes and a "come again" is a fault. */
const expectAnswers = (items: readonly { readonly status: number }[], sent: readonly object[]): void => {
  const wrong = items.filter(({ status }) => status !== 202 && status !== 503);
  if (items.length !== sent.length || wrong.length > 0)
    throw new Error(`The door answered ${JSON.stringify(wrong)}`);
};
