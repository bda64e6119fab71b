import { afterAll, beforeAll, expect, test } from "vitest";

import { documentPlace, documentTurns, readDocument, sectionOf, type VCon } from "@sotto/archive";
import type { Fence, Section } from "@sotto/contracts";
import { open, UnavailableError } from "@sotto/envelope";
import type { Platform } from "@sotto/service";

import { handle } from "../src/handle.ts";
import {
  aConversation,
  aFence,
  aGrant,
  aRecord,
  aSection,
  aTurn,
  audited,
  landedIn,
  openTestPlatform,
  sealedGrant,
  setFence,
  tenant,
  toolsOf,
} from "./bench.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await openTestPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

/** What lies in the archive of a section, opened; null when nothing does. */
const landedDocument = async (section: Section): Promise<VCon | null> => {
  const place = documentPlace(section, 1);
  const found = await platform.archive.get(place.name);
  if (found === null) return null;
  const { conversation } = section;
  const address = { slot: "archive", tenant, conversation, generation: 1 } as const;
  return readDocument(open(found.bytes, await platform.keys("cli").toOpen(address), place));
};

test("lands a section as one document, tells the gate and the audit log which turns are in it", async () => {
  const { tools, results } = toolsOf(platform);
  const section = await aSection(platform, aConversation(), {
    ends: [{ ordinal: 4, end: "replaced", reason: "REPLACED" }],
  });
  const outcome = await handle(tools, await aRecord(platform, section));
  const document = await landedDocument(section);
  expect(document === null ? [] : documentTurns(document).map((turn) => turn.text)).toEqual([
    "turn 1 of [PERSON_1]",
    "turn 2 of [PERSON_1]",
    "turn 3 of [PERSON_1]",
  ]);
  const { name } = documentPlace(section, 1);
  const said = await landedIn(platform, outcome);
  expect(said).toMatchObject({ section: 1, ordinals: [1, 2, 3], ends: section.ends, object: name });
  expect(audited(outcome)).toMatchObject({
    "document.landed": { object: name, sha256: said.sha256, ordinals: [1, 2, 3], result: "created" },
    "turns.ended": { ends: section.ends },
  });
  expect(results).toEqual(["created"]);
});

test("handled again after a crash between write and output it says the same, with the same audit ids", async () => {
  const { tools } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  const record = await aRecord(platform, section);
  const [first, second] = [await handle(tools, record), await handle(tools, record)];
  expect(await landedIn(platform, second)).toEqual(await landedIn(platform, first));
  expect(audited(second)["document.landed"]).toEqual({
    ...audited(first)["document.landed"],
    result: "same",
  });
});

test.each([
  ["all turns", null],
  ["one purpose", ["qa_review"]],
])("what landed before a fence on %s stays, and a repeat tells of what is there", async (_, purposes) => {
  const { tools, index } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  const record = await aRecord(platform, section);
  const first = await handle(tools, record);
  const { conversation } = section;
  setFence(index, aFence({ kind: "withdrawal", scope: { conversation }, purposes }));
  const second = await handle(tools, record);
  expect(await landedIn(platform, second)).toEqual(await landedIn(platform, first));
  expect(audited(second)["turns.ended"]).toBeUndefined();
});

test.each<[Fence["kind"], string, string]>([
  ["withdrawal", "discarded", "CONSENT_WITHDRAWN"],
  ["refusal", "discarded", "CONSENT_REFUSED"],
  ["objection", "discarded", "OBJECTION_RECORDED"],
  ["erasure", "erased", "ERASED"],
])("a %s that came since ends every turn as %s %s and no document is made", async (kind, end, reason) => {
  const { tools, index, results } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  setFence(index, aFence({ kind, scope: { conversation: section.conversation } }));
  const outcome = await handle(tools, await aRecord(platform, section));
  const ends = [1, 2, 3].map((ordinal) => ({ ordinal, part: 0, end, reason }));
  expect(await landedIn(platform, outcome)).toMatchObject({ ordinals: [], ends, object: null });
  expect(audited(outcome)).toEqual({ "turns.ended": expect.objectContaining({ ends }) });
  expect(await landedDocument(section)).toBeNull();
  expect(results).toEqual(["nothing"]);
});

test("only the turns whose grant a fence stops are left out", async () => {
  const { tools, index } = toolsOf(platform);
  const conversation = aConversation();
  const before = aGrant(conversation);
  // The second grant answers the withdrawal: it was given later.
  const withdrawal = aFence({ kind: "withdrawal", scope: { conversation } });
  const after = aGrant(conversation, { id: "g_after", from: 3, fences: [withdrawal.id] });
  const section = await aSection(platform, conversation, {
    turns: [
      await aTurn(platform, 1, before),
      await aTurn(platform, 2, before),
      await aTurn(platform, 3, after),
    ],
    grants: [await sealedGrant(platform, before), await sealedGrant(platform, after)],
  });
  setFence(index, withdrawal);
  const outcome = await handle(tools, await aRecord(platform, section));
  expect(await landedIn(platform, outcome)).toMatchObject({
    ordinals: [3],
    ends: [
      { ordinal: 1, end: "discarded" },
      { ordinal: 2, end: "discarded" },
    ],
  });
  const document = await landedDocument(section);
  expect(document === null ? [] : sectionOf(document).grants.map((grant) => grant.id)).toEqual(["g_after"]);
});

test("a purpose that was withdrawn alone is taken out of the lawful basis, the turns stay", async () => {
  const { tools, index } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  const { conversation } = section;
  setFence(index, aFence({ kind: "withdrawal", scope: { conversation }, purposes: ["qa_review"] }));
  const outcome = await handle(tools, await aRecord(platform, section));
  expect(await landedIn(platform, outcome)).toMatchObject({ ordinals: [1, 2, 3], ends: [] });
  const document = await landedDocument(section);
  expect(document?.attachments[0]?.body).toMatchObject({
    purpose_grants: [
      { purpose: "qa_review", granted: false },
      { purpose: "transcription", granted: true },
    ],
  });
});

test.each<[Fence["kind"], string]>([
  ["kill_switch", "KILL_SWITCH"],
  ["restriction", "PROCESSING_RESTRICTED"],
])(
  "a %s holds the section: sealed to quarantine, every turn accounted for, nothing landed",
  async (kind, reason) => {
    const { tools, index } = toolsOf(platform);
    const section = await aSection(platform, aConversation());
    setFence(index, aFence({ kind, scope: { conversation: section.conversation } }));
    const record = await aRecord(platform, section);
    const outcome = await handle(tools, record);
    expect(outcome.outputs).toEqual([
      expect.objectContaining({ topic: "quarantine", key: section.conversation, value: record.value }),
    ]);
    expect(audited(outcome)).toMatchObject({
      "turn.quarantined": { reason, origin: { topic: "redacted", offset: record.offset } },
      "turns.ended": { ends: [1, 2, 3].map((ordinal) => ({ ordinal, part: 0, end: "quarantined", reason })) },
    });
    expect(await landedDocument(section)).toBeNull();
  },
);

test("moves nothing while the fences are not proved fresh", async () => {
  const { tools, setFresh } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  const record = await aRecord(platform, section);
  setFresh(false);
  await expect(handle(tools, record)).rejects.toThrow(UnavailableError);
  expect(await landedDocument(section)).toBeNull();
  setFresh(true);
  expect(await landedIn(platform, await handle(tools, record))).toMatchObject({ ordinals: [1, 2, 3] });
});

test("a removal alone is landed as a mark", async () => {
  const { tools } = toolsOf(platform);
  const section = await aSection(platform, aConversation(), { turns: [], grants: [], removes: ["t_9"] });
  const said = await landedIn(platform, await handle(tools, await aRecord(platform, section)));
  expect(said).toMatchObject({ ordinals: [], object: documentPlace(section, 1).name });
  const document = await landedDocument(section);
  expect(document === null ? null : sectionOf(document).removes).toEqual(["t_9"]);
});

test("of a conversation that is erased nothing lands, whether it was opened before or not", async () => {
  const { tools } = toolsOf(platform);
  const section = await aSection(platform, aConversation());
  const record = await aRecord(platform, section);
  const erase = async (): Promise<void> => {
    await platform.keys("redactor").erase(tenant, section.conversation);
    tools.keys.forget(section.conversation);
  };
  // Erased in between: the section is open, its document has no key any more.
  const between = {
    ...tools,
    keys: {
      ...tools.keys,
      toSeal: async (address: Parameters<typeof tools.keys.toSeal>[0]) => {
        if (address.slot === "archive") await erase();
        return tools.keys.toSeal(address);
      },
    },
  };
  const said = await landedIn(platform, await handle(between, record));
  const ends = [1, 2, 3].map((ordinal) => ({ ordinal, part: 0, end: "erased", reason: "ERASED" }));
  expect(said).toMatchObject({ ordinals: [], ends, object: null });
  // Erased before: nobody can tell which ordinals were in it.
  const again = await handle(tools, record);
  expect(await landedIn(platform, again)).toMatchObject({ ordinals: [], ends: [], object: null });
  expect(await platform.archive.get(documentPlace(section, 1).name)).toBeNull();
});

test.each([
  ["another input", true],
  ["bytes that are no document of ours", false],
])("%s under the same name is an alert and goes to quarantine; what is there stays", async (_, ours) => {
  const { tools } = toolsOf(platform);
  const first = await aSection(platform, aConversation());
  const { name } = documentPlace(first, 1);
  if (ours) await handle(tools, await aRecord(platform, first));
  else await platform.archive.putIfAbsent(name, Buffer.from("not a frame"));
  const before = await platform.archive.get(name);
  const other = { ...first, inputDigest: new Uint8Array(32) };
  const outcome = await handle(tools, await aRecord(platform, other));
  expect(outcome.outputs?.map((output) => output.topic)).toEqual(["quarantine"]);
  expect(audited(outcome)).toMatchObject({
    "document.conflict": { object: name, section: 1 },
    "turn.quarantined": { reason: "SECTION_CONFLICT" },
    "turns.ended": { ends: [{ ordinal: 1, end: "quarantined" }, { ordinal: 2 }, { ordinal: 3 }] },
  });
  expect(await platform.archive.get(name)).toEqual(before);
});
