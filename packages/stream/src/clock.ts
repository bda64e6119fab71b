/**
 * Milliseconds that only go forward and are the same for every process of this machine (CLOCK_MONOTONIC; since boot).
 * Leases, heartbeats, freshness and time-outs use it; it is never driven by tests.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Resolves after `ms`, or at once when one of the signals aborts. Never rejects. */
export const sleep = (ms: number, ...signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener("abort", done, { once: true });
  });

/** Doubling from `firstMs` to `mostMs`, each wait between half and the whole of it, so that callers spread out. */
export const backoffMs = (attempt: number, firstMs: number, mostMs: number): number => {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return whole / 2 + Math.random() * (whole / 2);
};
