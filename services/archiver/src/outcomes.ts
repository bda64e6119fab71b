import {
  deriveId,
  version,
  type AuditEvent,
  type Ended,
  type EndReason,
  type Section,
} from "@sotto/contracts";
import { landedRecord, quarantineRecord, sealedDigest, type LogRecord, type Outcome } from "@sotto/stream";

import type { Landed } from "./land-section.ts";
import type { InHand } from "./tools.ts";

export const worker = "archiver";

/** What became of a section's ordinals. */
interface Settlement {
  readonly ordinals: readonly number[];
  readonly ends: readonly Ended[];
  readonly landing: Landed | null;
}

/**
 * A section that is done with: `landed` tells the gate which raw words may die, the audit log which turns ended how.
 * Ends come before the document, so that an ordinal of which one part was stopped and another landed counts as landed.
 */
export const settled = async (
  at: InHand,
  section: Section | null,
  { ordinals, ends, landing }: Settlement,
): Promise<Outcome> => {
  const { tools, record, claim } = at;
  const said = {
    v: 1 as const,
    conversation: claim.conversation,
    section: claim.section,
    ordinals: [...ordinals],
    ends: [...ends],
    object: landing?.name ?? null,
    sha256: landing?.sha256 ?? null,
    at: tools.clock.now(),
  };
  const output = await landedRecord(tools.keys, claim.tenant, record.partition, said);
  return { audit: section === null ? [] : entries(record, section, said, landing), outputs: [output] };
};

const entries = (
  record: LogRecord,
  section: Section,
  said: { readonly ordinals: number[]; readonly ends: Ended[] },
  landing: Landed | null,
): AuditEvent[] => {
  const told: AuditEvent[] = [];
  if (said.ends.length > 0)
    told.push({
      ...common(record, section, "ended"),
      type: "sotto.audit.turns.ended.v1",
      ends: said.ends,
    });
  if (landing !== null)
    told.push({
      ...common(record, section, "landed"),
      type: "sotto.audit.document.landed.v1",
      object: landing.name,
      sha256: landing.sha256,
      bytes: landing.bytes,
      section: section.section,
      ordinals: said.ordinals,
      result: landing.result,
    });
  return told;
};

/**
 * A proved section that may not land now: sealed as it came it goes to quarantine, from where it can be released, and
 * every ordinal in it is accounted for. With `conflict` the name of the object in its way is told too, as an alert.
 */
export const setAside = (
  record: LogRecord,
  section: Section,
  reason: EndReason,
  conflict: string | null = null,
): Outcome => {
  const origin = { topic: record.topic, partition: record.partition, offset: record.offset };
  const ends = section.turns.map(({ ordinal, part }): Ended => ({
    ordinal,
    part,
    end: "quarantined",
    reason,
  }));
  const audit: AuditEvent[] = [
    {
      ...common(record, section, "aside"),
      type: "sotto.audit.turn.quarantined.v1",
      reason,
      digest: sealedDigest(record.value),
      origin,
    },
    {
      ...common(record, section, "aside.ended"),
      type: "sotto.audit.turns.ended.v1",
      ends: [...section.ends, ...ends],
    },
  ];
  if (conflict !== null)
    audit.push({
      ...common(record, section, "conflict"),
      type: "sotto.audit.document.conflict.v1",
      object: conflict,
      section: section.section,
    });
  return { audit, outputs: [quarantineRecord(record, reason, origin)] };
};

/** The same id and time for a record that is handled again, so that readers of the audit log count it once. */
const common = (record: LogRecord, section: Section, what: string) => ({
  id: deriveId("a", worker, what, record.partition, record.offset, section.conversation, section.section),
  at: record.timestamp,
  service: worker,
  version,
  tenant: section.tenant,
  line: section.line,
  conversation: section.conversation,
});
