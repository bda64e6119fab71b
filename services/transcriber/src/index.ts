/**
 * The transcriber: takes recordings only. Without an engine there is nobody to hear them: each ends in quarantine as
 * NO_SPEECH_ENGINE, unfetched, and the gate is told, so that nothing waits for words that will not come.
 */
import { topics } from "@sotto/contracts";
import type { Platform, Service } from "@sotto/service";
import { quarantineEvent, runWorker } from "@sotto/stream";

import { handle, worker } from "./handle.ts";

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
