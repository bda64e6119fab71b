import { UnavailableError, type Keys } from "@sotto/envelope";
import type { Logger } from "@sotto/service";

import { idleWindows, note, type Watched } from "./conversation.ts";
import { remember, type Effects } from "./effects.ts";
import { entry, type Bench } from "./judge.ts";

const hourMs = 3_600_000;

/**
 * Shreds the raw windows of a conversation that nobody needs any more and whose time has come: a tick was appended long
 * enough after the window's end, every ordinal sealed under it has an end, and the hours that policy keeps raw words
 * have passed. A key store that is down now is asked again at the next tick.
 */
export const shredIdle = async (
  o: { readonly bench: Bench; readonly keys: Keys; readonly logger: Logger },
  c: Watched,
  fx: Effects,
): Promise<void> => {
  const { timing, retention } = o.bench.policy;
  for (const window of idleWindows(c)) {
    const end = (window + 1) * timing.rawWindowMs;
    if (fx.now < end + Math.max(timing.rawShredAfterMs, retention.rawHours * hourMs)) continue;
    try {
      const fingerprint = await o.keys.shredRaw(c.tenant, c.id, window);
      const info = { k: "shredded", cause: fx.cause, window, fingerprint } as const;
      note(c, info);
      remember(fx, c, info);
      sayShredded(c, window, fingerprint, fx);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      o.logger.warn({ conversation: c.id, window }, "Key store is away: a raw window waits to be shredded");
      return;
    }
  }
};

export const sayShredded = (c: Watched, window: number, fingerprint: string | null, fx: Effects): void => {
  fx.audit.push({
    ...entry(c, fx, ["shredded", window]),
    type: "sotto.audit.key.shredded.v1",
    fingerprint,
    slot: "raw",
    generation: window,
  });
};
