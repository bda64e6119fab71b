import type { Keys } from "@sotto/envelope";

/** Lets go of raw keys: ingest holds one no longer than the window it seals for (and the time a send may still take). */
export interface WindowKeys extends Disposable {
  /** This conversation is about to be sealed for under this window. */
  uses(conversation: string, window: number): void;
}

export const openWindowKeys = (o: {
  readonly keys: Pick<Keys, "forget">;
  readonly clock: { now(): number };
  readonly timing: { readonly rawWindowMs: number; readonly rawResealMs: number };
}): WindowKeys => {
  const { rawWindowMs, rawResealMs } = o.timing;
  const windows = new Map<number, Set<string>>();

  const sweep = (): void => {
    const now = o.clock.now();
    for (const [window, conversations] of [...windows].toSorted(([a], [b]) => a - b)) {
      if ((window + 1) * rawWindowMs + rawResealMs > now) continue;
      windows.delete(window);
      // One that goes on in a later window is forgotten with that one, old key and all.
      for (const conversation of conversations)
        if (![...windows.values()].some((later) => later.has(conversation))) o.keys.forget(conversation);
    }
  };
  const timer = setInterval(sweep, Math.min(rawWindowMs, 60_000));
  timer.unref();
  return {
    uses: (conversation, window) => {
      const known = windows.get(window);
      if (known) known.add(conversation);
      else windows.set(window, new Set([conversation]));
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
};
