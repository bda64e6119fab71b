import {
  decodeCbor,
  encodeCbor,
  fence as fenceSchema,
  standingConsent,
  topics,
  type Fence,
  type StandingConsent,
} from "@sotto/contracts";
import { EnvelopeError, KeyGoneError, open, peek, seal, UnavailableError, yearOf } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import type { LogClient, LogRecord, OutRecord } from "@sotto/stream";
import { ZodError } from "zod";

export type RegisterPlatform = Pick<Platform, "log" | "keys">;

/** A live record of `fences` or `consents`; null: it does not open, or is none. */
export interface Registered<T> {
  readonly key: string;
  readonly record: T | null;
}

/** Every fence that is in force, in the order of their keys. */
export const readFences = (platform: RegisterPlatform): Promise<Registered<Fence>[]> =>
  readRegister(platform, {
    topic: topics.fences.name,
    kind: "fence",
    parse: (item) => fenceSchema.parse(item),
  });

/** Every standing consent on record. */
export const readConsents = (platform: RegisterPlatform): Promise<Registered<StandingConsent>[]> =>
  readRegister(platform, {
    topic: topics.consents.name,
    kind: "consent",
    parse: (item) => standingConsent.parse(item),
  });

interface Register<T> {
  readonly topic: string;
  readonly kind: "fence" | "consent";
  readonly parse: (item: unknown) => T;
}

/** The last record of a key counts, a tombstone takes it away. Throws UnavailableError; a record that is none does not. */
const readRegister = async <T>(platform: RegisterPlatform, o: Register<T>): Promise<Registered<T>[]> => {
  const live = await readLive(platform.log, o.topic);
  const all: Registered<T>[] = [];
  for (const [key, value] of [...live].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    all.push({ key, record: await openRecord(platform, { key, value }, o) });
  }
  return all;
};

const readLive = async (log: LogClient, topic: string): Promise<Map<string, Uint8Array>> => {
  const live = new Map<string, Uint8Array>();
  for (const [partition, { low }] of (await log.ends(topic)).entries()) {
    for await (const batch of log.read(topic, partition, low)) {
      for (const { key, value } of batch) {
        if (key === null) continue;
        if (value === null) live.delete(key);
        else live.set(key, value);
      }
    }
  }
  return live;
};

const openRecord = async <T>(
  platform: RegisterPlatform,
  { key, value }: { readonly key: string; readonly value: Uint8Array },
  { kind, parse }: Register<T>,
): Promise<T | null> => {
  try {
    const tenant = key.split("/")[0] ?? "";
    const place = {
      tenant,
      conversation: null,
      slot: "register",
      generation: peek(value).generation,
    } as const;
    const register = await platform.keys("cli").toOpen(place);
    return parse(decodeCbor(open(value, register, { ...place, kind, name: key, headers: null })));
  } catch (error) {
    // A stranger's claim may name no key that there could be (TypeError), or be no record at all.
    const isNone = [EnvelopeError, KeyGoneError, TypeError, ZodError].some((type) => error instanceof type);
    if (isNone) return null;
    throw error;
  }
};

/** The record that sets a fence, sealed under the register key of its year. */
export const fenceRecord = async (
  platform: RegisterPlatform,
  fence: Fence,
  scope: string,
): Promise<OutRecord> => {
  const { tenant, id, receivedAt } = fence;
  const key = `${tenant}/${scope}/${id}`;
  const place = { tenant, conversation: null, slot: "register", generation: yearOf(receivedAt) } as const;
  const register = await platform.keys("cli").toSeal(place);
  const clear = encodeCbor(fenceSchema.parse(fence));
  const value = seal(clear, register, { ...place, kind: "fence", name: key, headers: null });
  return { topic: topics.fences.name, key, value, headers: [] };
};

/** Appends all of them; throws UnavailableError unless every one was acked. The caller's command may be given again. */
export const appendAll = async (log: LogClient, records: readonly OutRecord[]): Promise<void> => {
  const acks = await log.append(records);
  for (const ack of acks) {
    if (ack.ok) continue;
    if (!ack.retriable) throw ack.error;
    throw new UnavailableError("The log did not take it; give the same command again", { cause: ack.error });
  }
  if (acks.length !== records.length) throw new UnavailableError("The log did not take all of it");
};

/** All records of a topic, each partition in order. */
export async function* readTopic(log: LogClient, topic: string): AsyncGenerator<LogRecord> {
  for (const [partition, { low }] of (await log.ends(topic)).entries()) {
    for await (const batch of log.read(topic, partition, low)) yield* batch;
  }
}
