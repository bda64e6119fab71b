import { auditLogOf, readEntries, verifyLog } from "@sotto/audit";
import {
  documentTurns,
  parseDocumentName,
  readDocument,
  type DocumentTurn,
  type ObjectHead,
} from "@sotto/archive";
import { decodeAudit, deriveId, topics, version, type AuditEvent } from "@sotto/contracts";
import { open } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import { headerText, publishAudit, readEvent, type LogRecord } from "@sotto/stream";

import type { Sending } from "../demo.ts";
import type { Reading } from "../read-account.ts";
import { filesUnder } from "./files.ts";
import { courses, type Course, type CourseRow } from "./outcome.ts";
import { demoSource, type SentEvent, type Story } from "./scenario.ts";
import { searchFor } from "./search.ts";
import { tamper, type Attempt } from "./tamper.ts";

export interface Run {
  readonly platform: Platform;
  readonly folder: string;
  readonly stories: readonly Story[];
  readonly sending: Sending;
  readonly reading: Reading;
  readonly events: readonly AuditEvent[];
  readonly logLines: readonly Buffer[];
}

export interface Look {
  readonly texts: number;
  readonly skipped: number;
  readonly inInput: number;
  readonly found: number;
}

/** Everything the demo says, read back from what was written. */
export interface Findings {
  readonly holds: boolean;
  readonly stories: {
    readonly total: number;
    readonly channels: Record<string, number>;
    readonly languages: Record<string, number>;
  };
  readonly sending: Pick<Sending, "events" | "seconds" | "refused"> & { readonly accepted: number };
  readonly courses: ReadonlyMap<Course, CourseRow>;
  readonly account: Omit<Reading["account"], "conversations" | "quarantined">;
  readonly rawOpensByGate: number;
  readonly redaction: {
    readonly findings: number;
    readonly turns: number;
    readonly kinds: readonly (readonly [string, number])[];
  };
  readonly readers: Readers | null;
  readonly files: { readonly count: number; readonly bytes: number };
  readonly everyByte: Look;
  readonly everyDocument: Look;
  readonly tampering: readonly Attempt[];
  readonly landed: { readonly documents: number; readonly auditEntries: number; readonly verified: boolean };
  readonly keys: { readonly made: number; readonly conversations: number; readonly shredded: number };
}

export interface Readers {
  readonly conversation: string;
  readonly channel: string;
  readonly language: string;
  readonly said: string;
  readonly frame: Uint8Array;
  readonly archived: string;
}

/** Reads everything back: log, store, audit. Nothing here is taken from what was meant to happen. */
export const inspectRun = async (run: Run): Promise<Findings> => {
  const { platform, stories, sending, reading, events } = run;
  const documents = await listDocuments(platform);
  const turns = await openDocuments(platform, documents);
  const raw = await shredded(platform, [...new Set(sending.sent.conversations.values())]);
  const records = await readTopic(platform, topics.conversations.name);
  const admitted = (await readTopic(platform, topics.admitted.name)).find((r) =>
    r.headers.some(([name]) => name === "admission"),
  );
  const discarded = discardedTurn(records, events);
  if (!admitted || !discarded) throw new Error("Nothing was admitted, or nothing was discarded");
  const tampering = await tamper(platform, documents, discarded, admitted);
  const readers = await threeReaders(run, turns, records);
  const log = await verified(platform);
  const searches = search(run, turns);
  const { conversations: _all, quarantined: _reasons, ...account } = reading.account;
  const rawOpensByGate = platform.keys("consent-gate").counts().opened["raw"] ?? 0;
  const holds =
    account.inFlight === 0 &&
    account.surplus === 0 &&
    account.held === 0 &&
    account.open === 0 &&
    searches.everyByte.found === 0 &&
    searches.everyDocument.found === 0 &&
    searches.everyByte.inInput === searches.everyByte.texts &&
    searches.everyDocument.inInput === searches.everyDocument.texts &&
    tampering.every((attempt) => attempt.refused) &&
    log.verified &&
    raw.open === 0 &&
    rawOpensByGate === 0 &&
    sending.refused.every(({ reason }) => reason !== null);
  return {
    holds,
    stories: {
      total: stories.length,
      channels: countBy(stories, (s) => s.dialogue.channel),
      languages: countBy(stories, (s) => s.dialogue.language.slice(0, 2)),
    },
    sending: {
      events: sending.events,
      seconds: sending.seconds,
      refused: sending.refused,
      accepted: sending.sent.accepted,
    },
    courses: courses(events),
    account,
    rawOpensByGate,
    redaction: redactionOf(events),
    readers,
    ...searches,
    tampering,
    landed: { documents: documents.length, auditEntries: log.entries, verified: log.verified },
    keys: { made: keysMade(platform), conversations: raw.total, shredded: raw.total - raw.open },
  };
};

export const countBy = <T>(items: readonly T[], key: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};

const services = ["ingest", "consent-gate", "transcriber", "redactor", "archiver", "cli"] as const;
const keysMade = (platform: Platform): number =>
  services.reduce((n, name) => n + platform.keys(name).counts().made, 0);

const listDocuments = async (platform: Platform): Promise<ObjectHead[]> => {
  const all: ObjectHead[] = [];
  for await (const head of platform.archive.list("conversations/")) all.push(head);
  return all;
};

const openDocuments = async (platform: Platform, heads: readonly ObjectHead[]): Promise<DocumentTurn[]> => {
  const keys = platform.keys("cli");
  const turns: DocumentTurn[] = [];
  for (const { name } of heads) {
    const place = parseDocumentName(name);
    const stored = await platform.archive.get(name);
    if (!place || !stored) throw new Error("A listed document is not there");
    const { tenant, conversation, generation } = place;
    const address = { slot: "archive", tenant, conversation, generation } as const;
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

const readTopic = async (platform: Platform, topic: string): Promise<LogRecord[]> => {
  const all: LogRecord[] = [];
  for (const [partition, { low }] of (await platform.log.ends(topic)).entries()) {
    for await (const batch of platform.log.read(topic, partition, low)) all.push(...batch);
  }
  return all;
};

const discardedTurn = (
  records: readonly LogRecord[],
  events: readonly AuditEvent[],
): LogRecord | undefined => {
  const refused = events.find(
    (e) => e.type === "sotto.audit.turns.ended.v1" && e.ends.some((one) => one.reason === "CONSENT_REFUSED"),
  );
  return records.find(
    (r) => r.key === refused?.conversation && headerText(r.headers, "ce_type") === "sotto.turn.added.v1",
  );
};

const shredded = async (platform: Platform, conversations: readonly string[]) => {
  const keys = platform.keys("cli");
  let isOpen = 0;
  for (const id of conversations) if (((await keys.inspect("acme", id))?.raw.length ?? 0) > 0) isOpen += 1;
  return { total: conversations.length, open: isOpen };
};

const verified = async (platform: Platform): Promise<{ entries: number; verified: boolean }> => {
  const { origin, prefix } = auditLogOf(0);
  const where = { store: platform.auditStore, origin, prefix, publicKey: platform.signer.publicKey };
  const report = await verifyLog(where);
  let entries = 0;
  for await (const { entry } of readEntries(where)) {
    decodeAudit(entry);
    entries += 1;
  }
  return { entries, verified: report.ok && report.entries === entries };
};

const redactionOf = (events: readonly AuditEvent[]): Findings["redaction"] => {
  const kinds = new Map<string, number>();
  let turns = 0;
  for (const event of events) {
    if (event.type !== "sotto.audit.section.redacted.v1") continue;
    turns += event.turns;
    for (const [kind, count] of Object.entries(event.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  const sorted = [...kinds].toSorted((a, b) => b[1] - a[1]);
  return { findings: sorted.reduce((n, [, count]) => n + count, 0), turns, kinds: sorted };
};

/** The same turn to the customer, to a thief of broker and bucket, and to an analyst whose read is audited first. */
const threeReaders = async (
  run: Run,
  turns: readonly DocumentTurn[],
  records: readonly LogRecord[],
): Promise<Readers | null> => {
  const { platform, stories, sending } = run;
  const subjects = new Map([...sending.sent.conversations].map(([subject, id]) => [id, subject]));
  const storyOf = ({ conversation }: DocumentTurn) =>
    stories.find((s) => s.subject === subjects.get(conversation));
  const saidIn = (turn: DocumentTurn) => textsOf(storyOf(turn)?.events ?? [])[turn.ordinal - 1] ?? "";
  // The one that is most worth reading: the longest postcode that somebody read out.
  const [shown] = turns
    .filter((t) => t.channel === "voice" && t.text === "[POSTCODE_1]" && mayBeRead(platform, t))
    .toSorted((a, b) => saidIn(b).length - saidIn(a).length);
  const story = shown && storyOf(shown);
  const said = shown && saidIn(shown);
  const record = records.filter(
    (r) => r.key === shown?.conversation && headerText(r.headers, "ce_type") === "sotto.turn.added.v1",
  )[(shown?.ordinal ?? 0) - 1];
  if (!shown || !story || !said || !record) return null;
  await auditRead(platform, shown.conversation);
  const { conversation, channel } = shown;
  const frame = readEvent(record).contentFrame;
  return {
    conversation,
    channel,
    language: story.dialogue.language,
    said,
    frame,
    archived: shown.text ?? "",
  };
};

/** The purpose check: what the grant gave when the turn landed, and no fence since then. */
const mayBeRead = ({ fences }: Platform, turn: DocumentTurn): boolean => {
  const { tenant, conversation, line, startAt } = turn;
  const since = fences.index.scope({
    tenant,
    conversation,
    line,
    source: demoSource,
    tokens: [],
    startedAt: startAt,
  });
  return fences.isFresh() && turn.purposes.includes("qa_review") && since.length === 0;
};

const auditRead = (platform: Platform, conversation: string): Promise<void> => {
  const at = platform.clock.now();
  return publishAudit(platform.log, [
    {
      id: deriveId("a", "read", conversation, at),
      at,
      service: "cli",
      version,
      tenant: "acme",
      line: null,
      conversation,
      type: "sotto.audit.read.performed.v1",
      reader: "local",
      role: "demo",
      purpose: "qa_review",
      secondFactor: false,
      query: deriveId("d", conversation),
      files: 1,
      rows: 1,
      withheld: 0,
    },
  ]);
};

const textsOf = (events: readonly SentEvent[]): string[] =>
  events
    .filter((e) => e.type === "sotto.turn.added.v1")
    .flatMap((e) => (e.data["content"] as { text: string }[]).map((part) => part.text));

/** Both searches, each with its positive control: the same texts, by the same search, in what was sent. */
const search = (
  run: Run,
  turns: readonly DocumentTurn[],
): Pick<Findings, "files" | "everyByte" | "everyDocument"> => {
  const input = run.stories.map((story) => Buffer.from(JSON.stringify([...story.events, ...story.after])));
  // The words of a recording are in no event: nobody fetched it.
  const told = run.stories.filter(({ plot }) => plot !== "recorded");
  const said = run.stories.flatMap((story) => [...textsOf(story.events), ...textsOf(story.after)]);
  const personal = told.flatMap(({ subject, dialogue }) => [
    subject,
    ...dialogue.planted.map(({ value }) => value),
  ]);
  const written = searchFor([...said, ...personal]);
  let count = 0;
  let bytes = 0;
  for (const file of filesUnder(run.folder)) {
    count += 1;
    bytes += file.bytes.length;
    written.look(file.bytes);
  }
  written.look(Buffer.concat([...run.logLines]));
  const everyByte = look(written, input, [...said, ...personal], 8);
  const planted = told.flatMap(({ dialogue }) => dialogue.planted.map(({ value }) => value));
  const opened = searchFor(planted, 4);
  opened.look(Buffer.from(turns.map((turn) => turn.text ?? "").join("\n")));
  return { files: { count, bytes }, everyByte, everyDocument: look(opened, input, planted, 4) };
};

const look = (
  done: ReturnType<typeof searchFor>,
  input: readonly Buffer[],
  texts: readonly string[],
  minBytes: number,
): Look => {
  const control = searchFor(texts, minBytes);
  for (const bytes of input) control.look(bytes);
  return {
    texts: done.texts,
    skipped: done.skipped,
    inInput: control.found().size,
    found: done.found().size,
  };
};
