import { expect, test } from "vitest";

import {
  documentPlace,
  encodeDocument,
  inputDigestOf,
  land,
  landedAlready,
  readDocument,
  toDocument,
  type LandingSite,
} from "@sotto/archive";
import { EnvelopeError, KeyGoneError, open, seal, UnavailableError } from "@sotto/envelope";

import { aGrant, aSection, aTurn, conversation, noStops } from "./builders.ts";
import { memoryKeys, memoryObjects } from "./memory.ts";

const document = toDocument(aSection(), [aGrant()], noStops);
const place = documentPlace(aSection(), 1);
const address = { slot: "archive", tenant: "acme", conversation, generation: 1 } as const;
const aSite = () => ({ store: memoryObjects(), keys: memoryKeys() });

const sealed = async (site: LandingSite, other: typeof document, at = place): Promise<Uint8Array> =>
  seal(encodeDocument(other), await site.keys.toSeal(address), at);

test("seals the document under its own name and nothing of it is in the object", async () => {
  const site = aSite();
  const landed = await land(document, 1, site);
  expect(landed).toMatchObject({ result: "created", name: place.name });
  const frame = site.store.objects.get(place.name) ?? new Uint8Array();
  expect(Buffer.from(frame).includes("turn 1 of")).toBe(false);
  expect(readDocument(open(frame, await site.keys.toOpen(address), place))).toEqual(document);
});

test("landing the same section again is success and changes nothing", async () => {
  const site = aSite();
  const first = await land(document, 1, site);
  const before = site.store.objects.get(place.name);
  const second = await land(document, 1, site);
  expect(second).toEqual({ ...first, result: "same" });
  expect(site.store.objects.get(place.name)).toEqual(before);
});

test("the first writer wins: of the same input with other output, what is said is what is there", async () => {
  const site = aSite();
  await land(document, 1, site);
  const ends = [{ ordinal: 2, end: "discarded" as const, reason: "CONSENT_WITHDRAWN" }];
  const fewer = toDocument(aSection(), [aGrant()], { ends, purposes: new Map() });
  const second = await land(fewer, 1, site);
  expect(second.result === "same" && second.document).toEqual(document);
});

test("another input is a conflict and what is there stays", async () => {
  const site = aSite();
  await land(document, 1, site);
  const before = site.store.objects.get(place.name);
  const section = aSection({ inputDigest: new Uint8Array(32), turns: [aTurn(1)] });
  const other = toDocument(section, [aGrant()], noStops);
  expect(await land(other, 1, site)).toEqual({ result: "conflict", name: place.name });
  expect(site.store.objects.get(place.name)).toEqual(before);
});

test("finds what an earlier try has landed, and nothing where nothing is", async () => {
  const site = aSite();
  const digest = inputDigestOf(aSection());
  expect(await landedAlready(aSection(), 1, digest, site)).toBeNull();
  await land(document, 1, site);
  expect(await landedAlready(aSection(), 1, digest, site)).toMatchObject({ result: "same", document });
});

test("does not take another section's document for its own, though it opens with the same key", async () => {
  const site = aSite();
  const next = aSection({ section: 2 });
  const frame = await sealed(site, toDocument(next, [aGrant()], noStops), documentPlace(next, 1));
  site.store.objects.set(place.name, frame);
  await expect(land(document, 1, site)).rejects.toThrow(EnvelopeError);
});

test("refuses what is there when one bit of it was flipped", async () => {
  const site = aSite();
  await land(document, 1, site);
  const frame = Uint8Array.from(site.store.objects.get(place.name) ?? []);
  frame.set([(frame.at(-1) ?? 0) ^ 1], frame.length - 1);
  site.store.objects.set(place.name, frame);
  await expect(land(document, 1, site)).rejects.toThrow(EnvelopeError);
});

test("writes nothing for a conversation that is erased", async () => {
  const site = aSite();
  await land(document, 1, site);
  await site.keys.erase("acme", conversation);
  const next = toDocument(aSection({ section: 2 }), [aGrant()], noStops);
  await expect(land(next, 1, site)).rejects.toThrow(KeyGoneError);
  await expect(land(document, 1, site)).rejects.toThrow(KeyGoneError);
  expect([...site.store.objects.keys()]).toEqual([place.name]);
});

test("asks to be called again when a name is taken and then empty", async () => {
  const site = aSite();
  const store = { ...site.store, putIfAbsent: async () => null };
  await expect(land(document, 1, { ...site, store })).rejects.toThrow(UnavailableError);
});

test("writes no document that would not be read back", async () => {
  const site = aSite();
  await expect(land({ ...document, created_at: "yesterday" }, 1, site)).rejects.toThrow("not in form");
  expect(site.store.objects.size).toBe(0);
});
