import { homedir } from "node:os";
import { resolve } from "node:path";

import { z } from "zod";

import { logLevels } from "./logger.ts";

/** Where this project lies. Defaults are under it, so that every command finds them from whichever folder it is run. */
export const projectRoot = resolve(import.meta.dirname, "../../..");

/** Settings that cannot be used. Commands exit with 2; `problems` has one sentence a variable. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`Settings cannot be used: ${problems.join("; ")}`, options);
    this.problems = problems;
  }
}

/** A place in the file system, absolute. The one kind of place that the embedded adapters know. */
export interface FilePlace {
  readonly kind: "file";
  readonly path: string;
}
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a deployment sets. What changes a decision is not here but in the policy folder. */
export interface Settings {
  /** SOTTO_LOG: the log that all services share. */
  readonly log: FilePlace;
  /** SOTTO_ARCHIVE: documents and row files, sealed. */
  readonly archive: FilePlace;
  /** SOTTO_KEYS: key objects. Never on a backup: what is shredded here must be gone. */
  readonly keys: FilePlace;
  /** SOTTO_AUDIT: tiles and checkpoints of the audit log. */
  readonly audit: FilePlace;
  /** SOTTO_KMS: wraps data keys. */
  readonly kms: FilePlace;
  /** SOTTO_SIGNING_KEY: signs checkpoints. */
  readonly signingKey: FilePlace;
  /** SOTTO_POLICY: a folder, read and checked whole at start. */
  readonly policy: string;
  /** SOTTO_TRANSCRIBER: "none" sends recordings to quarantine. */
  readonly transcriber: "none";
  /** SOTTO_HTTP: where events come in. */
  readonly http: Address;
  /** SOTTO_ADMIN: /livez, /readyz and /metrics. */
  readonly admin: Address;
  /** SOTTO_LOG_LEVEL */
  readonly logLevel: (typeof logLevels)[number];
  /** SOTTO_DRAIN_SECONDS: how long a stop may take before the process gives up. */
  readonly drainSeconds: number;
}

/**
 * Reads `SOTTO_*`, checks all of it and reports every problem at once. A variable whose name is not known is a problem
 * too: misspelt, it would leave a default in force that nobody chose. Paths as given are relative to the caller's folder.
 */
export const readSettings = (env: Readonly<Record<string, string | undefined>>): Settings => {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => name.startsWith("SOTTO_") && value !== undefined && value !== "",
    ),
  );
  const parsed = variables.safeParse(given);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.flatMap(problemsOf));
  const v = parsed.data;
  return {
    log: v.SOTTO_LOG,
    archive: v.SOTTO_ARCHIVE,
    keys: v.SOTTO_KEYS,
    audit: v.SOTTO_AUDIT,
    kms: v.SOTTO_KMS,
    signingKey: v.SOTTO_SIGNING_KEY,
    policy: v.SOTTO_POLICY,
    transcriber: v.SOTTO_TRANSCRIBER,
    http: v.SOTTO_HTTP,
    admin: v.SOTTO_ADMIN,
    logLevel: v.SOTTO_LOG_LEVEL,
    drainSeconds: v.SOTTO_DRAIN_SECONDS,
  };
};

/** Settings of a deployment that lies whole in one folder, on ports that the system chooses. */
export const settingsUnder = (folder: string, changes: Partial<Settings> = {}): Settings => {
  const file = (name: string): FilePlace => ({ kind: "file", path: resolve(folder, name) });
  return {
    log: file("log.sqlite"),
    archive: file("archive"),
    keys: file("keys"),
    audit: file("audit"),
    kms: file("kek.json"),
    signingKey: file("log-key.json"),
    policy: resolve(projectRoot, "policy"),
    transcriber: "none",
    http: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0 },
    logLevel: "info",
    drainSeconds: 25,
    ...changes,
  };
};

/** `file:PATH`, else a sentence that says why not. `others` are the schemes that only other builds have. */
const place = (fallback: string, others: readonly string[]) =>
  z
    .string()
    .optional()
    .transform((given, context): FilePlace => {
      if (given === undefined) return { kind: "file", path: resolve(projectRoot, ".sotto", fallback) };
      const path = /^file:(.+)$/s.exec(given)?.[1];
      if (path !== undefined && !path.startsWith("//"))
        return { kind: "file", path: resolve(expandHome(path)) };
      const other = others.find((scheme) => given.startsWith(scheme));
      const message =
        other === undefined
          ? `must be file:PATH`
          : `this build has only the embedded adapters, so ${other}… cannot be used: must be file:PATH`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });

const expandHome = (path: string): string =>
  path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : path;

/** `HOST:PORT`, `[IPv6]:PORT`; port 0 lets the system choose. */
const address = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((given, context): Address => {
      const [, bracketed, plain, port] =
        /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(given) ?? [];
      const host = bracketed ?? plain;
      if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
      context.addIssue({ code: "custom", message: "must be HOST:PORT, such as 127.0.0.1:8080" });
      return z.NEVER;
    });

const variables = z.strictObject({
  SOTTO_LOG: place("log.sqlite", ["kafka://"]),
  SOTTO_ARCHIVE: place("archive", ["s3://"]),
  SOTTO_KEYS: place("keys", ["s3://"]),
  SOTTO_AUDIT: place("audit", ["s3://"]),
  SOTTO_KMS: place("kek.json", ["aws-kms:"]),
  SOTTO_SIGNING_KEY: place("log-key.json", ["aws-kms:"]),
  SOTTO_POLICY: z
    .string()
    .optional()
    .transform((given) =>
      given === undefined ? resolve(projectRoot, "policy") : resolve(expandHome(given)),
    ),
  SOTTO_TRANSCRIBER: z
    .string()
    .default("none")
    .transform((given, context): "none" => {
      if (given === "none") return given;
      context.addIssue({ code: "custom", message: "this build has no speech engines: must be none" });
      return z.NEVER;
    }),
  SOTTO_HTTP: address("127.0.0.1:8080"),
  SOTTO_ADMIN: address("127.0.0.1:9464"),
  SOTTO_LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
  SOTTO_DRAIN_SECONDS: z
    .string()
    .regex(/^\d{1,4}$/, "must be whole seconds, 0 to 9999")
    .default("25")
    .transform(Number),
  // Read by `sotto send` alone; named here so that a shell may keep it.
  SOTTO_CREDENTIAL: z.string().optional(),
});

/** Never the value: a credential may have been pasted into the wrong variable. */
const problemsOf = (issue: z.core.$ZodIssue): string[] => {
  if (issue.code !== "unrecognized_keys") return [`${issue.path.join(".")} ${issue.message}`];
  return issue.keys.map((name) => `${name} is not a setting`);
};
