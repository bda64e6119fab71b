import { setImmediate as turn } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import {
  openKeys,
  seal,
  slots,
  UnavailableError,
  type DataKey,
  type KeyAddress,
  type Keys,
} from "../src/index.ts";
import { aPlace } from "./a-place.ts";
import { memoryKeyService, memoryKeyStore } from "./memory-keys.ts";

const minuteMs = 60_000;
const raw = (n: number): KeyAddress => ({
  slot: "raw",
  tenant: "acme",
  conversation: `c_${n}`,
  generation: 1,
});

const world = () => {
  const [service, store] = [memoryKeyService(), memoryKeyStore()];
  const clock = { now: Date.UTC(2026, 10, 24) };
  const process = (o: Partial<Parameters<typeof openKeys>[0]> = {}): Keys => {
    const keys = openKeys({ service, store, seals: slots, opens: slots, now: () => clock.now, ...o });
    onTestFinished(() => keys[Symbol.dispose]());
    return keys;
  };
  return { service, store, clock, process };
};

const isZeroed = (key: DataKey): boolean => {
  try {
    return key.bytes.length === 0;
  } catch (error) {
    return error instanceof UnavailableError;
  }
};

test("asks once for a key that many want at the same time, and not again while it holds it", async () => {
  const { process } = world();
  await process().toSeal(raw(1));
  const keys = process();
  const opened = await Promise.all(Array.from({ length: 50 }, () => keys.toOpen(raw(1))));
  expect(new Set(opened).size).toBe(1);
  await keys.toOpen(raw(1));
  expect(keys.counts().opened).toEqual({ raw: 1 });
});

test("makes one key for many who seal at the same time", async () => {
  const { process } = world();
  const keys = process();
  const made = await Promise.all(Array.from({ length: 50 }, () => keys.toSeal(raw(1))));
  expect(new Set(made).size).toBe(1);
  expect(keys.counts()).toEqual({ made: 1, opened: {} });
});

test("asks again after a failure", async () => {
  const { process, store } = world();
  await process().toSeal(raw(1));
  const keys = process();
  store.before = async () => {
    throw new UnavailableError("The store is down");
  };
  await expect(keys.toOpen(raw(1))).rejects.toThrow(UnavailableError);
  store.before = async () => {};
  await keys.toOpen(raw(1));
});

test.each([
  ["raw, where raw is opened", slots, "raw", 10],
  ["raw, where it is only sealed", [], "raw", 60],
  ["archive", slots, "archive", 60],
] as const)("keeps %s no longer than its time", async (_, opens, slot, minutes) => {
  const { process, clock } = world();
  const keys = process({ opens });
  const address = { ...raw(1), slot };
  const key = await keys.toSeal(address);
  clock.now += minutes * minuteMs - 1;
  expect(await keys.toSeal(address)).toBe(key);
  clock.now += 1;
  const again = await keys.toSeal(address);
  expect(again).not.toBe(key);
  expect(again.fingerprint).toBe(key.fingerprint);
  await turn();
  expect(isZeroed(key)).toBe(true);
  expect(keys.counts()).toEqual({ made: 1, opened: { [slot]: 1 } });
});

test("keeps no key longer because the clock was set back", async () => {
  const { process, clock } = world();
  const keys = process();
  const key = await keys.toSeal(raw(1));
  clock.now -= 1;
  expect(await keys.toSeal(raw(1))).not.toBe(key);
});

test("holds so many keys and no more; the least recently used leaves, zeroed", async () => {
  const { process } = world();
  const keys = process({ maxKeys: 3 });
  const [one, two, three] = [await keys.toSeal(raw(1)), await keys.toSeal(raw(2)), await keys.toSeal(raw(3))];
  await keys.toOpen(raw(1));
  const four = await keys.toSeal(raw(4));
  await turn();
  expect([one, two, three, four].map(isZeroed)).toEqual([false, true, false, false]);
});

test("never zeroes a key under a holder that uses it right after its await", async () => {
  const { process } = world();
  const keys = process({ maxKeys: 1 });
  await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const key = await keys.toSeal(raw(n % 8));
      seal(Buffer.from("said"), key, aPlace());
    }),
  );
});

test("zeroes what it holds of a forgotten conversation at once, and nothing else", async () => {
  const { process } = world();
  const keys = process();
  const mine = [await keys.toSeal(raw(1)), await keys.toSeal({ ...raw(1), slot: "archive" })];
  const day: KeyAddress = { ...raw(1), slot: "facts", generation: 20_261_124 };
  const others = [await keys.toSeal(raw(2)), await keys.toSeal(day)];
  keys.forget("c_1");
  expect(mine.map(isZeroed)).toEqual([true, true]);
  expect(others.map(isZeroed)).toEqual([false, false]);
  expect((await keys.toOpen(raw(1))).fingerprint).toBe(mine[0]?.fingerprint);
});

test("does not hand out what an erasure overtook while it was fetched", async () => {
  const { process, service, store } = world();
  await process().toSeal(raw(1));
  const unwrapped = Promise.withResolvers<void>();
  const slow = {
    ...service,
    open: async (...args: Parameters<typeof service.open>) => {
      const key = await service.open(...args);
      await unwrapped.promise;
      return key;
    },
  };
  const keys = openKeys({ service: slow, store, seals: [], opens: slots, now: () => 0 });
  onTestFinished(() => keys[Symbol.dispose]());
  const asked = keys.toOpen(raw(1));
  while (!service.asked.some(({ op }) => op === "open")) await turn();
  await process().erase("acme", "c_1");
  keys.forget("c_1");
  unwrapped.resolve();
  await expect(asked).rejects.toMatchObject({ name: "KeyGoneError", state: "erased" });
  expect(service.given.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
});

test("gives up on a key that is forgotten each time it was fetched", async () => {
  const { process, store } = world();
  await process().toSeal(raw(1));
  const keys = process();
  store.before = async () => {
    await turn();
    keys.forget("c_1");
  };
  await expect(keys.toOpen(raw(1))).rejects.toThrow(UnavailableError);
});

test("holds nothing once it is disposed of, and gives nothing", async () => {
  const { process } = world();
  const keys = process();
  const key = await keys.toSeal(raw(1));
  const asked = keys.toSeal(raw(2));
  keys[Symbol.dispose]();
  expect(isZeroed(key)).toBe(true);
  await expect(asked).rejects.toThrow(UnavailableError);
  await expect(keys.toSeal(raw(1))).rejects.toThrow(UnavailableError);
});
