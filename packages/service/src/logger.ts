import { pino, type DestinationStream, type Logger, type LogFn } from "pino";

export type { DestinationStream, Logger };
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Our classes: by rule their messages hold ids, kinds and counts, never a customer's words, a key or a token. */
const ours = new Set([
  "AuditLogError",
  "EnvelopeError",
  "KeyGoneError",
  "NotInitialisedError",
  "PolicyError",
  "QuarantineError",
  "SettingsError",
  "SourceError",
  "UnavailableError",
]);
const maxCauses = 4;

/**
 * JSON lines of ids, kinds and counts, on stdout or where told. An error is logged by name and code, and by message
 * only if its class is ours: a parser or a database quotes what it choked on, and that may be a customer's words.
 * Frames of the stack only at level debug.
 */
export const openLogger = (o: {
  readonly level: LogLevel;
  readonly destination?: DestinationStream;
}): Logger => {
  const withStack = o.level === "debug";
  const safe = (value: unknown): unknown => (value instanceof Error ? describe(value, withStack) : value);
  return pino(
    {
      level: o.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: safe },
      formatters: {
        level: (level) => ({ level }),
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, safe(value)])),
      },
      hooks: { logMethod: withOwnMessage },
    },
    o.destination ?? pino.destination({ dest: 1, sync: true }),
  );
};

interface Described {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: Described;
}

const describe = (error: Error, withStack: boolean, depth = 1): Described => {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(typeof code === "string" && { code }),
    ...(ours.has(error.name) && { message: error.message }),
    ...(withStack && error.stack !== undefined && { stack: framesOf(error.stack) }),
    ...(error.cause instanceof Error &&
      depth < maxCauses && { cause: describe(error.cause, withStack, depth + 1) }),
  };
};

/** A stack begins with the message: only the frames are kept. */
const framesOf = (stack: string): string =>
  stack
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .join("\n");

/** pino takes the error's message for its own where none is given; here the error's name stands in for it. */
function withOwnMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [fields, message] = args as unknown as [unknown, string | undefined];
  const error = fields instanceof Error ? fields : (fields as { err?: unknown } | null)?.err;
  if (!(error instanceof Error)) return method.apply(this, args);
  const others = fields instanceof Error ? { err: error } : (fields as object);
  method.apply(this, [others, message ?? error.name]);
}
