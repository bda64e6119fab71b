import { id, topics } from "@sotto/contracts";
import type { Platform } from "@sotto/service";
import { headerText, sealedDigest, type LogRecord } from "@sotto/stream";

import { readAudit, type AuditPlatform } from "../audit-trail.ts";
import { erasedId } from "../erase/entries.ts";
import { CommandError, exit } from "../exit.ts";
import { readTopic } from "../register.ts";
import { droppedId, releasedId } from "./marks.ts";

/**
 * A record that was put aside, by what can be said of it without opening it. Headers are claims of whoever wrote it: what
 * is not of the expected form is null, and nothing of it reaches a terminal.
 */
export interface Aside {
  /** TOPIC/PARTITION/OFFSET where it came from: its name here. */
  readonly origin: string;
  readonly from: { readonly topic: string; readonly partition: number };
  readonly reason: string;
  /** The event's, or `section`, `grant`, `landed`. */
  readonly type: string | null;
  readonly conversation: string | null;
  readonly tenant: string | null;
  /** SHA-256 of the sealed value, base64url. */
  readonly digest: string;
  readonly bytes: number;
  /** When it was put aside. */
  readonly at: number;
  readonly record: LogRecord;
}

/** What became of it since. */
export type Fate = "left" | "released" | "dropped" | "erased";

export interface Shelf {
  /** By origin, in the order they were put aside. */
  readonly all: ReadonlyMap<string, Aside>;
  fateOf(aside: Aside): Fate;
}

export type QuarantinePlatform = AuditPlatform & Pick<Platform, "clock">;

/** Reads the topic and what the audit log says of it. Opens nothing. */
export const readShelf = async (platform: QuarantinePlatform): Promise<Shelf> => {
  const all = new Map<string, Aside>();
  for await (const record of readTopic(platform.log, topics.quarantine.name)) {
    const aside = asideOf(record);
    // A crash may have put it aside twice.
    if (aside !== null && !all.has(aside.origin)) all.set(aside.origin, aside);
  }
  const fates = new Map<string, Fate>();
  for (const { origin, conversation } of all.values()) {
    fates.set(releasedId(origin), "released").set(droppedId(origin), "dropped");
    if (conversation !== null) fates.set(erasedId({ conversation }), "erased");
  }
  const told = new Map<string, Fate>();
  for await (const { event } of readAudit(platform, { wanted: isOurs })) {
    const fate = fates.get(event.id);
    if (fate !== undefined) told.set(event.id, fate);
  }
  return {
    all,
    fateOf: ({ origin, conversation }) =>
      told.get(releasedId(origin)) ??
      told.get(droppedId(origin)) ??
      (conversation === null ? undefined : told.get(erasedId({ conversation }))) ??
      "left",
  };
};

const isOurs = (bytes: Buffer): boolean => bytes.includes('"service":"cli"');

/** Finds what is left under that name. Throws CommandError: not there, or not any more (4); erased (5). */
export const findAside = (shelf: Shelf, origin: string): Aside => {
  const aside = shelf.all.get(origin);
  if (aside === undefined)
    throw new CommandError(
      exit.notFound,
      "Nothing of that origin is in quarantine; see ./sotto quarantine list",
    );
  const fate = shelf.fateOf(aside);
  if (fate === "erased") throw new CommandError(exit.erased, `The conversation of ${origin} is erased`);
  if (fate !== "left")
    throw new CommandError(exit.notFound, `${origin} is not in quarantine any more: it was ${fate}`);
  return aside;
};

const inputs: readonly string[] = [topics.conversations, topics.admitted, topics.redacted, topics.landed].map(
  ({ name }) => name,
);

/** null: it says of no place of ours that it came from there, so it can be neither named nor put back. */
const asideOf = (record: LogRecord): Aside | null => {
  const { headers, key, value, timestamp } = record;
  const origin = headerText(headers, "origin") ?? "";
  const [, topic = "", partition] = /^([a-z]{1,40})\/(0|[1-9]\d{0,5})\/(0|[1-9]\d{0,15})$/.exec(origin) ?? [];
  if (!inputs.includes(topic)) return null;
  const claim = (names: readonly string[], form: RegExp): string | null => {
    const [said] = names.flatMap((name) => headerText(headers, name) ?? []);
    return said !== undefined && form.test(said) ? said : null;
  };
  return {
    origin,
    from: { topic, partition: Number(partition) },
    reason: claim(["reason"], /^[A-Z_]{1,60}$/) ?? "UNKNOWN",
    type: claim(["was_ce_type", "was_type"], /^[a-z0-9._]{1,60}$/),
    conversation: key === "-" ? null : (id.safeParse(key).data ?? null),
    tenant: claim(["was_ce_tenant", "was_tenant"], /^[A-Za-z0-9._-]{1,64}$/),
    digest: sealedDigest(value),
    bytes: value?.length ?? 0,
    at: timestamp,
    record,
  };
};
