import { readFile, stat } from "node:fs/promises";

import {
  AuditLogError,
  auditLogOf,
  formatVerifierKey,
  parseCheckpoint,
  parseVerifierKey,
  verifyLog,
  type Checkpoint,
  type VerifyReport,
} from "@sotto/audit";
import { NotInitialisedError, openSigningKey, readSettings, type Settings } from "@sotto/service";
import { openDirectoryObjectStore } from "@sotto/stores";

import type { Command } from "./command.ts";
import { CommandError, exit } from "./exit.ts";
import { figure, print, tell, type Io } from "./io.ts";

export const verify: Command = {
  name: "verify",
  summary: "verifies the audit log, offline",
  usage: "[--since FILE] [--key FILE] [--json]",
  about: [
    "Reads the audit folder alone: every entry and every tile must be what the checkpoint signs. With --since the log",
    "must also begin with what that checkpoint signed. Keep copies of checkpoints (the file `checkpoint` in the audit",
    "folder) where a holder of the signing key cannot change them: they alone could write another log. Exit 6 when",
    "anything does not hold.",
  ],
  options: {
    since: { type: "string", value: "FILE", help: "a checkpoint that was kept" },
    key: {
      type: "string",
      value: "FILE",
      help: "verifier key, as verify prints it; else from SOTTO_SIGNING_KEY",
    },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    ["./sotto verify", "the log of this deployment, and its verifier key"],
    ["./sotto verify --since kept/checkpoint", "and that it only grew since"],
    ["SOTTO_AUDIT=file:copy ./sotto verify --key log.vkey", "a copy, on another machine"],
  ],
  run: async (given, io) => {
    const settings = readSettings(io.env);
    const { origin, prefix } = auditLogOf(0);
    const publicKey = await readPublicKey(given.values.get("key"), settings);
    const since = await readSince(given.values.get("since"));
    await requirePath("audit store", settings.audit.path);
    using store = await openDirectoryObjectStore(settings.audit.path);
    const report = await verifyLog({ store, prefix, origin, publicKey, since });
    const key = formatVerifierKey({ name: origin, publicKey });
    if (given.json) print(io, JSON.stringify(asJson(report, key)));
    else say(report, { key, since }, io);
    return report.ok ? exit.ok : exit.unverified;
  },
};

const readPublicKey = async (file: string | undefined, settings: Settings): Promise<Uint8Array> => {
  if (file === undefined) {
    await requirePath("signing key", settings.signingKey.path);
    return (await openSigningKey(settings)).publicKey;
  }
  return readAs("verifier key", file, (text) => parseVerifierKey(text.trim()).publicKey);
};

/** Opening a store makes its folder: whoever verifies must not make one. */
const requirePath = async (what: string, path: string): Promise<void> => {
  if ((await stat(path).catch(() => null)) === null) throw new NotInitialisedError([`${what} at ${path}`]);
};

const readSince = async (file: string | undefined): Promise<Checkpoint | undefined> =>
  file === undefined ? undefined : readAs("checkpoint", file, parseCheckpoint);

const readAs = async <T>(what: string, file: string, parse: (text: string) => T): Promise<T> => {
  const text = await readFile(file, "utf8").catch(() => {
    throw new CommandError(exit.notFound, `Cannot read the ${what} ${file}`);
  });
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof AuditLogError) throw new CommandError(exit.usage, `${file}: ${error.message}`);
    throw error;
  }
};

const say = (
  report: VerifyReport,
  o: { readonly key: string; readonly since: Checkpoint | undefined },
  io: Io,
): void => {
  for (const problem of report.problems) tell(io, `found: ${problem.message}`);
  if (!report.ok) return print(io, "NOT VERIFIED");
  const kept = o.since === undefined ? "" : `, and begins with the ${figure(o.since.size)} that were kept`;
  print(io, `verified: ${figure(report.entries)} entries are what the checkpoint signs${kept}`);
  print(io, `key ${o.key}`);
};

const asJson = ({ ok, entries, checkpoint, problems }: VerifyReport, key: string): unknown => ({
  ok,
  entries,
  checkpoint: checkpoint && {
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString("base64"),
  },
  problems,
  key,
});
