import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openEmbeddedLog } from "../src/embedded-log.ts";
import type { LogClient, LogRecord, TopicSpec } from "../src/log-client.ts";

export const minute = 60_000;
export const day = 24 * 60 * minute;

/** A log file of its own under a clock that the test drives. */
export interface Lab {
  readonly file: string;
  /** The log's clock, epoch ms. */
  now: number;
  open(): Promise<LogClient>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const aLab = async (): Promise<Lab> => {
  const dir = await mkdtemp(join(tmpdir(), "sotto-stream-"));
  const opened: LogClient[] = [];
  const lab: Lab = {
    file: join(dir, "sotto", "log.sqlite"),
    now: Date.UTC(2026, 10, 24),
    open: async () => {
      const log = await openEmbeddedLog({ file: lab.file, now: () => lab.now, pollMs: 10, upkeepMs: 15 });
      opened.push(log);
      return log;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((log) => log[Symbol.asyncDispose]()));
      await rm(dir, { recursive: true, force: true });
    },
  };
  return lab;
};

export const topic = (name: string, more: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  partitions: 1,
  cleanup: "delete",
  maxRecordBytes: 1_048_576,
  ...more,
});

export const text = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString();

export const readAll = async (log: LogClient, name: string, from = 0): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const some of log.read(name, 0, from)) records.push(...some);
  return records;
};

export const put = async (
  log: LogClient,
  name: string,
  ...pairs: ReadonlyArray<readonly [string, string | null]>
) => {
  const records = pairs.map(([key, value]) => ({
    topic: name,
    key,
    value: value === null ? null : Buffer.from(value),
  }));
  for (const ack of await log.append(records)) if (!ack.ok) throw ack.error;
};

export const until = async (what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 8_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await pause(5);
  }
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
