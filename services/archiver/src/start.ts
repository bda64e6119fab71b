import { topics } from "@sotto/contracts";
import type { Platform, Service } from "@sotto/service";
import { quarantineEvent, runWorker } from "@sotto/stream";

import { handle } from "./handle.ts";
import { worker } from "./outcomes.ts";

/** Runs until disposed; disposing finishes what is in hand, commits and leaves the group. */
export const start = (platform: Platform): Promise<Service> => {
  const { archive, fences, clock, metrics, logger } = platform;
  const keys = platform.keys(worker);
  const tools = {
    archive,
    fences,
    clock,
    keys,
    landed: (result: string) => metrics.landed(result),
    failed: (error: unknown) =>
      logger.error({ error: error instanceof Error ? error.name : typeof error }, "Section not landed"),
  };
  return runWorker(
    {
      name: worker,
      inputs: [topics.redacted.name],
      stateful: false,
      unit: () => ({ restore: () => undefined, handle: (record) => handle(tools, record) }),
      ready: () => fences.isFresh(),
      quarantined: quarantineEvent(worker),
    },
    { ...platform, limits: { drainMs: platform.settings.drainSeconds * 1000 } },
  );
};
