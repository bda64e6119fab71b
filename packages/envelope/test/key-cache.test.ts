import { setImmediate as turn } from "node:timers/promises";

import { expect, test } from "vitest";

import { openKeyCache } from "../src/key-cache.ts";
import { dataKey, UnavailableError } from "../src/index.ts";

const key = (n: number) => dataKey(new Uint8Array(32).fill(n));

test("a sweep zeroes keys that nobody asks for any more", async () => {
  const clock = { now: 0 };
  const cache = openKeyCache({ maxKeys: 10, now: () => clock.now });
  const [short, long] = [key(1), key(2)];
  await cache.put({ name: "short", conversation: "c", lifeMs: 10 }, short);
  await cache.put({ name: "long", conversation: "c", lifeMs: 20 }, long);
  clock.now = 10;
  cache.sweep();
  await turn();
  expect(() => short.bytes).toThrow(UnavailableError);
  expect(long.bytes).toHaveLength(32);
  expect(cache.size()).toBe(1);
});

test("of two equal keys the first stays and the second is zeroed", async () => {
  const cache = openKeyCache({ maxKeys: 10, now: () => 0 });
  const [first, second] = [key(1), key(1)];
  await cache.put({ name: "a", conversation: null, lifeMs: 10 }, first);
  expect(await cache.put({ name: "a", conversation: null, lifeMs: 10 }, second)).toBe(first);
  expect(() => second.bytes).toThrow(UnavailableError);
});

test("of two different keys the second stays: the first was shredded meanwhile", async () => {
  const cache = openKeyCache({ maxKeys: 10, now: () => 0 });
  const [first, second] = [key(1), key(2)];
  await cache.put({ name: "a", conversation: "c", lifeMs: 10 }, first);
  expect(await cache.put({ name: "a", conversation: "c", lifeMs: 10 }, second)).toBe(second);
  await turn();
  expect(() => first.bytes).toThrow(UnavailableError);
  cache.forget("c");
  expect(() => second.bytes).toThrow(UnavailableError);
  expect(cache.size()).toBe(0);
});
