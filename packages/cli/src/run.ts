import { version } from "@sotto/contracts";

import { helpOf, parseGiven, type Command } from "./command.ts";
import { exit, explain, UsageError, type ExitCode } from "./exit.ts";
import { bold, print, tell, type Io } from "./io.ts";

/** Runs one command line and answers its exit code; never throws. */
export const run = async (
  args: readonly string[],
  io: Io,
  commands: readonly Command[],
): Promise<ExitCode> => {
  try {
    const [name, ...rest] = args;
    if (name === undefined) {
      tell(io, overview(commands, io));
      return exit.usage;
    }
    if (name === "--help" || name === "-h" || name === "help") return help(rest[0], io, commands);
    if (name === "--version" || name === "-V") {
      print(io, `sotto ${version}`);
      return exit.ok;
    }
    const command = find(name, commands);
    if (rest.includes("--version")) {
      print(io, `sotto ${version}`);
      return exit.ok;
    }
    const given = parseGiven(command, rest);
    if (given !== null) return await command.run(given, io);
    print(io, helpOf(command, io));
    return exit.ok;
  } catch (error) {
    const { code, lines } = explain(error);
    for (const line of lines) tell(io, line);
    if (io.env["SOTTO_LOG_LEVEL"] === "debug" && error instanceof Error) tell(io, framesOf(error));
    return code;
  }
};

const help = (name: string | undefined, io: Io, commands: readonly Command[]): ExitCode => {
  print(io, name === undefined ? overview(commands, io) : helpOf(find(name, commands), io));
  return exit.ok;
};

const find = (name: string, commands: readonly Command[]): Command => {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const shown = /^[\w-]{1,30}$/.test(name) ? ` ${name}` : "";
  const near = nearest(
    name,
    commands.map((command) => command.name),
  );
  throw new UsageError(
    `No command${shown}${near === null ? "" : `; did you mean ${near}?`}\nSee ./sotto --help`,
  );
};

const overview = (commands: readonly Command[], io: Io): string => {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return [
    `${bold(io, "./sotto COMMAND")}: a contact-center transcript pipeline`,
    "",
    ...commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}`),
    "",
    "  --help, --version; ./sotto COMMAND --help has examples. --json: the same as data.",
    "",
    "Exit codes: 0 ok, 1 failure, 2 usage or settings, 3 refused, 4 not found, 5 erased, 6 verification failed,",
    "7 unavailable (retry), 8 partly (refused, quarantined or still open at the time-out), 130 interrupted",
  ].join("\n");
};

/** The command that is fewest edits away, if that is at most two (Levenshtein). */
const nearest = (name: string, names: readonly string[]): string | null => {
  const ranked = names.map((other) => [edits(name, other), other] as const).toSorted(([a], [b]) => a - b);
  const [best] = ranked;
  return best !== undefined && best[0] <= 2 ? best[1] : null;
};

const edits = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

const framesOf = (error: Error): string =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .join("\n");
