/**
 * The redactor: gathers admitted turns into sections, redacts a closed section as a whole with the conversation's
 * memory, and sends only that on, sealed under the archive key. A turn is opened only behind a valid admission whose
 * grant no fence has stopped. Where a section is cut is a function of `admitted` alone (design: sections).
 */
import { topics } from "@sotto/contracts";
import type { Platform, Service } from "@sotto/service";
import { quarantineEvent, runWorker } from "@sotto/stream";

import { worker } from "./effects.ts";
import { openUnit } from "./unit.ts";

/** Runs until disposed; disposing finishes what is in hand, commits and leaves the group. */
export const start = (platform: Platform): Promise<Service> => {
  const { policy, fences, logger } = platform;
  return runWorker(
    {
      name: worker,
      inputs: [topics.admitted.name],
      stateful: true,
      unit: (partition) => openUnit({ keys: platform.keys(worker), policy, fences, logger }, partition),
      ready: () => fences.isFresh(),
      quarantined: quarantineEvent(worker),
    },
    { ...platform, limits: { drainMs: platform.settings.drainSeconds * 1000 } },
  );
};
