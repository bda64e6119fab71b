import { expect, test, vi } from "vitest";

import { openWindowKeys } from "../src/window-keys.ts";

const timing = { rawWindowMs: 1000, rawResealMs: 500 };

test("a conversation's keys go when its last window is over, and not before", async () => {
  vi.useFakeTimers();
  try {
    const forgotten: string[] = [];
    const keys = { forget: (conversation: string) => void forgotten.push(conversation) };
    const clock = { at: 10_000, now: () => clock.at };
    using windows = openWindowKeys({ keys, clock, timing });
    windows.uses("c_short", 10);
    windows.uses("c_long", 10);
    clock.at = 11_499;
    vi.advanceTimersByTime(1000);
    expect(forgotten).toEqual([]);
    windows.uses("c_long", 11);
    clock.at = 11_500;
    vi.advanceTimersByTime(1000);
    expect(forgotten).toEqual(["c_short"]);
    clock.at = 12_500;
    vi.advanceTimersByTime(1000);
    expect(forgotten).toEqual(["c_short", "c_long"]);
  } finally {
    vi.useRealTimers();
  }
});
