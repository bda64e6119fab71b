/**
 * The redactor: gathers admitted turns into sections, redacts a closed section as a whole with the conversation's
 * memory, and sends only that on, sealed under the archive key. A turn is opened only behind a valid admission whose
 * grant no fence has stopped. Where a section is cut is a function of `admitted` alone (design: sections).
 *
 * To follow a turn read unit.ts (what a record does), conversation.ts (the fold), cut.ts (when a section closes),
 * then pending.ts, open-words.ts and finish.ts (what becomes of a section); after a crash, recall.ts.
 */
import { topics } from "@sotto/contracts";
import { redact } from "@sotto/redaction";
import type { Platform, Service } from "@sotto/service";
import { quarantineEvent, runWorker } from "@sotto/stream";

import { worker } from "./effects.ts";
import type { Tools } from "./finish.ts";
import { openUnit } from "./unit.ts";

/**
 * Runs until disposed; disposing finishes what is in hand, commits and leaves the group. `redact` is the seam for runs
 * without masking, by which a test proves that its search for planted words would find them; nothing else sets it.
 */
export const start = (
  platform: Platform,
  o: { readonly redact?: Tools["redact"] } = {},
): Promise<Service> => {
  const { policy, fences, logger } = platform;
  const tools = { keys: platform.keys(worker), policy, fences, logger, redact: o.redact ?? redact };
  return runWorker(
    {
      name: worker,
      inputs: [topics.admitted.name],
      stateful: true,
      unit: (partition) => openUnit(tools, partition),
      ready: () => fences.isFresh(),
      quarantined: quarantineEvent(worker),
    },
    { ...platform, limits: { drainMs: platform.settings.drainSeconds * 1000 } },
  );
};
