import { expect, test } from "vitest";

import { documentOrdinals, documentTurns, toDocument } from "@sotto/archive";

import { aGrant, aSection, aTurn, conversation, noStops, startedAt } from "./builders.ts";

test("gives a reader flat turns: who, when, the redacted text, what is masked", () => {
  const [first] = documentTurns(toDocument(aSection(), [aGrant()], noStops));
  expect(first).toMatchObject({
    tenant: "acme",
    line: "support",
    conversation,
    section: 1,
    channel: "chat",
    ordinal: 1,
    part: 0,
    id: "t_1",
    party: "p_customer",
    role: "customer",
    startAt: startedAt + 1000,
    offsetMs: 1000,
    text: "turn 1 of [PERSON_1]",
    withheld: null,
    masked: 1,
    grant: "g_1",
    purposes: ["transcription", "qa_review"],
  });
});

test("gives no purpose that a fence had taken when the section landed", () => {
  const stops = { ends: [], purposes: new Map([["g_1", ["qa_review"]]]) };
  const turns = documentTurns(toDocument(aSection(), [aGrant()], stops));
  expect(turns.map((turn) => turn.purposes)).toEqual([
    ["transcription"],
    ["transcription"],
    ["transcription"],
  ]);
});

test("gives a withheld turn without text and with the reason", () => {
  const section = aSection({
    turns: [aTurn(1, { text: null, withheld: "LANGUAGE_NOT_COVERED", findings: [] })],
  });
  const [turn] = documentTurns(toDocument(section, [aGrant()], noStops));
  expect(turn).toMatchObject({ text: null, withheld: "LANGUAGE_NOT_COVERED", masked: 0 });
});

test("counts an ordinal once, however many parts it has", () => {
  const section = aSection({ turns: [aTurn(7), aTurn(2, { part: 1 }), aTurn(2, { part: 0 })] });
  expect(documentOrdinals(toDocument(section, [aGrant()], noStops))).toEqual([2, 7]);
});
