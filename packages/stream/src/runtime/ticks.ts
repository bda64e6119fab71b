import { tickHeader } from "@sotto/contracts";

import { obstacleTo } from "./send.ts";
import type { UnitContext } from "./unit-context.ts";

/**
 * The owner of a partition writes a tick into its own input every so often: a record that carries nothing but the
 * log's append time, and so proves silence. No tick while the last one is still unhandled: a unit that is behind
 * learns the time from what it has to read anyway.
 */
export const startTicks = (u: UnitContext): { readonly stop: () => void } => {
  const { tick } = u.spec;
  if (!tick) return { stop: () => undefined };
  const { partition } = u.lease;
  let last = -1;
  let underway = false;
  const write = async (): Promise<void> => {
    if (underway || u.signal.aborted || u.draining.aborted || obstacleTo(u, true) !== null) return;
    if (last >= (u.handled.get(tick.topic) ?? Infinity)) return;
    underway = true;
    try {
      const headers = [["type", Buffer.from(tickHeader)]] as const;
      const [ack] = await u.log.append([{ topic: tick.topic, partition, key: null, value: null, headers }]);
      if (ack?.ok === true) last = ack.offset;
    } catch {
      // The next one comes soon enough; whoever cannot append shows in health by other ways.
    } finally {
      underway = false;
    }
  };
  const timer = setInterval(() => void write(), tick.everyMs);
  return { stop: () => clearInterval(timer) };
};
