import { AuditLogError } from "@sotto/audit";
import { UnavailableError } from "@sotto/envelope";
import { NotInitialisedError, SettingsError } from "@sotto/service";

/** What every command ends with (docs of `./sotto --help`). */
export const exit = {
  ok: 0,
  failure: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  erased: 5,
  unverified: 6,
  unavailable: 7,
  partly: 8,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

/** A command that was called wrongly: exit 2, the sentence and how to get help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command that cannot do what was asked, for a reason that can be said in our own words. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: ExitCode;
  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An error as the caller sees it. Messages of classes that are not ours may quote data: only their name is told. */
export const explain = (error: unknown): { readonly code: ExitCode; readonly lines: readonly string[] } => {
  if (error instanceof SettingsError)
    return { code: exit.usage, lines: ["Settings cannot be used:", ...error.problems.map((p) => `  ${p}`)] };
  if (error instanceof CommandError) return { code: error.code, lines: [error.message] };
  if (error instanceof UsageError || error instanceof NotInitialisedError)
    return { code: exit.usage, lines: [error.message] };
  if (error instanceof UnavailableError) return { code: exit.unavailable, lines: [error.message] };
  if (!(error instanceof Error)) return { code: exit.failure, lines: ["Failed"] };
  if (error instanceof AuditLogError) return { code: exit.unverified, lines: [error.message] };
  if (error.name === "PolicyError") return { code: exit.usage, lines: error.message.split("\n") };
  const { code } = error as { code?: unknown };
  const address = /^(EADDRINUSE|EADDRNOTAVAIL|EACCES)$/.test(String(code)) ? ` ${hostOf(error)}` : "";
  return {
    code: exit.failure,
    lines: [`Failed: ${error.name}${typeof code === "string" ? ` ${code}` : ""}${address}`],
  };
};

const hostOf = (error: Error): string => {
  const { address, port } = error as { address?: unknown; port?: unknown };
  return typeof address === "string" && typeof port === "number" ? `${address}:${port}` : "";
};
