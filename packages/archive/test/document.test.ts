import fc from "fast-check";
import { expect, test } from "vitest";

import { DocumentError, encodeDocument, readDocument, sectionOf, toDocument } from "@sotto/archive";

import { aGrant, aSection, aTurn, noStops, startedAt } from "./builders.ts";

const document = toDocument(aSection(), [aGrant()], noStops);

test("writes a vCon: one text dialog a turn, parties without names, lineage without a URL", () => {
  const { attachments: _, ...head } = document;
  expect(head).toEqual({
    vcon: "0.4.0",
    uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    extensions: ["CC", "lawful_basis"],
    created_at: "2026-11-24T09:01:00.000Z",
    redacted: { uuid: expect.any(String), type: "personal_data" },
    parties: [
      { type: "person", role: "agent" },
      { type: "person", role: "customer" },
    ],
    dialog: [
      {
        type: "text",
        start: "2026-11-24T09:00:01.000Z",
        parties: [1],
        originator: 1,
        mediatype: "text/plain",
        encoding: "none",
        body: "turn 1 of [PERSON_1]",
      },
      expect.objectContaining({ originator: 0, body: "turn 2 of [PERSON_1]" }),
      expect.objectContaining({ originator: 1, body: "turn 3 of [PERSON_1]" }),
    ],
    analysis: [],
  });
  expect(document.attachments.map((a) => [a.purpose, a.party, a.dialog])).toEqual([
    ["lawful_basis", 1, 0],
    ["sotto_section", 1, 0],
  ]);
});

test("reads back what it has written, with receipt, grants, pauses, tokens and the input digest", () => {
  expect(readDocument(encodeDocument(document))).toEqual(document);
  const body = sectionOf(document);
  expect(body).toMatchObject({
    grants: [aGrant()],
    receipt: aSection().receipt,
    pauses: aSection().pauses,
    parties: aSection().parties,
    inputDigest: Buffer.from(aSection().inputDigest).toString("hex"),
  });
  expect(body.turns.map((turn) => [turn.ordinal, turn.grant])).toEqual([
    [1, "g_1"],
    [2, "g_1"],
    [3, "g_1"],
  ]);
});

test("says the CC roles of bots and third parties", () => {
  const section = aSection({
    parties: [
      { id: "p_agent", role: "bot", tokens: [] },
      { id: "p_customer", role: "third_party", tokens: [] },
    ],
  });
  expect(toDocument(section, [aGrant()], noStops).parties).toEqual([
    { type: "bot", role: "agent" },
    { type: "person", role: "thirdparty" },
  ]);
});

test("orders turns by start, then sequence, then event id, then part, whatever their order was", () => {
  const turns = [
    aTurn(4, { startAt: startedAt, sequence: 99, event: "e_z" }),
    aTurn(6, { startAt: startedAt + 1, event: "e_b" }),
    aTurn(5, { startAt: startedAt + 1, sequence: 7 }),
    aTurn(3, { startAt: startedAt + 1, sequence: 8 }),
    aTurn(8, { startAt: startedAt + 1, sequence: 9, event: "e_a", part: 0 }),
    aTurn(8, { startAt: startedAt + 1, sequence: 9, event: "e_a", part: 1 }),
    aTurn(1, { startAt: startedAt + 1, sequence: 9, event: "e_b" }),
  ];
  const expected = toDocument(aSection({ turns }), [aGrant()], noStops);
  expect(sectionOf(expected).turns.map((t) => `${t.ordinal}.${t.part}`)).toEqual([
    "4.0",
    "6.0",
    "5.0",
    "3.0",
    "8.0",
    "8.1",
    "1.0",
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(turns, { minLength: turns.length }), (shuffled) => {
      const again = toDocument(aSection({ turns: shuffled }), [aGrant()], noStops);
      expect(encodeDocument(again)).toEqual(encodeDocument(expected));
    }),
  );
});

test("keeps the place of a withheld turn, without a body and with its reason", () => {
  const section = aSection({
    turns: [aTurn(1, { text: null, withheld: "LANGUAGE_NOT_COVERED", findings: [] }), aTurn(2)],
  });
  const read = readDocument(encodeDocument(toDocument(section, [aGrant()], noStops)));
  expect(read.dialog[0]).toEqual({
    type: "text",
    start: "2026-11-24T09:00:01.000Z",
    parties: [1],
    originator: 1,
  });
  expect(sectionOf(read).turns[0]?.withheld).toBe("LANGUAGE_NOT_COVERED");
});

test("leaves out the turns that fences stop, keeps their ends, and drops a grant that nothing stands on", () => {
  const later = aGrant({ id: "g_2", from: 3 });
  const section = aSection({
    turns: [
      aTurn(1),
      aTurn(2),
      aTurn(3, { admission: { grant: "g_2", ordinal: 3, part: 0, cut: startedAt, day: 20_261_124 } }),
    ],
    ends: [{ ordinal: 9, end: "replaced", reason: "REPLACED" }],
  });
  const stops = {
    ends: [{ ordinal: 3, part: 0, end: "discarded" as const, reason: "CONSENT_WITHDRAWN" }],
    purposes: new Map([
      ["g_1", ["qa_review"]],
      ["g_2", ["transcription"]],
    ]),
  };
  const stopped = readDocument(encodeDocument(toDocument(section, [aGrant(), later], stops)));
  const body = sectionOf(stopped);
  expect(stopped.dialog).toHaveLength(2);
  expect(body.grants.map((grant) => grant.id)).toEqual(["g_1"]);
  expect(body.stopped).toEqual([{ grant: "g_1", purposes: ["qa_review"] }]);
  expect(body.ends).toEqual([...section.ends, ...stops.ends]);
});

test("a section with removals alone is a document without a claimed basis", () => {
  const section = aSection({ turns: [], removes: ["t_1"] });
  const read = readDocument(encodeDocument(toDocument(section, [aGrant()], noStops)));
  expect(read.attachments.map((a) => a.purpose)).toEqual(["sotto_section"]);
  expect(sectionOf(read)).toMatchObject({ removes: ["t_1"], grants: [] });
});

test("gives equal bytes for equal input, other ids for other sections", () => {
  const again = toDocument(structuredClone(aSection()), [structuredClone(aGrant())], noStops);
  expect(encodeDocument(again)).toEqual(encodeDocument(document));
  const next = toDocument(aSection({ section: 2 }), [aGrant()], noStops);
  expect(new Set([document.uuid, next.uuid, document.redacted.uuid, next.redacted.uuid]).size).toBe(4);
});

test.each([
  ["a party that is not there", aSection({ turns: [aTurn(1, { party: "p_other" })] }), [aGrant()]],
  ["a grant that is not there", aSection(), []],
])("makes no document of a turn with %s", (_, section, grants) => {
  expect(() => toDocument(section, grants, noStops)).toThrow(DocumentError);
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every object inside a value, by path. */
const objectsIn = (value: Json, path: string[] = []): string[][] => {
  if (value === null || typeof value !== "object") return [];
  const inner = Object.entries(value).flatMap(([key, item]) => objectsIn(item, [...path, key]));
  return Array.isArray(value) ? inner : [path, ...inner];
};

const at = (value: Json, path: readonly string[]): Json =>
  path.reduce<Json>((v, key) => {
    const next: unknown = v !== null && typeof v === "object" ? Reflect.get(v, key) : undefined;
    if (next === undefined) throw new Error("no such path");
    // The value came out of JSON.parse.
    return next as Json;
  }, value);

test("a field that the form does not know fails it, in every object of a document", () => {
  const text = Buffer.from(encodeDocument(document)).toString("utf8");
  // attributes and kinds are records: their keys are data.
  const records = new Set(["kinds", "attributes"]);
  const paths = objectsIn(JSON.parse(text)).filter((path) => !records.has(path.at(-1) ?? ""));
  expect(paths.length).toBeGreaterThan(20);
  for (const path of paths) {
    const changed: Json = JSON.parse(text);
    Object.assign(at(changed, path) ?? {}, { mimetype: "text/plain" });
    expect(() => readDocument(Buffer.from(JSON.stringify(changed))), path.join(".")).toThrow(DocumentError);
  }
});

const without = (value: object, ...fields: string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !fields.includes(key)));

test.each<[string, (d: typeof document) => unknown]>([
  ["a missing creation time", (d) => without(d, "created_at")],
  ["another version", (d) => ({ ...d, vcon: "0.0.1" })],
  ["a party name", (d) => ({ ...d, parties: d.parties.map((p) => ({ ...p, name: "Katie" })) })],
  ["a URL in its lineage", (d) => ({ ...d, redacted: { ...d.redacted, url: "https://vcon.example/1" } })],
  ["the id of another section", (d) => ({ ...d, uuid: d.redacted.uuid })],
  ["a dialog too many", (d) => ({ ...d, dialog: [...d.dialog, d.dialog[0]] })],
  ["a party out of range", (d) => ({ ...d, parties: d.parties.slice(1) })],
  ["two sections", (d) => ({ ...d, attachments: [d.attachments[1], d.attachments[1]] })],
  ["no section", (d) => ({ ...d, attachments: [d.attachments[0]] })],
  ["a body that is gone", (d) => ({ ...d, dialog: d.dialog.map((one) => without(one, "body")) })],
  [
    "content gone and nothing that says so",
    (d) => ({ ...d, dialog: d.dialog.map((one) => without(one, "body", "encoding", "mediatype")) }),
  ],
])("refuses %s", (_, change) => {
  expect(() => readDocument(Buffer.from(JSON.stringify(change(document))))).toThrow(DocumentError);
});

test("says what is wrong without saying what stands there", () => {
  for (const bytes of [Buffer.from("{canary"), Buffer.from([0xff, 0xfe]), Buffer.from('"canary"')])
    expect(() => readDocument(bytes)).toThrow(/^(?!.*canary)/);
  const wrong = { ...document, dialog: document.dialog.map((d) => ({ ...d, body: 4, canary: "canary" })) };
  expect(() => readDocument(Buffer.from(JSON.stringify(wrong)))).toThrow(/^(?!.*canary).*dialog/);
});
