import { lstat } from "node:fs/promises";

import { topicSpecs } from "./topic-specs.ts";
import { SettingsError, type Settings } from "./settings.ts";
import type { LogClient } from "@sotto/stream";

/** Something is missing that only `sotto init` makes. Commands exit with 2. */
export class NotInitialisedError extends Error {
  override readonly name = "NotInitialisedError";
  constructor(missing: readonly string[]) {
    super(
      `Not initialised: there is no ${missing.join(", no ")}. Run ./sotto init, which makes what is missing`,
    );
  }
}

/** What a deployment has on disk, by what it is called and the setting that says where. */
export const placesOf = (settings: Settings) =>
  [
    { what: "key file", variable: "SOTTO_KMS", path: settings.kms.path, isFolder: false },
    { what: "signing key", variable: "SOTTO_SIGNING_KEY", path: settings.signingKey.path, isFolder: false },
    { what: "log", variable: "SOTTO_LOG", path: settings.log.path, isFolder: false },
    { what: "key store", variable: "SOTTO_KEYS", path: settings.keys.path, isFolder: true },
    { what: "archive", variable: "SOTTO_ARCHIVE", path: settings.archive.path, isFolder: true },
    { what: "audit store", variable: "SOTTO_AUDIT", path: settings.audit.path, isFolder: true },
  ] as const;

/**
 * Throws NotInitialisedError with all that is missing, SettingsError with all that others than this process's user could
 * change. (Key files are stricter still, and look for themselves: nobody else may read them.)
 */
export const requireInitialised = async (settings: Settings): Promise<void> => {
  const missing: string[] = [];
  const problems: string[] = [];
  for (const { what, variable, path, isFolder } of placesOf(settings)) {
    const found = await lstat(path).catch(() => null);
    if (found === null) {
      missing.push(`${what} at ${path}`);
    } else if (found.isSymbolicLink() || found.isDirectory() !== isFolder) {
      problems.push(`${variable}: ${path} is not a ${isFolder ? "folder" : "file"} itself`);
    } else if (!isOurs(found.uid)) {
      problems.push(`${variable}: ${path} belongs to user ${found.uid}, who does not run this process`);
    } else if (process.platform !== "win32" && (found.mode & 0o022) !== 0) {
      problems.push(`${variable}: others may write to ${path}: run chmod go-w ${path}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  if (missing.length > 0) throw new NotInitialisedError(missing);
};

/** Throws NotInitialisedError when the log lacks a topic. */
export const requireTopics = async (log: LogClient): Promise<void> => {
  const there = new Set((await log.topics()).map(({ name }) => name));
  const missing = topicSpecs().filter(({ name }) => !there.has(name));
  if (missing.length > 0) throw new NotInitialisedError(missing.map(({ name }) => `topic ${name}`));
};

const isOurs = (uid: number): boolean => process.geteuid === undefined || process.geteuid() === uid;
