/**
 * The transcriber: takes recordings only. Without an engine there is nobody to hear them: each ends in quarantine as
 * NO_SPEECH_ENGINE, unfetched, and the gate is told, so that nothing waits for words that will not come.
 */
import { topics } from "@sotto/contracts";
import type { Platform, Service } from "@sotto/service";
import { checkAdmission, headerText, isTick, landedRecord, quarantineEvent, quarantineRecord, readEvent, runWorker, type LogRecord, type Outcome } from "@sotto/stream";
import type { Keys } from "@sotto/envelope";

const worker = "transcriber";

/** Runs until disposed; disposing finishes what is in hand, commits and leaves the group. */
export const start = (platform: Platform): Promise<Service> => {
  const keys = platform.keys(worker);
  const { fences } = platform;
  return runWorker(
    {
      name: worker,
      inputs: [topics.admitted.name],
      stateful: false,
      unit: () => ({ restore: () => {}, handle: (record) => handle(keys, record) }),
      ready: () => fences.isFresh(),
      quarantined: quarantineEvent(worker),
    },
    { ...platform, limits: { drainMs: platform.settings.drainSeconds * 1000 } },
  );
};

const recordingType = "sotto.recording.available.v1";
const reason = "NO_SPEECH_ENGINE";

const handle = async (keys: Keys, record: LogRecord): Promise<Outcome> => {
  if (isTick(record) || headerText(record.headers, "ce_type") !== recordingType) return {};
  const event = readEvent(record);
  const admission = await checkAdmission(keys, record, event);
  const { ordinal } = admission;
  const { topic, partition, offset } = record;
  const ends = [{ ordinal, end: "quarantined" as const, reason }];
  const said = { v: 1 as const, conversation: event.conversation, section: 0, ordinals: [], ends, object: null, sha256: null, at: record.timestamp };
  return {
    audit: [quarantineEvent(worker)(record, reason, ordinal)],
    outputs: [
      quarantineRecord(record, reason, { topic, partition, offset }),
      await landedRecord(keys, event.tenant, partition, said),
    ],
  };
};
