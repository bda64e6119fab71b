import { setImmediate as turn } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import {
  EnvelopeError,
  KeyGoneError,
  open,
  openKeys,
  seal,
  slots,
  UnavailableError,
  type Keys,
} from "../src/index.ts";
import type { KeyAddress } from "../src/index.ts";
import { aPlace } from "./a-place.ts";
import { memoryKeyService, memoryKeyStore } from "./memory-keys.ts";

const tenant = "acme";
const conversation = "c_0123456789abcdefghjkmnpqrs";
const object = `conversations/${conversation}.key`;
const raw = (generation = 1): KeyAddress => ({ slot: "raw", tenant, conversation, generation });
const archive = (generation = 1): KeyAddress => ({ slot: "archive", tenant, conversation, generation });
const facts = (generation = 20_261_124): KeyAddress => ({ slot: "facts", tenant, conversation, generation });

const world = () => {
  const [service, store] = [memoryKeyService(), memoryKeyStore()];
  const clock = { now: Date.UTC(2026, 10, 24) };
  /** The keys of one process of that world. */
  const process = (o: Partial<Parameters<typeof openKeys>[0]> = {}): Keys => {
    const keys = openKeys({ service, store, seals: slots, opens: slots, now: () => clock.now, ...o });
    onTestFinished(() => keys[Symbol.dispose]());
    return keys;
  };
  return { service, store, clock, process };
};

const gone = (state: string) => expect.objectContaining({ name: "KeyGoneError", state });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("makes a key once and gives the same to everyone who may have it", async () => {
  const { process } = world();
  const [sealer, opener] = [process(), process()];
  const made = await sealer.toSeal(raw());
  const opened = await opener.toOpen(raw());
  expect(hex(opened.bytes)).toBe(hex(made.bytes));
  expect(open(seal(Buffer.from("said"), made, aPlace()), opened, aPlace()).toString()).toBe("said");
  expect(sealer.counts()).toEqual({ made: 1, opened: {} });
  expect(opener.counts()).toEqual({ made: 0, opened: { raw: 1 } });
});

test.each<[KeyAddress, string, Record<string, string>]>([
  [raw(498_884), object, { tenant, conversation, slot: "raw", generation: "498884" }],
  [archive(), object, { tenant, conversation, slot: "archive", generation: "1" }],
  [facts(), "facts/acme/2026-11-24.key", { tenant, slot: "facts", generation: "20261124" }],
  [
    { slot: "grants", tenant, conversation, generation: 20_261_124 },
    "grants/acme/2026-11-24.key",
    { tenant, slot: "grants", generation: "20261124" },
  ],
  [
    { slot: "parked", tenant, conversation: null, generation: 20_261_124 },
    "parked/acme/2026-11-24.key",
    { tenant, slot: "parked", generation: "20261124" },
  ],
  [
    { slot: "register", tenant, conversation: null, generation: 2026 },
    "register/acme/2026.key",
    { tenant, slot: "register", generation: "2026" },
  ],
  [
    { slot: "rows", tenant, conversation: null, generation: 1, file: "f00d" },
    "files/f00d.key",
    { tenant, slot: "rows", generation: "1", name: "f00d" },
  ],
])("keeps the key of %j in %s, bound to its context", async (address, name, context) => {
  const { process, service, store } = world();
  await process().toSeal(address);
  await process().toOpen(address);
  expect([...store.objects.keys()]).toEqual([name]);
  expect(service.asked).toEqual([
    { op: "dataKey", kek: address.slot, context },
    { op: "open", kek: address.slot, context },
  ]);
});

test("writes key objects as documented, with nothing of the key in them", async () => {
  const { process, store, clock } = world();
  const keys = process();
  const first = await keys.toSeal(raw(7));
  const second = await keys.toSeal(archive(1));
  await keys.toSeal(facts());
  const slot = (fingerprint: string, kek: string) => ({
    kek,
    wrapped: expect.stringMatching(/^[A-Za-z0-9+/]{80}$/),
    fingerprint,
    createdAt: clock.now,
  });
  expect(store.json(object)).toEqual({
    version: 1,
    state: "live",
    tenant,
    archive: { "1": slot(second.fingerprint, "archive") },
    raw: { "7": slot(first.fingerprint, "raw") },
  });
  expect(store.json("facts/acme/2026-11-24.key")).toMatchObject({
    version: 1,
    state: "live",
    tenant,
    slot: "facts",
    generation: 20_261_124,
    name: null,
    key: { kek: "facts" },
  });
  const bytes = store.objects.get(object)?.bytes ?? new Uint8Array(0);
  expect(Buffer.from(bytes).toString()).not.toContain(
    Buffer.from(first.bytes).toString("base64").slice(0, 12),
  );
});

test("shares a day's key between conversations, and no conversation's", async () => {
  const { process } = world();
  const keys = process();
  const day = await keys.toSeal(facts());
  expect(await keys.toSeal({ ...facts(), conversation: "c_other" })).toBe(day);
  const one = await keys.toSeal(raw());
  expect(hex((await keys.toSeal({ ...raw(), conversation: "c_other" })).bytes)).not.toBe(hex(one.bytes));
  expect(hex((await keys.toSeal(raw(2))).bytes)).not.toBe(hex(one.bytes));
});

test("gives a key to seal only once its object is durable", async () => {
  const { process, store } = world();
  const durable = Promise.withResolvers<void>();
  store.before = async (call) => (call === "create" ? durable.promise : undefined);
  let isGiven = false;
  const asked = process()
    .toSeal(raw())
    .finally(() => (isGiven = true));
  for (let n = 0; n < 20; n += 1) await turn();
  expect(isGiven).toBe(false);
  durable.resolve();
  const key = await asked;
  expect(store.json(object).raw["1"].fingerprint).toBe(key.fingerprint);
});

test("gives no key whose object could not be written, and makes one when the store is back", async () => {
  const { process, store, service } = world();
  const keys = process();
  store.before = async (call) => {
    if (call === "create") throw new UnavailableError("The store is down");
  };
  await expect(keys.toSeal(raw())).rejects.toThrow(UnavailableError);
  expect(service.given.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  store.before = async () => {};
  await keys.toSeal(raw());
  expect(keys.counts().made).toBe(2);
});

test("settles a race of 20 processes for one key: the losers use the winner's", async () => {
  const { process } = world();
  const keys = Array.from({ length: 20 }, () => process());
  const made = await Promise.all(keys.map((one) => one.toSeal(raw())));
  expect(new Set(made.map((key) => hex(key.bytes))).size).toBe(1);
});

test("loses no slot when 20 processes add different ones at once", async () => {
  const { process } = world();
  const keys = Array.from({ length: 20 }, () => process());
  const made = await Promise.all(keys.map((one, n) => one.toSeal(n % 2 === 0 ? raw(n) : archive(n))));
  const reader = process();
  const opened = await Promise.all(keys.map((_, n) => reader.toOpen(n % 2 === 0 ? raw(n) : archive(n))));
  expect(opened.map((key) => key.fingerprint)).toEqual(made.map((key) => key.fingerprint));
  const even = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
  expect(await reader.inspect(tenant, conversation)).toEqual({
    state: "live",
    archive: even.map((n) => n + 1),
    raw: even,
  });
});

test("never makes a key to open, and does not remember that there was none", async () => {
  const { process, store } = world();
  const keys = process();
  await expect(keys.toOpen(raw())).rejects.toThrow(gone("absent"));
  await expect(keys.toOpen(facts())).rejects.toThrow(gone("absent"));
  expect(store.objects.size).toBe(0);
  const made = await process().toSeal(raw());
  expect((await keys.toOpen(raw())).fingerprint).toBe(made.fingerprint);
  await expect(keys.toOpen(raw(2))).rejects.toThrow(gone("absent"));
});

test("erases for good: no slot, nothing opens, nobody makes one", async () => {
  const { process, store } = world();
  const keys = process();
  const made = [await keys.toSeal(archive()), await keys.toSeal(raw(1)), await keys.toSeal(raw(2))];
  const prints = made.map((key) => key.fingerprint);
  expect(await keys.erase(tenant, conversation)).toEqual(prints);
  expect(store.json(object)).toEqual({
    version: 1,
    state: "erased",
    tenant,
    archive: {},
    raw: {},
    fingerprints: prints,
  });
  for (const one of [keys, process()]) {
    for (const address of [raw(1), raw(3), archive()]) {
      await expect(one.toOpen(address)).rejects.toThrow(gone("erased"));
      await expect(one.toSeal(address)).rejects.toThrow(gone("erased"));
    }
    expect(await one.shredRaw(tenant, conversation, 1)).toBeNull();
    expect(await one.inspect(tenant, conversation)).toEqual({ state: "erased", archive: [], raw: [] });
    // A retry three weeks later, or a certificate made anew after a crash.
    expect(await one.erase(tenant, conversation)).toEqual(prints);
  }
});

test("erases a conversation that never had a key, so that it gets none", async () => {
  const { process } = world();
  const keys = process();
  expect(await keys.inspect(tenant, conversation)).toBeNull();
  expect(await keys.erase(tenant, conversation)).toEqual([]);
  await expect(keys.toSeal(raw())).rejects.toThrow(gone("erased"));
});

test("lets an erasure win against any number of sealers under way", async () => {
  const { process, store } = world();
  const sealers = Array.from({ length: 20 }, () => process());
  const [, ...results] = await Promise.allSettled([
    process().erase(tenant, conversation),
    ...sealers.map((one, n) => one.toSeal(raw(n))),
  ]);
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(KeyGoneError);
  expect(store.json(object)).toMatchObject({ state: "erased", archive: {}, raw: {} });
});

test("shreds one window and leaves the others", async () => {
  const { process } = world();
  const keys = process();
  const first = await keys.toSeal(raw(1));
  const second = await keys.toSeal(raw(2));
  const kept = await keys.toSeal(archive());
  const print = first.fingerprint;
  expect(await keys.shredRaw(tenant, conversation, 1)).toBe(print);
  expect(() => first.bytes).toThrow(UnavailableError);
  expect(await keys.shredRaw(tenant, conversation, 1)).toBeNull();
  await expect(keys.toOpen(raw(1))).rejects.toThrow(gone("absent"));
  expect(await keys.toOpen(raw(2))).toBe(second);
  expect(await keys.toOpen(archive())).toBe(kept);
  expect(await keys.inspect(tenant, conversation)).toEqual({ state: "live", archive: [1], raw: [2] });
  expect(await keys.shredRaw(tenant, "c_none", 1)).toBeNull();
});

test("shreds a day for good, one that had a key and one that had none", async () => {
  const { process, store } = world();
  const keys = process();
  const made = await keys.toSeal(facts());
  expect(await keys.shredDay("facts", tenant, 20_261_124)).toBe(made.fingerprint);
  expect(await keys.shredDay("facts", tenant, 20_261_124)).toBeNull();
  expect(await keys.shredDay("facts", tenant, 20_261_123)).toBeNull();
  for (const day of [20_261_123, 20_261_124])
    for (const one of [keys, process()]) {
      await expect(one.toOpen(facts(day))).rejects.toThrow(gone("shredded"));
      await expect(one.toSeal(facts(day))).rejects.toThrow(gone("shredded"));
    }
  expect(store.json("facts/acme/2026-11-24.key")).toEqual({
    version: 1,
    tenant,
    slot: "facts",
    generation: 20_261_124,
    name: null,
    state: "shredded",
    fingerprint: made.fingerprint,
  });
});

test("refuses what its process has no right to, before anything is asked or held", async () => {
  const { process, service, store } = world();
  const gate = process({ seals: ["facts", "grants"], opens: ["facts", "grants", "register"] });
  await process().toSeal(raw());
  const asked = service.asked.length;
  await expect(gate.toSeal(raw())).rejects.toThrow("no right to seal under slot raw");
  await expect(gate.toOpen(raw())).rejects.toThrow("no right to open under slot raw");
  await expect(gate.toSeal({ ...facts(), slot: "register" })).rejects.toThrow("no right to seal");
  expect(service.asked.length).toBe(asked);
  const sealer = process({ seals: ["raw"], opens: [] });
  await sealer.toSeal(raw());
  await expect(sealer.toOpen(raw())).rejects.toThrow("no right to open");
  expect(gate.counts().opened).toEqual({});
  expect(store.objects.size).toBe(1);
});

test.each<[string, Partial<KeyAddress>]>([
  ["a tenant that climbs", { tenant: ".." }],
  ["a tenant with a slash", { tenant: "a/b" }],
  ["no tenant", { tenant: "" }],
  ["no conversation", { conversation: null }],
  ["a conversation that climbs", { conversation: ".." }],
  ["a line break in its conversation", { conversation: "a\nb" }],
  ["a negative generation", { generation: -1 }],
  ["a fraction as generation", { generation: 1.5 }],
  ["a day that is none", { slot: "facts", generation: 20_260_230 }],
  ["a year that is none", { slot: "register", generation: 20_261_124 }],
  ["no file", { slot: "rows" }],
])("refuses an address with %s", async (_, change) => {
  const { process, store } = world();
  await expect(process().toSeal({ ...raw(), ...change })).rejects.toThrow(TypeError);
  expect(store.objects.size).toBe(0);
});

const tampered: [string, (store: ReturnType<typeof memoryKeyStore>) => void][] = [
  ["that is not JSON", (store) => store.objects.set(object, { bytes: Buffer.from("{"), etag: "x" })],
  ["of another version", (store) => store.tamper(object, { ...store.json(object), version: 2 })],
  ["with a field too many", (store) => store.tamper(object, { ...store.json(object), note: "x" })],
  ["of another tenant", (store) => store.tamper(object, { ...store.json(object), tenant: "other" })],
  [
    "with another conversation's slot",
    (store) =>
      store.tamper(object, { ...store.json(object), raw: store.json("conversations/c_other.key").raw }),
  ],
  [
    "with another generation's slot",
    (store) => store.tamper(object, { ...store.json(object), raw: { "1": store.json(object).raw["2"] } }),
  ],
  [
    "with an archive slot as raw",
    (store) => store.tamper(object, { ...store.json(object), raw: store.json(object).archive }),
  ],
  [
    "with another fingerprint",
    (store) => {
      const { raw: slotsOf, ...rest } = store.json(object);
      store.tamper(object, {
        ...rest,
        raw: { "1": { ...slotsOf["1"], fingerprint: slotsOf["2"].fingerprint } },
      });
    },
  ],
];
test.each(tampered)("refuses a key object %s", async (_, tamper) => {
  const { process, store } = world();
  const keys = process();
  for (const address of [raw(1), raw(2), archive(), { ...raw(1), conversation: "c_other" }])
    await keys.toSeal(address);
  tamper(store);
  await expect(process().toOpen(raw(1))).rejects.toThrow(EnvelopeError);
});

test("refuses a day's key object in another day's place", async () => {
  const { process, store } = world();
  await process().toSeal(facts());
  store.tamper("facts/acme/2026-11-25.key", store.json("facts/acme/2026-11-24.key"));
  await expect(process().toOpen(facts(20_261_125))).rejects.toThrow(EnvelopeError);
  await process().shredDay("facts", tenant, 20_261_124);
  store.tamper("facts/acme/2026-11-25.key", store.json("facts/acme/2026-11-24.key"));
  await expect(process().toSeal(facts(20_261_125))).rejects.toThrow(EnvelopeError);
});

test("has peppers by tenant, kind and version, the same in every process, each caller's copy his own", async () => {
  const { process, store } = world();
  const peppers = await Promise.all(Array.from({ length: 10 }, () => process().pepper(tenant, "id")));
  expect(new Set(peppers.map(hex)).size).toBe(1);
  const keys = process();
  const all = [
    ...(await Promise.all([
      keys.pepper(tenant, "id"),
      keys.pepper(tenant, "subject"),
      keys.pepper(tenant, "link"),
    ])),
    await keys.pepper(tenant, "id", 2),
    await keys.pepper("other", "id"),
  ];
  expect(new Set(all.map(hex)).size).toBe(5);
  const copy = await keys.pepper(tenant, "id");
  copy.fill(0);
  expect(hex(await keys.pepper(tenant, "id"))).toBe(hex(peppers[0] ?? copy));
  expect([...store.objects.keys()].toSorted()).toEqual([
    "pepper/acme/id-1.key",
    "pepper/acme/id-2.key",
    "pepper/acme/link-1.key",
    "pepper/acme/subject-1.key",
    "pepper/other/id-1.key",
  ]);
  await expect(keys.pepper(tenant, "id", 0)).rejects.toThrow(TypeError);
});
