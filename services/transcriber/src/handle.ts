import type { Keys } from "@sotto/envelope";
import {
  checkAdmission,
  headerText,
  isTick,
  landedRecord,
  openFacts,
  QuarantineError,
  quarantineEvent,
  quarantineRecord,
  readEvent,
  type LogRecord,
  type Outcome,
} from "@sotto/stream";

export const worker = "transcriber";

const recordingType = "sotto.recording.available.v1";
const reason = "NO_SPEECH_ENGINE";

/**
 * A recording ends here; everything else passes by. What ends is told to the gate under a key of ours, and so has words
 * shredded: nothing is said on the strength of a header alone. The admission must be that of these frames, and the facts
 * must open in this conversation. Throws QuarantineError NO_ADMISSION and as `openFacts` does.
 */
export const handle = async (keys: Keys, record: LogRecord): Promise<Outcome> => {
  if (isTick(record) || headerText(record.headers, "ce_type") !== recordingType) return {};
  const event = readEvent(record);
  const { ordinal } = await checkAdmission(keys, record, event);
  const facts = await openFacts(keys, event);
  if (facts.kind !== "recording.available" || ordinal === 0) {
    throw new QuarantineError("NO_ADMISSION", `Event ${event.event} was not let through as a recording`);
  }
  const { topic, partition, offset } = record;
  const said = {
    v: 1 as const,
    conversation: event.conversation,
    section: 0,
    ordinals: [],
    ends: [{ ordinal, end: "quarantined" as const, reason }],
    object: null,
    sha256: null,
    at: record.timestamp,
  };
  return {
    audit: [quarantineEvent(worker)(record, reason, ordinal)],
    outputs: [
      quarantineRecord(record, reason, { topic, partition, offset }),
      await landedRecord(keys, event.tenant, partition, said),
    ],
  };
};
