import { openLogger, openPlatform, readSettings, type Platform } from "@sotto/service";

import type { Io } from "./io.ts";

/** Opens the deployment for one command: no tables, no log lines; closed whatever happens. */
export const withPlatform = async <T>(io: Io, work: (platform: Platform) => Promise<T>): Promise<T> => {
  const logger = openLogger({ level: "silent" });
  await using platform = await openPlatform(readSettings(io.env), { tables: false, logger });
  return await work(platform);
};
