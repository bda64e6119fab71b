import { expect, test } from "vitest";

import { decide, type DecisionFacts } from "../src/index.ts";
import { aConsent, anAck, inPlace, lia, minute, noon, recorded, statutory } from "./a-case.ts";

type Case = [title: string, facts: DecisionFacts, decision: string, reason: string];

const yes = aConsent();
const inUk = { parties: inPlace("GB"), consents: [anAck()] };
const captured = { interaction: recorded(noon - 5 * minute) };

const afterwards: Case[] = [
  [
    "recorded, nobody agreed",
    statutory({ ...captured, parties: inPlace("US-CA"), consents: [anAck()] }),
    "discard",
    "CAPTURED_WITHOUT_CONSENT",
  ],
  [
    "recorded, agreed by a beep",
    statutory({ ...captured, parties: inPlace("US-PA"), consents: [aConsent({ method: "tone" }), anAck()] }),
    "discard",
    "CAPTURED_WITHOUT_CONSENT",
  ],
  [
    "recorded, the agent agreed before, New York",
    statutory({ ...captured, consents: [anAck()] }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "recorded, agreed before and again after",
    statutory({
      ...captured,
      parties: inPlace("US-CA"),
      consents: [yes, aConsent({ at: noon - minute }), anAck()],
    }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
  [
    "recorded at a time nobody knows",
    statutory({
      interaction: { capture: { state: "recorded", started_at: null } },
      parties: inPlace("US-CA"),
    }),
    "discard",
    "CONSENT_NOT_PRIOR",
  ],
  [
    "recorded, informed afterwards, United Kingdom",
    statutory({
      ...captured,
      ...inUk,
      parties: inPlace("GB", { notice: { delivered_at: noon - minute } }),
      bases: [lia("transcription")],
    }),
    "discard",
    "INFO_DUTY_NOT_MET",
  ],
  [
    "recorded, informed before, United Kingdom",
    statutory({ ...captured, ...inUk, bases: [lia("transcription")] }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "recorded, and the agent had not agreed, Germany",
    statutory({ ...captured, parties: inPlace("DE"), consents: [yes] }),
    "discard",
    "CAPTURED_WITHOUT_CONSENT",
  ],
  [
    "recorded, and the agent had not acknowledged, California",
    statutory({ ...captured, parties: inPlace("US-CA"), consents: [yes] }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "recorded with a yes and the announcement left out, Washington",
    statutory({
      ...captured,
      parties: inPlace("US-WA", { notice: { delivered_at: 0, recorded_in_audio: false } }),
    }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
  [
    "recorded, announced, announcement left out of a chat, Washington",
    statutory({
      interaction: { channel: "chat", ...captured.interaction },
      parties: inPlace("US-WA", { notice: { delivered_at: 0 } }),
      consents: [aConsent({ method: "notice_continue" }), anAck()],
    }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
  [
    "recorded while valid, run out since",
    statutory({
      ...captured,
      parties: inPlace("US-CA"),
      consents: [aConsent({ expires_at: noon - minute }), anAck()],
    }),
    "hold",
    "CONSENT_EXPIRED",
  ],
];

test.each(afterwards)("captured: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});
