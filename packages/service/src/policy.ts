import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { parsePolicy, type Policy } from "@sotto/consent";

import { SettingsError } from "./settings.ts";

/**
 * Reads every `*.json` of a policy folder and has it checked whole. Throws SettingsError when the folder cannot be read
 * or a file is not JSON, PolicyError (of consent) when what they say together is no policy.
 */
export const loadPolicy = async (folder: string): Promise<Policy> => {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SettingsError([`SOTTO_POLICY names no folder that can be read: ${folder} (${codeOf(cause)})`]);
  });
  const problems: string[] = [];
  const files: Record<string, unknown> = {};
  for (const name of names.filter((file) => file.endsWith(".json")).toSorted()) {
    try {
      files[name.slice(0, -".json".length)] = JSON.parse(await readFile(join(folder, name), "utf8"));
    } catch {
      problems.push(`Policy file ${name} is not JSON that can be read`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return parsePolicy(files);
};

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "unknown";
};
