import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until it is so. Throws when `limitMs` have passed, saying what did not come about. */
export const until = async (what: string, limitMs: number, isSo: () => Promise<boolean>): Promise<void> => {
  const limit = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}`);
    await sleep(100);
  }
};
