const stops = ["SIGTERM", "SIGINT"] as const;
type Stop = (typeof stops)[number];
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const;

/** npm and the launcher hand a signal on that the process group had already: that is the same one, not a second. */
const sameMs = 100;

/**
 * Resolves at the first SIGTERM or SIGINT, to which of them it was. From then on a second one ends the process at once,
 * and so does a drain that takes longer than `drainSeconds`: the log delivers again what was not committed.
 */
export const untilSignal = (o: { readonly drainSeconds?: number } = {}): Promise<Stop> =>
  new Promise((resolve) => {
    let firstAt: number | null = null;
    const onSignal = (signal: Stop): void => {
      const now = performance.now();
      if (firstAt !== null && now - firstAt < sameMs) return;
      if (firstAt !== null) process.exit(exitCodes[signal]);
      firstAt = now;
      if (o.drainSeconds !== undefined) setTimeout(() => process.exit(1), o.drainSeconds * 1000).unref();
      resolve(signal);
    };
    for (const stop of stops) process.on(stop, onSignal);
  });
