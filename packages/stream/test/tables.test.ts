import { FenceIndex } from "@sotto/consent";
import type { Fence, StandingConsent } from "@sotto/contracts";
import { UnavailableError } from "@sotto/envelope";
import { expect, test } from "vitest";

import { openConsentTable } from "../src/consent-table.ts";
import { openFenceTable } from "../src/fence-table.ts";
import type { LogClient, LogRecord } from "../src/log-client.ts";
import { aLab, pause, put, text, topic, until } from "./lab.ts";

const fence = (id: string): Fence => ({
  v: 1,
  id,
  kind: "withdrawal",
  tenant: "t_1",
  scope: { conversation: "c_1" },
  purposes: null,
  at: 1,
  receivedAt: 1,
});

const decode = async ({ value }: LogRecord): Promise<Fence> => {
  if (text(value) === "garbage") throw new Error("envelope failed authentication");
  return fence(text(value));
};

const fences = topic("fences", { cleanup: "compact" });

/** A log whose answer to `ends` can be held back. */
const held = (log: LogClient): { log: LogClient; state: { isDown: boolean; isHung: boolean } } => {
  const state = { isDown: false, isHung: false };
  const ends: LogClient["ends"] = async (name) => {
    if (state.isDown) throw new UnavailableError("The log is away");
    while (state.isHung) await pause(5);
    return log.ends(name);
  };
  return { log: { ...log, ends }, state };
};

test("a fence table is read to its end before it opens, and hears of what comes", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([fences]);
  await put(log, "fences", ["t/c/f_1", "f_1"], ["t/c/f_2", "f_2"], ["t/c/f_1", null]);
  const applied: string[] = [];
  await using table = await openFenceTable({
    log,
    decode,
    freshMs: 2_000,
    applied: async ({ id }) => void applied.push(id),
  });
  expect(table.index).toBeInstanceOf(FenceIndex);
  expect(table.index.size).toBe(1);
  expect(table.isFresh()).toBe(true);
  expect(table.ageMs()).toBeLessThan(1_000);
  const other = await lab.open();
  await put(other, "fences", ["t/c/f_3", "f_3"]);
  await until("heard", () => table.index.size === 2);
  await put(log, "fences", ["t/c/f_2", null]);
  await until("removed", () => table.index.size === 1);
  expect(applied).toEqual(["f_1", "f_2", "f_3"]);
});

test.each(["isDown", "isHung"] as const)(
  "it is not fresh once its proofs are old (%s), and is again after",
  async (how) => {
    await using lab = await aLab();
    const { log, state } = held(await lab.open());
    await log.ensureTopics([fences]);
    await using table = await openFenceTable({ log, decode, freshMs: 200 });
    state[how] = true;
    await until("stale", () => !table.isFresh());
    expect(table.ageMs()).toBeGreaterThan(200);
    expect(table.trouble()).toContain("fences");
    state[how] = false;
    await until("fresh", () => table.isFresh());
    await pause(400);
    expect(table.isFresh()).toBe(true);
  },
);

test("an end that was asked for proves nothing until it has been read up to", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([fences]);
  let isSlow = false;
  const slowly = async (record: LogRecord): Promise<Fence> => {
    while (isSlow) await pause(5);
    return decode(record);
  };
  await using table = await openFenceTable({ log, decode: slowly, freshMs: 200 });
  isSlow = true;
  await put(log, "fences", ["t/c/f_1", "f_1"]);
  await until("stale", () => !table.isFresh());
  isSlow = false;
  await until("fresh", () => table.isFresh());
  expect(table.index.size).toBe(1);
});

test("a record whose keys cannot be had now is asked for again, and until then the table is not fresh", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([fences]);
  let isDown = false;
  const sometimes = async (record: LogRecord): Promise<Fence> => {
    if (isDown) throw new UnavailableError("Key service is away");
    return decode(record);
  };
  await using table = await openFenceTable({ log, decode: sometimes, freshMs: 200 });
  isDown = true;
  await put(log, "fences", ["t/c/f_1", "f_1"]);
  await until("stale", () => !table.isFresh());
  expect(table.trouble()).toContain("Key service is away");
  isDown = false;
  await until("fresh", () => table.isFresh() && table.index.size === 1);
});

test("a record that cannot be read keeps it from being fresh until its key is tombstoned", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([fences]);
  await put(log, "fences", ["t/c/f_1", "f_1"], ["t/c/f_2", "garbage"], ["t/c/f_3", "f_3"]);
  await using table = await openFenceTable({ log, decode, freshMs: 500 });
  expect(table.isFresh()).toBe(false);
  expect(table.trouble()).toBe("fences: cannot read 1 records, first t/c/f_2");
  await until("the rest is applied all the same", () => table.index.size === 2);
  await pause(200);
  expect(table.isFresh()).toBe(false);
  await put(log, "fences", ["t/c/f_2", null]);
  await until("fresh", () => table.isFresh());
});

test("a closed table is not fresh", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([fences]);
  const table = await openFenceTable({ log, decode, freshMs: 2_000 });
  await table[Symbol.asyncDispose]();
  expect(table.isFresh()).toBe(false);
});

test("a consent table gives a tenant's records, without those that were removed", async () => {
  await using lab = await aLab();
  const log = await lab.open();
  await log.ensureTopics([topic("consents", { cleanup: "compact" })]);
  const consent = async ({ value }: LogRecord): Promise<StandingConsent> =>
    ({ v: 1, tenant: text(value), source: "s", receivedAt: 1, consent: {} }) as StandingConsent;
  await put(log, "consents", ["t_1/s/1", "t_1"], ["t_1/s/2", "t_1"], ["t_2/s/1", "t_2"], ["t_1/s/1", null]);
  await using table = await openConsentTable({ log, decode: consent, freshMs: 2_000 });
  expect(table.all("t_1")).toHaveLength(1);
  expect(table.all("t_2")).toHaveLength(1);
  expect(table.all("t_3")).toEqual([]);
  expect(table.isFresh()).toBe(true);
});
