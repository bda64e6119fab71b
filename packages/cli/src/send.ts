import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { doorLimits } from "@sotto/contracts";
import { openLogger, openPlatform, readSettings, type Settings } from "@sotto/service";

import type { ConversationAccount } from "./account.ts";
import type { Command, Given } from "./command.ts";
import { CommandError, exit, UsageError } from "./exit.ts";
import { durationMs, equation, figure, print, tell, urlOf, type Io } from "./io.ts";
import { postEvents, type Answer } from "./post-events.ts";
import { openReader } from "./read-account.ts";

export const send: Command = {
  name: "send",
  summary: "sends CloudEvents, one JSON a line",
  usage: "FILE|- [--wait 60s] [--url URL] [--credential-file FILE]",
  about: [
    "Sends to the door (POST /v1/events) in the order of the file; the source is the credential's, from SOTTO_CREDENTIAL",
    "or a file (see ./sotto source add --help). Sending a file twice is safe: an event with the same id counts once.",
    "With --wait it follows what becomes of the conversations, from the log: it needs this deployment's settings.",
    "Exit 8 when some events were refused, or some turns quarantined or still open at the time-out.",
  ],
  options: {
    wait: {
      type: "string",
      value: "TIME",
      help: "until the conversations sent have ended, at most 500ms, 60s, 5m",
    },
    url: { type: "string", value: "URL", help: "of the door; else http:// and SOTTO_HTTP" },
    "credential-file": { type: "string", value: "FILE", help: "holds the credential" },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    ["./sotto send events.jsonl --credential-file cred", "send a file"],
    ["./sotto send events.jsonl --wait 60s", "and see what becomes of it"],
    ["jq -c '.[]' batch.json | ./sotto send -", "from a pipe"],
  ],
  run: async (given, io) => {
    const settings = readSettings(io.env);
    const to = { url: doorOf(given, settings), credential: await readCredential(given, io) };
    const waitMs = readWait(given);
    const sent = await sendAll(given.positionals[0] ?? "-", to, io);
    const fates = waitMs === null ? null : await follow(settings, sent.conversations, waitMs);
    report(sent, fates, given, io);
    const isWhole =
      sent.refused.size === 0 && (fates === null || (fates.isOver && fates.ends.quarantined === 0));
    if (sent.accepted === 0 && sent.refused.size > 0) return exit.failure;
    return isWhole ? exit.ok : exit.partly;
  },
};

interface Sent {
  accepted: number;
  /** Accepted more than once in this run: the same source and id. */
  duplicates: number;
  readonly refused: Map<string, number>;
  readonly conversations: Set<string>;
}

const batchEvents = 100;
/** Room for brackets and commas is left. */
const batchBytes = doorLimits.batchBytes - 4096;

const sendAll = async (
  file: string,
  to: { readonly url: string; readonly credential: string },
  io: Io,
): Promise<Sent> => {
  const sent: Sent = { accepted: 0, duplicates: 0, refused: new Map(), conversations: new Set() };
  const ids = new Set<string>();
  let batch: { readonly line: number; readonly event: unknown }[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const answers = await postEvents(
      to,
      batch.map(({ event }) => event),
    );
    for (const [n, answer] of answers.entries()) note(sent, ids, answer, batch[n]?.line ?? 0, io);
    batch = [];
    bytes = 0;
  };
  let line = 0;
  for await (const text of linesOf(file, io)) {
    line += 1;
    if (text.trim() === "") continue;
    const event = parse(text);
    if (event === undefined) {
      note(sent, ids, { refused: "MALFORMED", fields: [] }, line, io);
      continue;
    }
    const size = Buffer.byteLength(text) + 1;
    if (batch.length === batchEvents || bytes + size > batchBytes) await flush();
    batch.push({ line, event });
    bytes += size;
  }
  await flush();
  return sent;
};

const shownRefusals = 10;

const note = (sent: Sent, ids: Set<string>, answer: Answer, line: number, io: Io): void => {
  if ("refused" in answer) {
    const { refused: reason, fields } = answer;
    sent.refused.set(reason, (sent.refused.get(reason) ?? 0) + 1);
    const count = [...sent.refused.values()].reduce((a, b) => a + b, 0);
    if (count <= shownRefusals) tell(io, `line ${line}: ${reason} ${fields.join(" ")}`.trimEnd());
    return;
  }
  if (ids.has(answer.id)) sent.duplicates += 1;
  else sent.accepted += 1;
  ids.add(answer.id);
  if (answer.conversation !== null) sent.conversations.add(answer.conversation);
};

async function* linesOf(file: string, io: Io): AsyncGenerator<string> {
  const input = file === "-" ? io.in : createReadStream(file);
  // Opened first: readline would pass the error of a missing file by.
  if (input !== io.in) {
    await new Promise((resolve, reject) => input.once("open", resolve).once("error", reject)).catch(() => {
      throw new CommandError(exit.notFound, `Cannot read ${file}`);
    });
  }
  yield* createInterface({ input, crlfDelay: Infinity });
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

interface Fates extends ConversationAccount {
  readonly isOver: boolean;
}

const lookMs = 500;

/** Reads the log until every turn of these conversations has ended, or the time is over. */
const follow = async (settings: Settings, sent: ReadonlySet<string>, waitMs: number): Promise<Fates> => {
  const logger = openLogger({ level: "silent" });
  await using platform = await openPlatform(settings, { tables: false, logger });
  const read = openReader(platform.log);
  for (const until = performance.now() + waitMs; ;) {
    const { account } = await read();
    const fate = account.of(sent);
    const isOver = fate.held === 0 && fate.open === 0 && fate.inFlight === 0;
    if (isOver || performance.now() >= until) return { ...fate, isOver };
    await pause(Math.min(lookMs, Math.max(1, until - performance.now())));
  }
};

const report = (sent: Sent, fates: Fates | null, given: Given, io: Io): void => {
  const { accepted, duplicates, refused, conversations } = sent;
  if (given.json) {
    const turns = fates && { ...fates.ends, held: fates.held, open: fates.open, inFlight: fates.inFlight };
    const counts = { accepted, duplicates, refused: Object.fromEntries(refused) };
    print(
      io,
      JSON.stringify({ ...counts, conversations: [...conversations], turns, isOver: fates?.isOver ?? null }),
    );
    return;
  }
  const reasons = [...refused].map(([reason, count]) => `${reason} ${figure(count)}`).join(", ");
  const total = [...refused.values()].reduce((a, b) => a + b, 0);
  print(io, `accepted   ${figure(accepted)} events of ${figure(conversations.size)} conversations`);
  if (duplicates > 0) print(io, `duplicate  ${figure(duplicates)}`);
  if (total > 0) print(io, `refused    ${figure(total)}: ${reasons}`);
  if (fates !== null) print(io, `turns      ${equation(fates)}`);
};

const doorOf = (given: Given, { http }: Settings): string => {
  const url = given.values.get("url") ?? urlOf(http);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new UsageError("--url must be http:// or https://");
  return url;
};

const readCredential = async (given: Given, io: Io): Promise<string> => {
  const file = given.values.get("credential-file");
  const text =
    file === undefined ? io.env["SOTTO_CREDENTIAL"] : await readFile(file, "utf8").catch(() => null);
  if (text === null) throw new CommandError(exit.notFound, `Cannot read the credential file ${file}`);
  const credential = (text ?? "").trim();
  if (credential === "") {
    throw new UsageError(
      "Sending needs a credential: SOTTO_CREDENTIAL or --credential-file (./sotto source add)",
    );
  }
  // A header cannot carry anything else, and what is not shown here cannot be quoted in an error.
  if (!/^[\x21-\x7e]+$/.test(credential))
    throw new UsageError("That is not a credential of ./sotto source add");
  return credential;
};

const readWait = (given: Given): number | null => {
  const text = given.values.get("wait");
  if (text === undefined) return null;
  const waitMs = durationMs(text);
  if (waitMs === null) throw new UsageError("--wait must be a time such as 500ms, 60s or 5m");
  return waitMs;
};
