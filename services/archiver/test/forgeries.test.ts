import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { encodeCbor, type Section, type SectionTurn } from "@sotto/contracts";
import { dataKey, seal } from "@sotto/envelope";
import type { Platform } from "@sotto/service";
import type { LogRecord } from "@sotto/stream";

import { handle } from "../src/handle.ts";
import {
  aConversation,
  aGrant,
  aRecord,
  aSection,
  headers,
  openTestPlatform,
  sealedGrant,
  tenant,
  toolsOf,
} from "./bench.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await openTestPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** Every one of these must be refused with that reason and leave nothing in the archive. */
const refused = async (record: LogRecord, reason: string): Promise<void> => {
  const { tools } = toolsOf(platform);
  await expect(handle(tools, record)).rejects.toMatchObject({ name: "QuarantineError", reason });
  const there: string[] = [];
  for await (const { name } of platform.archive.list("")) there.push(name);
  expect(there).toEqual([]);
};

const flipped = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const changed = Uint8Array.from(bytes);
  changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
  return changed;
};

/** The first turn of a section changed, the rest as they were. */
const withTurn = (
  section: Section,
  change: (turn: SectionTurn, next: SectionTurn) => SectionTurn,
): Section => {
  const [first, second, ...rest] = section.turns;
  if (first === undefined || second === undefined) throw new Error("too few turns");
  return { ...section, turns: [change(first, second), second, ...rest] };
};

test.each<[string, (turn: SectionTurn, next: SectionTurn) => SectionTurn]>([
  ["a MAC with one bit flipped", (turn) => ({ ...turn, mac: flipped(turn.mac) })],
  ["a MAC cut short", (turn) => ({ ...turn, mac: turn.mac.slice(0, 16) })],
  ["another event's id", (turn, next) => ({ ...turn, event: next.event })],
  ["another turn's admission", (turn, next) => ({ ...turn, admission: next.admission, mac: next.mac })],
  [
    "another turn's admission and ordinal",
    (turn, { admission, mac, ordinal }) => ({ ...turn, admission, mac, ordinal }),
  ],
  [
    "another turn's content",
    (turn, { frames }) => ({ ...turn, frames: { ...turn.frames, content: frames.content } }),
  ],
  [
    "another turn's facts",
    (turn, { frames }) => ({ ...turn, frames: { ...turn.frames, facts: frames.facts } }),
  ],
  ["an ordinal that is not the admission's", (turn) => ({ ...turn, ordinal: 7 })],
  ["a part that is not the admission's", (turn) => ({ ...turn, part: 1 })],
  ["no grant", (turn) => ({ ...turn, admission: { ...turn.admission, grant: null } })],
  [
    "a grant that is not embedded",
    (turn) => ({ ...turn, admission: { ...turn.admission, grant: "g_other" } }),
  ],
  ["a day that has no key", (turn) => ({ ...turn, admission: { ...turn.admission, day: 20_261_123 } })],
])("a turn with %s has no admission", async (_, change) => {
  const section = await aSection(platform, aConversation());
  await refused(await aRecord(platform, withTurn(section, change)), "NO_ADMISSION");
});

test("a grant that the archiver's own grants key did not seal is forged", async () => {
  const section = await aSection(platform, aConversation());
  const grant = aGrant(section.conversation);
  const place = {
    tenant,
    conversation: section.conversation,
    slot: "grants",
    generation: grant.day,
    kind: "grant",
    name: grant.id,
    headers: null,
  } as const;
  const frame = Uint8Array.from(seal(encodeCbor(grant), dataKey(randomBytes(32)), place));
  const grants = [{ id: grant.id, day: grant.day, frame }];
  await refused(await aRecord(platform, { ...section, grants }), "NO_ADMISSION");
});

test("a grant of another conversation does not open here, and one that is named otherwise neither", async () => {
  const section = await aSection(platform, aConversation());
  const other = await sealedGrant(platform, aGrant(aConversation(), { id: section.grants[0]?.id ?? "" }));
  await refused(await aRecord(platform, { ...section, grants: [other] }), "NO_ADMISSION");
  const renamed = { ...(await sealedGrant(platform, aGrant(section.conversation))), id: "g_else" };
  await refused(await aRecord(platform, { ...section, grants: [renamed] }), "NO_ADMISSION");
});

test("a section that leaves its grant out has no admission, though every turn's MAC holds", async () => {
  const section = await aSection(platform, aConversation(), { grants: [] });
  await refused(await aRecord(platform, section), "NO_ADMISSION");
});

test("a grant without transcription lets no turn land", async () => {
  const conversation = aConversation();
  const grant = aGrant(conversation, { purposes: [{ purpose: "qa_review", reason: "ADMIT_CONSENT" }] });
  const section = await aSection(platform, conversation, {}, grant);
  await refused(await aRecord(platform, section), "NO_ADMISSION");
});

test("a frame of another conversation, of another section, changed or cut is not in its place", async () => {
  const section = await aSection(platform, aConversation());
  const other = await aRecord(platform, await aSection(platform, aConversation()));
  const { value } = await aRecord(platform, section);
  if (value === null || other.value === null) throw new Error("records have values");
  await refused(await aRecord(platform, section, { value: other.value }), "FRAME_REFUSED");
  await refused(await aRecord(platform, section, { section: 2 }), "FRAME_REFUSED");
  await refused(await aRecord(platform, section, { value: flipped(value) }), "FRAME_REFUSED");
  await refused(await aRecord(platform, section, { value: value.slice(0, -1) }), "FRAME_REFUSED");
  await refused(await aRecord(platform, section, { value: new Uint8Array() }), "FRAME_REFUSED");
});

test("a frame under the key of a conversation that never was is refused", async () => {
  const section = await aSection(platform, aConversation());
  await refused(await aRecord(platform, section, { conversation: aConversation() }), "KEY_GONE");
});

test.each<[string, (section: Section) => unknown, string]>([
  ["says another conversation", (s) => ({ ...s, conversation: aConversation() }), "FRAME_REFUSED"],
  ["says another tenant", (s) => ({ ...s, tenant: "other" }), "FRAME_REFUSED"],
  ["says another section", (s) => ({ ...s, section: 2 }), "FRAME_REFUSED"],
  ["has a field too many", (s) => ({ ...s, note: "x" }), "MALFORMED"],
  ["is no section at all", () => "x", "MALFORMED"],
])("an authentic frame that %s is refused", async (_, change, reason) => {
  const section = await aSection(platform, aConversation());
  const { conversation } = section;
  const address = { slot: "archive", tenant, conversation, generation: 1 } as const;
  const key = await platform.keys("redactor").toSeal(address);
  const place = { ...address, kind: "section", name: `${conversation}/1`, headers: null } as const;
  const value = seal(encodeCbor(change(section)), key, place);
  await refused(await aRecord(platform, section, { value }), reason);
});

test("a turn of a party that is not in the section makes no document", async () => {
  const section = await aSection(platform, aConversation());
  const strange = withTurn(section, (turn) => ({ ...turn, party: "p_nobody" }));
  await refused(await aRecord(platform, strange), "MALFORMED");
});

test.each([
  ["no headers", {}],
  ["another type", { type: "landed", tenant, section: "1", generation: "1" }],
  ["a tenant that climbs", { type: "section", tenant: "../x", section: "1", generation: "1" }],
  ["section 0", { type: "section", tenant, section: "0", generation: "1" }],
  ["a generation that is no number", { type: "section", tenant, section: "1", generation: "1e3" }],
])("a record with %s is malformed", async (_, said) => {
  const record = await aRecord(platform, await aSection(platform, aConversation()));
  await refused({ ...record, headers: headers(said) }, "MALFORMED");
});
