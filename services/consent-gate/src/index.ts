/**
 * The consent gate: opens facts, never content; numbers each conversation's turns in log order, judges duplicates, and
 * decides for every turn to admit, hold or discard. An admit is a grant, told to the audit log first; the sealed event
 * then follows untouched, bound to its grant by an admission. The gate also sees to it that raw words die on time.
 */
import { topics } from "@sotto/contracts";
import type { Platform, Service } from "@sotto/service";
import { quarantineEvent, runWorker } from "@sotto/stream";

import { worker } from "./effects.ts";
import { openUnit } from "./unit.ts";

/** Runs until disposed; disposing finishes what is in hand, commits and leaves the group. */
export const start = (platform: Platform): Promise<Service> => {
  const { policy, fences, consents, logger, metrics, settings } = platform;
  const bench = { policy, fences, consents, metrics };
  return runWorker(
    {
      name: worker,
      inputs: [topics.conversations.name, topics.landed.name],
      stateful: true,
      unit: (partition) => openUnit({ bench, keys: platform.keys(worker), logger }, partition),
      ready: () => fences.isFresh(),
      tick: { topic: topics.conversations.name, everyMs: policy.timing.tickMs },
      quarantined: quarantineEvent(worker),
    },
    { ...platform, limits: { drainMs: settings.drainSeconds * 1000 } },
  );
};
