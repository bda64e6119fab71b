import { join, resolve } from "node:path";

import { decodeAudit, topics, type AuditEvent } from "@sotto/contracts";
import { addSource } from "@sotto/ingest";
import {
  initPlatform,
  loadPolicy,
  openPlatform,
  projectRoot,
  settingsUnder,
  type Platform,
} from "@sotto/service";

import { readCorpus } from "./demo/corpus.ts";
import { sendAll, tryDoor, type Sent } from "./demo/door.ts";
import { demoFolder } from "./demo/folder.ts";
import { inspectRun, type Findings } from "./demo/inspect.ts";
import { asData, printOpening, printRun, progressBar } from "./demo/report.ts";
import { demoSource, tell, type SentEvent, type Story } from "./demo/scenario.ts";
import { until } from "./demo/wait.ts";
import { exit, type ExitCode } from "./exit.ts";
import { print, type Io } from "./io.ts";
import { openReader, type Reading } from "./read-account.ts";
import { startAll } from "./up.ts";

export interface DemoOptions {
  readonly keep: boolean;
  readonly data: string | null;
  readonly json: boolean;
}

/**
 * The main job, on real conversations, in one process: events in at the door, sealed documents out, and then every claim
 * looked after by reading back what was written. Answers exit code 1 when one of them does not hold.
 */
export const runDemo = async (o: DemoOptions, io: Io): Promise<ExitCode> => {
  const began = performance.now();
  const folder = resolve(o.data ?? join(projectRoot, ".sotto", "demo"));
  await using _data = await demoFolder(folder, o.keep);
  const policy = hurried(await loadPolicy(join(projectRoot, "policy")));
  const settings = settingsUnder(folder);
  const logLines: Buffer[] = [];
  await initPlatform(settings, { policy });
  const destination = { write: (line: string) => void logLines.push(Buffer.from(line)) };
  await using platform = await openPlatform(settings, { policy, destination });
  const { credential } = await addSource(platform.keyStore, {
    source: demoSource,
    tenant: "acme",
    lines: ["support", "sales"],
  });
  const stories = tell(readCorpus(), Date.now(), `d${Date.now().toString(36)}`);
  if (!o.json) printOpening(stories, settings, io);

  let findings: Findings;
  {
    await using services = await startAll(platform);
    const sending = await sendStories(
      `http://${services.http.host}:${services.http.port}`,
      credential,
      stories,
      o.json ? null : io,
    );
    const reading = await untilSettled(platform, sending.sent);
    const events = await auditEvents(platform);
    findings = await inspectRun({ platform, folder, stories, sending, reading, events, logLines });
  }
  const seconds = (performance.now() - began) / 1000;
  if (o.json) print(io, JSON.stringify({ ...asData(findings), seconds }));
  else printRun(findings, seconds, io);
  if (o.keep && !o.json) print(io, `What was written is in ${folder}`);
  return findings.holds ? exit.ok : exit.failure;
};

/** The demo's own short times (`policy/timing`): what takes a day in production takes two seconds here, nothing is faked. */
const hurried = (policy: Platform["policy"]): Platform["policy"] => ({
  ...policy,
  retention: { ...policy.retention, rawHours: 0 },
  timing: {
    ...policy.timing,
    lingerMs: 1000,
    holdMs: 2000,
    notStartedMs: 2000,
    tickMs: 250,
    rawWindowMs: 1000,
    rawResealMs: 1000,
    rawShredAfterMs: 2000,
    section: { ...policy.timing.section, endLingerMs: 1000, recordingOwedMs: 1500 },
  },
});

export interface Sending {
  readonly sent: Sent;
  readonly events: number;
  readonly seconds: number;
  /** What the door said to three events that it must not take. */
  readonly refused: readonly { readonly what: string; readonly reason: string | null }[];
}

/** Conversations that go on side by side; what comes late in one comes after the first part of all of them. */
const atOnce = 12;
const lanes = 4;

const sendStories = async (
  url: string,
  credential: string,
  stories: readonly Story[],
  io: Io | null,
): Promise<Sending> => {
  const total = stories.reduce((n, { events, after }) => n + events.length + after.length, 0);
  const sent: Sent = { accepted: 0, refused: new Map(), conversations: new Map() };
  const bar = progressBar(io, total);
  const began = performance.now();
  const groups = Array.from({ length: Math.ceil(stories.length / atOnce) }, (_, i) =>
    stories.slice(i * atOnce, (i + 1) * atOnce),
  );
  const lane = async (): Promise<void> => {
    for (let some = groups.shift(); some; some = groups.shift()) {
      for (const part of ["events", "after"] as const) {
        await sendAll(
          url,
          credential,
          some.flatMap((story) => story[part]),
          sent,
          bar.step,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - began) / 1000;
  bar.end(seconds);
  return { sent, events: total, seconds, refused: await knock(url, credential, stories[0]?.events[0]) };
};

const knock = async (
  url: string,
  credential: string,
  event: SentEvent | undefined,
): Promise<Sending["refused"]> => {
  const attempts: readonly (readonly [string, string])[] = [
    ["malformed", JSON.stringify(event).slice(0, -9)],
    ["unknown type", JSON.stringify({ ...event, type: "sotto.turn.whispered.v1" })],
    ["another tenant's line", JSON.stringify({ ...event, tenant: "globex", line: "globex-support" })],
  ];
  const answers = [];
  for (const [what, body] of attempts) answers.push({ what, reason: await tryDoor(url, credential, body) });
  return answers;
};

/** Waits until every accepted turn has an end, raw words are dead, and the audit log has signed all of it. */
const untilSettled = async (platform: Platform, sent: Sent): Promise<Reading> => {
  const read = openReader(platform.log);
  const keys = platform.keys("cli");
  const conversations = [...sent.conversations.values()];
  let reading = await read();
  await until("every turn has an end", 30_000, async () => {
    reading = await read();
    const { account } = reading;
    return (
      account.held === 0 &&
      account.open === 0 &&
      account.inFlight === 0 &&
      account.accepted > 0 &&
      reading.isIdle
    );
  });
  await until("raw words are shredded", 30_000, async () => {
    for (const id of conversations) if (((await keys.inspect("acme", id))?.raw.length ?? 0) > 0) return false;
    return true;
  });
  await until("the audit log is signed to its end", 10_000, async () => (await read()).isIdle);
  return reading;
};

const auditEvents = async (platform: Platform): Promise<AuditEvent[]> => {
  const events: AuditEvent[] = [];
  for await (const batch of platform.log.read(topics.audit.name, 0, 0)) {
    for (const record of batch) if (record.value) events.push(decodeAudit(record.value));
  }
  return [...new Map(events.map((event) => [event.id, event])).values()];
};
