import { parseArgs } from "node:util";

import { UsageError, type ExitCode } from "./exit.ts";
import { bold, type Io } from "./io.ts";

interface Option {
  readonly type: "boolean" | "string";
  /** What stands after the name in the help of a string option. */
  readonly value?: string;
  /** One letter: `-o` beside `--out`. */
  readonly short?: string;
  readonly help: string;
}

/** What a command is told: checked against its table, nothing else. */
export interface Given {
  readonly positionals: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly json: boolean;
}

/** A command as data, but for what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** After `./sotto NAME`. */
  readonly usage: string;
  readonly about: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly positionals: { readonly min: number; readonly max: number };
  readonly examples: readonly (readonly [line: string, what: string])[];
  run(given: Given, io: Io): Promise<ExitCode>;
}

const common = {
  json: { type: "boolean", help: "one JSON document (or one a line) instead of text" },
  help: { type: "boolean", help: "this" },
} as const satisfies Record<string, Option>;

/** Throws UsageError for what the command's table does not know; null asks for its help. */
export const parseGiven = (command: Command, args: readonly string[]): Given | null => {
  const options: Readonly<Record<string, Option>> = { ...command.options, ...common };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, short }]) => [
          name,
          short === undefined ? { type } : { type, short },
        ]),
      ),
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}; see ./sotto ${command.name} --help`);
  }
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed.values)) {
    if (typeof value === "string") values.set(name, value);
    else flags.add(name);
  }
  if (flags.has("help")) return null;
  const count = parsed.positionals.length;
  if (count < command.positionals.min || count > command.positionals.max) {
    throw new UsageError(`Usage: ./sotto ${command.name} ${command.usage}`.trimEnd());
  }
  return { positionals: parsed.positionals, flags, values, json: flags.has("json") };
};

/** The first sentence of what parseArgs says: it names options, never values. */
const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : "";
  return (/^[^.]+/.exec(message)?.[0] ?? "Cannot read the arguments").split("\n")[0] ?? "";
};

export const helpOf = (command: Command, io: Io): string => {
  const options = { ...command.options, ...common } as Record<string, Option>;
  const names = Object.entries(options).map(
    ([name, option]) =>
      [
        `${option.short === undefined ? "" : `-${option.short}, `}--${name}${option.value === undefined ? "" : ` ${option.value}`}`,
        option.help,
      ] as const,
  );
  const columns = (rows: readonly (readonly [string, string])[]): string[] => {
    const width = Math.max(...rows.map(([first]) => first.length)) + 2;
    return rows.map(([first, second]) => `  ${first.padEnd(width)}${second}`);
  };
  return [
    `${bold(io, `./sotto ${command.name}`)} ${command.usage}`.trimEnd(),
    "",
    ...command.about,
    "",
    bold(io, "Options"),
    ...columns(names),
    "",
    bold(io, "Examples"),
    ...columns(command.examples),
  ].join("\n");
};
