import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openEmbeddedLog, type LogClient } from "@sotto/stream";

import type { LogLab } from "./lab.ts";

/** A file of its own in a directory of its own; every `open` is another connection, as another process would have. */
export const embeddedLab = async (): Promise<LogLab> => {
  const dir = await mkdtemp(join(tmpdir(), "sotto-log-"));
  const opened: LogClient[] = [];
  return {
    open: async () => {
      const log = await openEmbeddedLog({ file: join(dir, "log.sqlite"), now: Date.now, pollMs: 10 });
      opened.push(log);
      return log;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((log) => log[Symbol.asyncDispose]()));
      await rm(dir, { recursive: true, force: true });
    },
  };
};
