import { createSecretKey } from "node:crypto";
import { createInterface } from "node:readline/promises";

import { subjectToken } from "@sotto/ingest";
import type { Platform } from "@sotto/service";

import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";

/** A person as a command line names one. In memory only: never printed, logged or kept. */
export interface Subject {
  readonly kind: string;
  readonly value: string;
}

const kinds: readonly string[] = ["phone", "email", "account", "social", "device"];

/** `KIND:VALUE`; a value of `-` is the first line of standard input. Throws UsageError, which never quotes it. */
export const readSubject = async (text: string, io: Io): Promise<Subject> => {
  const [kind = "", ...rest] = text.split(":");
  if (!kinds.includes(kind) || rest.length === 0)
    throw new UsageError(`--subject is KIND:VALUE, KIND one of ${kinds.join(", ")}`);
  const value = rest.join(":");
  return { kind, value: value === "-" ? await firstLine(io) : value };
};

const firstLine = async (io: Io): Promise<string> => {
  const lines = createInterface({ input: io.in, terminal: false });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
  }
};

/** The pepper's version that ingest makes tokens with. */
const pepperVersion = 1;

/**
 * The token that facts, fences and consents know the person by. Throws UsageError when the value names nobody: a fence
 * without a token would stop everybody.
 */
export const tokenOf = async (
  platform: Pick<Platform, "keys">,
  tenant: string,
  subject: Subject,
): Promise<string> => {
  const bytes = await platform.keys("cli").pepper(tenant, "subject", pepperVersion);
  const pepper = createSecretKey(bytes);
  bytes.fill(0);
  const token = subjectToken(pepper, pepperVersion, subject);
  if (token === null) throw new UsageError("That value identifies nobody");
  return token;
};
