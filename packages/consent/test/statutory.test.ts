import { expect, test } from "vitest";

import { decide, type DecisionFacts } from "../src/index.ts";
import { aConsent, aCustomer, anAck, inPlace, lia, statutory } from "./a-case.ts";

type Case = [title: string, facts: DecisionFacts, decision: string, reason: string];

const inUk = { parties: inPlace("GB"), consents: [anAck()] };

const byStatute: Case[] = [
  ["one party's yes, New York", statutory({ consents: [anAck()] }), "admit", "ADMIT_ONE_PARTY"],
  ["nobody's yes, New York", statutory({ consents: [] }), "hold", "CONSENT_MISSING"],
  [
    "a foreign notice matters to nobody when the agent's yes is enough",
    statutory({
      parties: inPlace("US-NY", { notice: { delivered_at: null, language_ok: false } }),
      consents: [anAck()],
    }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "a child in a one-party place",
    statutory({ parties: inPlace("US-NY", { age: 10 }), consents: [anAck()] }),
    "hold",
    "GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "a child and its guardian in a one-party place",
    statutory({ parties: inPlace("US-NY", { age: 10 }), consents: [anAck(), aConsent({ guardian: true })] }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "a guardian who is on the call",
    statutory({
      parties: [...inPlace("US-NY", { age: 10 }), aCustomer({ id: "mum", role: "guardian" })],
      consents: [anAck(), aConsent({ party: "mum" })],
    }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "face to face in Oregon, the agent's yes",
    statutory({ parties: inPlace("US-OR"), consents: [anAck()], interaction: { channel: "in_person" } }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "by phone in Oregon, the agent's yes",
    statutory({ parties: inPlace("US-OR"), consents: [anAck()] }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "a beep in Connecticut",
    statutory({ parties: inPlace("US-CT"), consents: [aConsent({ method: "tone" }), anAck()] }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
  [
    "going on without a notice, California",
    statutory({
      parties: inPlace("US-CA", { notice: { delivered_at: null } }),
      consents: [aConsent({ method: "notice_continue" }), anAck()],
    }),
    "hold",
    "CONSENT_METHOD_INSUFFICIENT",
  ],
  [
    "one yes for everything in New York",
    statutory({ consents: [anAck(), aConsent({ granular: false })] }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "one yes for everything in California",
    statutory({ parties: inPlace("US-CA"), consents: [anAck(), aConsent({ granular: false })] }),
    "hold",
    "CONSENT_NOT_SPECIFIC",
  ],
  [
    "a conditional yes in California",
    statutory({ parties: inPlace("US-CA"), consents: [anAck(), aConsent({ freely_given: false })] }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
  [
    "an analyst's interest, United Kingdom",
    statutory({ ...inUk, bases: [lia("recording"), lia("transcription")] }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "the same, asked as well",
    statutory({
      ...inUk,
      consents: [anAck(), aConsent({ status: "pending" })],
      bases: [lia("recording"), lia("transcription")],
    }),
    "hold",
    "CONSENT_PENDING",
  ],
  [
    "the same, for another party",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), party: "somebody" }] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "the same, for this party",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), party: "cust" }] }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "the same, for a child",
    statutory({ ...inUk, parties: inPlace("GB", { age: 12 }), bases: [lia("transcription")] }),
    "hold",
    "GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "the same, nowhere written down",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), documented: false }] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "the same, no way out",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), opt_out_offered: false }] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "consent named as a basis is no consent",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), basis: "consent" }] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a basis no law knows",
    statutory({ ...inUk, bases: [{ ...lia("transcription"), basis: "curiosity" }] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a contract for a chat in Germany",
    statutory({
      parties: inPlace("DE"),
      consents: [anAck()],
      interaction: { channel: "chat" },
      bases: [{ ...lia("transcription"), basis: "contract" }],
    }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "a contract for a call in Germany",
    statutory({
      parties: inPlace("DE"),
      consents: [anAck({ method: "signed" })],
      bases: [{ ...lia("transcription"), basis: "contract" }],
    }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "an interest, and the staff not asked",
    statutory({ parties: inPlace("GB"), consents: [], bases: [lia("transcription")] }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "a controller in Germany, everybody in New York",
    statutory({ controller: { jurisdiction: "DE" }, consents: [anAck()] }),
    "hold",
    "CONSENT_MISSING",
  ],
  ["the same, and a yes", statutory({ controller: { jurisdiction: "DE" } }), "admit", "ADMIT_CONSENT"],
  [
    "a controller in Chile",
    statutory({ controller: { jurisdiction: "CL" }, consents: [anAck()] }),
    "admit",
    "ADMIT_ONE_PARTY",
  ],
  [
    "two places a customer may be in",
    statutory({ parties: inPlace(["US-NY", "US-CA"]), consents: [anAck()] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "no place a customer may be in",
    statutory({ parties: inPlace([]), consents: [anAck()] }),
    "hold",
    "JURISDICTION_UNKNOWN",
  ],
  [
    "emotions of staff in the EU",
    statutory({ parties: inPlace("FR"), purposes: ["agent_emotion"] }),
    "discard",
    "PURPOSE_PROHIBITED",
  ],
  [
    "emotions of staff in the EU, nothing personal",
    statutory({ parties: inPlace("FR"), purposes: ["agent_emotion"], interaction: { personal_data: false } }),
    "discard",
    "PURPOSE_PROHIBITED",
  ],
  [
    "emotions of staff in New York, the agent only acknowledged",
    statutory({ purposes: ["agent_emotion"], consents: [anAck({ purposes: ["agent_emotion"] })] }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "emotions of staff in New York, the agent agreed",
    statutory({
      purposes: ["agent_emotion"],
      consents: [anAck({ method: "signed", purposes: ["agent_emotion"] })],
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "another place a customer may be in",
    statutory({ parties: inPlace("US-NY", { jurisdiction_candidates: ["US-CA"] }), consents: [anAck()] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a voiceprint in New York",
    statutory({
      purposes: ["biometric_voiceprint"],
      consents: [aConsent({ purposes: ["biometric_voiceprint"] })],
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a voiceprint in Illinois by word of mouth",
    statutory({
      parties: inPlace("US-IL"),
      purposes: ["biometric_voiceprint"],
      consents: [aConsent({ purposes: ["biometric_voiceprint"] })],
    }),
    "hold",
    "CONSENT_METHOD_INSUFFICIENT",
  ],
  [
    "a voiceprint in Illinois, signed",
    statutory({
      parties: inPlace("US-IL"),
      purposes: ["biometric_voiceprint"],
      consents: [aConsent({ method: "signed", purposes: ["biometric_voiceprint"] })],
    }),
    "admit",
    "ADMIT_ALL_PARTY",
  ],
];

test.each(byStatute)("statutory: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});
