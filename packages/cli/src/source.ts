import { randomUUID } from "node:crypto";

import { deriveId, version, type AuditEvent } from "@sotto/contracts";
import { addSource, listSources, rotateSource, SourceError } from "@sotto/ingest";
import { openLogger, openPlatform, readSettings, type Platform } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import type { Given } from "./command.ts";
import { CommandError, exit, UsageError, type ExitCode } from "./exit.ts";
import { print, table, tell, type Io } from "./io.ts";

/** `sotto source`, once its command line is read. */
export const runSource = async (usage: string, given: Given, io: Io): Promise<ExitCode> => {
  const [action, name] = given.positionals;
  const isKnown = action === "add" || action === "rotate" || action === "list";
  if (!isKnown || (action === "list") !== (name === undefined)) {
    throw new UsageError(`Usage: ./sotto source ${usage}`);
  }
  const logger = openLogger({ level: "silent" });
  await using platform = await openPlatform(readSettings(io.env), { tables: false, logger });
  try {
    if (name === undefined) return await list(platform, given, io);
    return await (action === "add" ? add : rotate)(platform, name, given, io);
  } catch (error) {
    if (error instanceof SourceError) throw new CommandError(exit.failure, error.message);
    throw error;
  }
};

const add = async (platform: Platform, name: string, given: Given, io: Io): Promise<ExitCode> => {
  const tenant = given.values.get("tenant");
  const lines = given.values.get("line")?.split(",");
  if (tenant === undefined || lines === undefined) throw new UsageError("A source needs --tenant and --line");
  const foreign = lines.filter((line) => platform.policy.lines[line]?.tenant !== tenant);
  if (foreign.length > 0) {
    throw new CommandError(
      exit.failure,
      `The policy has no such line of tenant ${tenant}: ${foreign.join(", ")}`,
    );
  }
  const { credential } = await addSource(platform.keyStore, { source: name, tenant, lines });
  await tellAudit(platform, name, "added", tenant);
  return hand(credential, name, given, io);
};

const rotate = async (platform: Platform, name: string, given: Given, io: Io): Promise<ExitCode> => {
  const { credential } = await rotateSource(platform.keyStore, { source: name });
  const tenant = (await listSources(platform.keyStore)).find((one) => one.source === name)?.tenant ?? null;
  await tellAudit(platform, name, "rotated", tenant);
  return hand(credential, name, given, io);
};

const hand = (credential: string, name: string, given: Given, io: Io): ExitCode => {
  if (given.json) print(io, JSON.stringify({ source: name, credential }));
  else print(io, credential);
  tell(io, "Shown this once: it is stored hashed");
  return exit.ok;
};

const list = async (platform: Platform, given: Given, io: Io): Promise<ExitCode> => {
  const sources = await listSources(platform.keyStore);
  if (given.json) print(io, JSON.stringify({ sources }));
  else if (sources.length === 0) tell(io, "No sources yet: ./sotto source add --help");
  else
    for (const line of table(sources.map((one) => [one.source, one.tenant, one.lines.join(",")])))
      print(io, line);
  return exit.ok;
};

const tellAudit = async (
  { log, clock }: Platform,
  name: string,
  change: "added" | "rotated",
  tenant: string | null,
): Promise<void> => {
  const event: AuditEvent = {
    id: deriveId("a", "source.changed", randomUUID()),
    at: clock.now(),
    service: "cli",
    version,
    tenant,
    line: null,
    type: "sotto.audit.source.changed.v1",
    source: name,
    change,
    approver: `local/${process.geteuid?.() ?? "user"}`,
  };
  await publishAudit(log, [event]);
};
