/** Chance that can be had again: numbers in [0, 1) as that seed has them (mulberry32). */
export const chance = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** One of them, each as often as its weight. */
export const pick = <T>(random: () => number, weighted: readonly (readonly [T, number])[]): T => {
  const whole = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = random() * whole;
  for (const [one, weight] of weighted) {
    rest -= weight;
    if (rest < 0) return one;
  }
  throw new Error("Cannot pick: no weight");
};
