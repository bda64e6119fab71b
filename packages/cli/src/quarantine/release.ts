import { version, type AuditEvent } from "@sotto/contracts";
import { publishAudit, type OutRecord } from "@sotto/stream";

import { openTrail, type Told } from "../audit-trail.ts";
import { CommandError, exit } from "../exit.ts";
import { lastEnds } from "../last-ends.ts";
import { appendAll } from "../register.ts";
import type { Aside, QuarantinePlatform } from "./aside.ts";
import { droppedId, releasedId } from "./marks.ts";

/**
 * Why a record of that reason would come to nothing if it were put back. Either the worker would say the same again, for
 * what it judges by is in the record itself; or it has the record's event or turn among those that have an end, takes it
 * for a repeat, and nobody would hear of it again. Not listed: what depends on the world, which may have changed.
 */
const pointless: ReadonlyMap<string, string> = new Map([
  ["FRAME_REFUSED", "it does not open in its place, today as then"],
  ["NO_ADMISSION", "nobody has let it through, and only the gate can"],
  ["ID_REUSED", "its event id belongs to another event"],
  ["MALFORMED", "it is no record of ours"],
  ["BAD_TEXT", "its text is not to be taken"],
  ["TOO_LATE", "it only grows older"],
  ["TOO_MANY_TURNS", "its conversation has as many turns as there may be"],
  ["RAW_EXPIRED", "the key of its words is gone for good"],
  ["NO_SPEECH_ENGINE", "this build has no speech engine"],
  ["NOT_STARTED", "the gate has numbered and ended it, and takes it for a repeat"],
  ["REDACTION_FAILED", "the redactor has ended it with its section, and takes it for a repeat"],
]);

/** null: it may be put back. */
export const whyNot = ({ reason }: Pick<Aside, "reason">): string | null => pointless.get(reason) ?? null;

/**
 * Puts a record back onto the topic and partition it came from, as it was, and tells the audit log. In this order: a crash
 * between leaves it in quarantine, and it is put back once more, which every worker takes for a repeat. Throws
 * CommandError refused (3).
 */
export const release = async (platform: QuarantinePlatform, aside: Aside): Promise<void> => {
  const reason = whyNot(aside);
  if (reason !== null)
    throw new CommandError(exit.refused, `${aside.origin} (${aside.reason}) is not put back: ${reason}`);
  await appendAll(platform.log, [asItWas(aside)]);
  await publishAudit(platform.log, [
    {
      ...commonOf(platform, aside, releasedId(aside.origin)),
      type: "sotto.audit.turn.released.v1",
      reason: aside.reason,
      digest: aside.digest,
    },
  ]);
};

const asItWas = ({ from, record }: Aside): OutRecord => ({
  topic: from.topic,
  partition: from.partition,
  key: record.key === "-" ? null : record.key,
  value: record.value,
  headers: record.headers.flatMap(([name, value]) =>
    name.startsWith("was_") ? [[name.slice("was_".length), value] as const] : [],
  ),
});

/** Gives a record up: its turns end as discarded. It stays sealed on the topic until that lets it go. */
export const drop = async (platform: QuarantinePlatform, aside: Aside): Promise<number[]> => {
  const { conversation, origin } = aside;
  const trail = conversation === null ? null : await openTrail(platform, conversation);
  const ordinals = trail === null ? [] : ordinalsOf(trail.entries, origin);
  await publishAudit(platform.log, [
    {
      ...commonOf(platform, aside, droppedId(aside.origin)),
      type: "sotto.audit.turns.ended.v1",
      ends: ordinals.map((ordinal) => ({ ordinal, end: "discarded", reason: "QUARANTINE_DROPPED" })),
    },
  ]);
  return ordinals;
};

const commonOf = ({ clock }: QuarantinePlatform, aside: Aside, id: string) =>
  ({
    id,
    at: clock.now(),
    service: "cli",
    version,
    tenant: aside.tenant,
    line: null,
    ...(aside.conversation === null ? {} : { conversation: aside.conversation }),
  }) satisfies Partial<AuditEvent>;

/**
 * Turns that this record is the end of. A record of one turn names its ordinal in the entry that put it aside; a section's
 * are told by the entry that the same worker wrote next. A turn that has ended otherwise since is not among them.
 */
export const ordinalsOf = (entries: readonly Told[], origin: string): number[] => {
  const first = entries.findIndex(({ event }) => isAsideOf(event, origin));
  const aside = entries[first]?.event;
  if (aside?.type !== "sotto.audit.turn.quarantined.v1") return [];
  const named = aside.ordinal === undefined ? namedNext(entries.slice(first + 1), aside) : [aside.ordinal];
  const last = lastEnds(entries);
  return [...new Set(named)].filter((ordinal) => last.get(ordinal)?.end === "quarantined");
};

type Quarantined = Extract<AuditEvent, { type: "sotto.audit.turn.quarantined.v1" }>;

const isAsideOf = (event: AuditEvent, origin: string): boolean =>
  event.type === "sotto.audit.turn.quarantined.v1" &&
  `${event.origin.topic}/${event.origin.partition}/${event.origin.offset}` === origin;

const namedNext = (later: readonly Told[], aside: Quarantined): number[] => {
  for (const { event } of later) {
    if (event.type !== "sotto.audit.turns.ended.v1") continue;
    if (event.service !== aside.service || event.at !== aside.at) continue;
    const own = event.ends.filter(({ end, reason }) => end === "quarantined" && reason === aside.reason);
    if (own.length > 0) return own.map(({ ordinal }) => ordinal);
  }
  return [];
};
