import {
  runWorker,
  type LogClient,
  type LogRecord,
  type Outcome,
  quarantineEvent,
  type RunningWorker,
  type Unit,
  type WorkerLimits,
  type WorkerSpec,
} from "@sotto/stream";

import { bytes, everything, text, topicSpec } from "./lab.ts";

/** The topics of a worker `w` that reads `in` and writes `out`. */
export const workerTopics = (partitions = 2) => [
  topicSpec("in", partitions),
  topicSpec("out", partitions),
  topicSpec("w.state", partitions, { cleanup: "compact" }),
  topicSpec("audit", 1),
  topicSpec("quarantine", 1),
];

export const quick: Partial<WorkerLimits> = {
  sessionMs: 3_000,
  flushEveryMs: 30,
  drainMs: 3_000,
  windUpMs: 200,
};

export interface Lines {
  readonly lines: string[];
  readonly logger: Parameters<typeof runWorker>[1]["logger"];
}

export const lines = (): Lines => {
  const kept: string[] = [];
  const note = (level: string) => (fields: object, message: string) => {
    kept.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { lines: kept, logger: { info: note("info"), warn: note("warn"), error: note("error") } };
};

/** A spec whose handler is a function; everything else can be given. */
export const spec = (
  handle: (record: LogRecord) => Promise<Outcome>,
  more: Partial<WorkerSpec> = {},
): WorkerSpec => ({
  name: "w",
  inputs: ["in"],
  stateful: false,
  unit: (): Unit => ({ restore: () => undefined, handle }),
  quarantined: quarantineEvent("w"),
  ...more,
});

export const start = (
  log: LogClient,
  workerSpec: WorkerSpec,
  limits: Partial<WorkerLimits> = {},
  logger = lines().logger,
): Promise<RunningWorker> =>
  runWorker(workerSpec, { log, logger, clock: { now: Date.now }, limits: { ...quick, ...limits } });

/** Sends a record on to `out` with its value. */
export const passOn = async (record: LogRecord): Promise<Outcome> => ({
  outputs: [{ topic: "out", key: record.key, value: record.value }],
});

export const values = async (log: LogClient, topic: string): Promise<string[]> =>
  (await everything(log, topic)).map(({ value }) => text(value));

/** How many records of `in` the group has behind it. */
export const committed = async (log: LogClient, group = "w"): Promise<number> =>
  [...((await log.committedOffsets(group)).get("in")?.values() ?? [])].reduce((sum, next) => sum + next, 0);

/**
 * A unit that counts per key, as a real one would: an entry names the offset it is for, a record whose offset an entry
 * names is a replay, and its output is the entry's again. The output tells how many records the key had.
 */
export const counting = (): Unit => {
  const seen = new Map<string, number[]>();
  return {
    restore: ({ key }) => {
      const [name = "", offset = ""] = key.split("/");
      seen.set(name, [...(seen.get(name) ?? []), Number(offset)]);
    },
    handle: async ({ key, offset, value }) => {
      if (key === null) return {};
      const offsets = seen.get(key) ?? [];
      const isReplay = offsets.includes(offset);
      if (!isReplay) seen.set(key, [...offsets, offset]);
      const count = (seen.get(key) ?? []).filter((one) => one <= offset).length;
      return {
        entries: isReplay ? [] : [{ key: `${key}/${offset}`, value: bytes("1") }],
        outputs: [{ topic: "out", key, value: bytes(`${key} ${text(value)} is ${count}`) }],
      };
    },
  };
};
