import { listSources } from "@sotto/ingest";
import type { Platform } from "@sotto/service";

import type { Given } from "../command.ts";
import { CommandError, exit, UsageError, type ExitCode } from "../exit.ts";
import { findConversation } from "../find-conversation.ts";
import { print, table, tell, type Io } from "../io.ts";
import { readFences } from "../register.ts";
import { requireTenant } from "../tenant.ts";
import { withPlatform } from "../with-platform.ts";
import { liftFence, scopeName, setFence, type Fencing } from "./operate.ts";

/** `sotto fence`, once its command line is read. */
export const runFence = async (usage: string, given: Given, io: Io): Promise<ExitCode> => {
  const [action, what] = given.positionals;
  if (action === "list" && what === undefined)
    return withPlatform(io, (platform) => list(platform, given, io));
  if (action === "lift" && what !== undefined)
    return withPlatform(io, (platform) => lift(platform, what, given, io));
  if (action === "set" && (what === "kill-switch" || what === "restriction"))
    return withPlatform(io, (platform) => set(platform, what, given, io));
  throw new UsageError(`Usage: ./sotto fence ${usage}`);
};

const set = async (
  platform: Platform,
  what: "kill-switch" | "restriction",
  given: Given,
  io: Io,
): Promise<ExitCode> => {
  const fencing =
    what === "restriction" ? await restriction(platform, given) : await killSwitch(platform, given);
  const { fence, isNew } = await setFence(platform, fencing);
  if (given.json)
    print(io, JSON.stringify({ id: fence.id, kind: fence.kind, scope: scopeName(fence), isNew }));
  else print(io, `${fence.id}  ${fence.kind}  ${scopeName(fence)}`);
  const { freshMs } = platform.policy.timing;
  tell(
    io,
    isNew ? `In force everywhere within ${freshMs / 1000} s` : "It stands already; nothing was changed",
  );
  return exit.ok;
};

const restriction = async (platform: Platform, given: Given): Promise<Fencing> => {
  const named = given.values.get("conversation");
  if (named === undefined) throw new UsageError("A restriction needs --conversation");
  const { conversation, tenant, keys } = await findConversation(platform, named);
  if (keys === "erased") throw new CommandError(exit.erased, `${conversation} is erased`);
  return { kind: "restriction", tenant, conversation };
};

/** A misspelt line or source would stop nothing, and look as if it did. */
const killSwitch = async (platform: Platform, given: Given): Promise<Fencing> => {
  const tenant = requireTenant(platform, given.values.get("tenant"));
  const line = given.values.get("line");
  const source = given.values.get("source");
  const lines = new Map(Object.entries(platform.policy.lines));
  if (line !== undefined && lines.get(line)?.tenant !== tenant)
    throw new UsageError("The policy has no such line of that tenant (policy/lines.json)");
  if (source !== undefined) {
    const known = (await listSources(platform.keyStore)).find((one) => one.source === source);
    if (known?.tenant !== tenant)
      throw new UsageError("That tenant has no such source; see ./sotto source list");
  }
  return {
    kind: "kill_switch",
    tenant,
    ...(line !== undefined && { line }),
    ...(source !== undefined && { source }),
  };
};

const list = async (platform: Platform, given: Given, io: Io): Promise<ExitCode> => {
  const tenant = given.values.get("tenant");
  const all = await readFences(platform);
  const fences = all.flatMap(({ record }) =>
    record !== null && (tenant === undefined || record.tenant === tenant) ? [record] : [],
  );
  const unreadable = all.length - all.filter(({ record }) => record !== null).length;
  if (given.json) {
    const asJson = fences.map((fence) => ({
      id: fence.id,
      kind: fence.kind,
      tenant: fence.tenant,
      scope: scopeName(fence),
      purposes: fence.purposes,
      at: new Date(fence.at).toISOString(),
      receivedAt: new Date(fence.receivedAt).toISOString(),
    }));
    print(io, JSON.stringify({ fences: asJson, unreadable }));
  } else if (fences.length === 0) tell(io, "No fence stands");
  else
    for (const line of table([
      ["SINCE", "KIND", "TENANT", "SCOPE", "PURPOSES", "ID"],
      ...fences.map((fence) => [
        new Date(fence.receivedAt).toISOString(),
        fence.kind,
        fence.tenant,
        scopeName(fence),
        fence.purposes?.join(",") ?? "all",
        fence.id,
      ]),
    ]))
      print(io, line);
  if (unreadable > 0)
    tell(io, `${unreadable} records cannot be read: no process counts as fresh while they are there`);
  return exit.ok;
};

const lift = async (platform: Platform, id: string, given: Given, io: Io): Promise<ExitCode> => {
  const fence = await liftFence(platform, id);
  if (given.json)
    print(io, JSON.stringify({ id, kind: fence.kind, scope: scopeName(fence), state: "lifted" }));
  else print(io, `lifted ${id}: ${fence.kind}, ${scopeName(fence)}`);
  return exit.ok;
};
