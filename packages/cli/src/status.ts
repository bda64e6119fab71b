import { setTimeout as wait } from "node:timers/promises";

import { auditLogOf, parseCheckpoint } from "@sotto/audit";
import { topics } from "@sotto/contracts";
import { openLogger, openPlatform, readSettings, type Platform } from "@sotto/service";

import type { Command } from "./command.ts";
import { exit, type ExitCode } from "./exit.ts";
import { ago, bold, equation, figure, print, table, tell, type Io } from "./io.ts";
import { addsUp, openReader, readSettled, type Reading } from "./read-account.ts";

export const status: Command = {
  name: "status",
  summary: "where every turn is, what waits, and whether it adds up",
  usage: "[--watch] [--json]",
  about: [
    "Reads the log, changes nothing and opens nothing. Fails (exit 1) when turns are unaccounted for while nothing is",
    "on its way: that is a loss, and the audit log tells where each turn was seen last.",
  ],
  options: { watch: { type: "boolean", help: "again every two seconds, until Ctrl-C" } },
  positionals: { min: 0, max: 0 },
  examples: [
    ["./sotto status", "one look"],
    ["./sotto status --watch", "keep looking"],
    ["./sotto status --json | jq .account", "as data; with --watch one document a line"],
  ],
  run: async (given, io) => {
    const isWatched = given.flags.has("watch");
    const logger = openLogger({ level: "silent" });
    await using platform = await openPlatform(readSettings(io.env), { tables: false, logger });
    const read = openReader(platform.log);
    for (;;) {
      const state: State = {
        reading: await readSettled(read),
        checkpoint: await readCheckpoint(platform),
        now: Date.now(),
      };
      if (isWatched && !given.json && io.isOutTty) io.out.write("\u001b[H\u001b[2J");
      if (given.json) print(io, JSON.stringify(asJson(state)));
      else show(state, io);
      if (!isWatched) return judge(state.reading, io);
      await wait(2000);
    }
  },
};

interface State {
  readonly reading: Reading;
  readonly checkpoint: {
    readonly size: number;
    readonly waiting: number;
    readonly ageMs: number | null;
  } | null;
  readonly now: number;
}

/** The newest checkpoint, how many entries wait for the next, and since when the oldest of those has. */
const readCheckpoint = async ({ log, auditStore }: Platform): Promise<State["checkpoint"]> => {
  const stored = await auditStore.get(`${auditLogOf(0).prefix}checkpoint`);
  if (stored === null) return null;
  const { size } = parseCheckpoint(stored.bytes);
  const high = (await log.ends(topics.audit.name))[0]?.high ?? 0;
  if (high <= size) return { size, waiting: 0, ageMs: 0 };
  for await (const [first] of log.read(topics.audit.name, 0, size, size + 1)) {
    if (first !== undefined) return { size, waiting: high - size, ageMs: Date.now() - first.timestamp };
  }
  return { size, waiting: high - size, ageMs: null };
};

const show = ({ reading, checkpoint, now }: State, io: Io): void => {
  const { account, lags } = reading;
  const since = (at: number | null): string => (at === null ? "" : `oldest ${ago(now - at)}`);
  const rows = lags.map((lag) => [lag.service, lag.records, since(lag.oldestAt)] as const);
  print(io, bold(io, "waiting for each service (records)"));
  for (const line of table(rows)) print(io, `  ${line}`);
  print(io, `held for a consent record ${figure(account.held)}  ${since(account.oldestHeldAt)}`.trimEnd());
  print(io, `in sections still open    ${figure(account.open)}`);
  const reasons = [...account.quarantined].map(([reason, count]) => `${reason} ${figure(count)}`);
  print(io, `quarantined               ${reasons.length === 0 ? "0" : reasons.join(", ")}`);
  print(io, `audit log                 ${sayCheckpoint(checkpoint)}`);
  print(io, `one end for every turn: ${equation(account)}`);
};

const sayCheckpoint = (checkpoint: State["checkpoint"]): string => {
  if (checkpoint === null) return "no checkpoint yet";
  const { size, waiting, ageMs } = checkpoint;
  const signed = `${figure(size)} entries signed`;
  if (waiting === 0) return `${signed}, none waits`;
  return `${signed}, ${figure(waiting)} wait${ageMs === null ? "" : ` since ${ago(ageMs)}`}`;
};

/** Stable: what is here keeps its name and meaning. */
const asJson = ({ reading, checkpoint, now }: State): unknown => {
  const { account, lags, isIdle } = reading;
  const age = (at: number | null): number | null => (at === null ? null : (now - at) / 1000);
  const { accepted, ends, held, open, inFlight, surplus } = account;
  return {
    lag: Object.fromEntries(
      lags.map((lag) => [lag.service, { records: lag.records, oldestSeconds: age(lag.oldestAt) }]),
    ),
    heldOldestSeconds: age(account.oldestHeldAt),
    quarantined: Object.fromEntries(account.quarantined),
    checkpoint: checkpoint && {
      size: checkpoint.size,
      waiting: checkpoint.waiting,
      ageSeconds: checkpoint.ageMs === null ? null : checkpoint.ageMs / 1000,
    },
    account: { accepted, ...ends, held, open, inFlight, surplusConversations: surplus },
    isIdle,
    addsUp: addsUp(reading),
  };
};

const judge = (reading: Reading, io: Io): ExitCode => {
  if (addsUp(reading)) return exit.ok;
  const wrong = [...reading.account.conversations].filter(([, one]) => one.inFlight !== 0);
  tell(io, `DOES NOT ADD UP in ${figure(wrong.length)} conversations, while nothing is on its way:`);
  for (const [id, one] of wrong.slice(0, 10)) tell(io, `  ${id}  ${equation(one)}`);
  return exit.failure;
};
