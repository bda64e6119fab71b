import { expect, test } from "vitest";

import { decide, type DecisionFacts } from "../src/index.ts";
import { aCase, aConsent, aCustomer, anAck, anAgent, inPlace, law, lia, minute, noon } from "./a-case.ts";

type Case = [title: string, facts: DecisionFacts, decision: string, reason: string];

const everywhere = ["US-NY", "US-CA", "US-WA", "CA-ON", "AU-NSW", "GB", "DK", "FR", "CH", "SG", "BR", "IN"];

test.each(everywhere)("explicit: an affirmative yes and an acknowledged policy are enough in %s", (place) => {
  expect(decide(aCase({ parties: inPlace(place) }))).toMatchObject({
    decision: "admit",
    reason: "ADMIT_CONSENT",
  });
});

test.each(everywhere)("explicit: going on after an announcement is not enough in %s", (place) => {
  const consents = [aConsent({ method: "notice_continue" }), anAck()];
  expect(decide(aCase({ parties: inPlace(place), consents }))).toMatchObject({
    decision: "hold",
    reason: "CONSENT_METHOD_INSUFFICIENT",
  });
});

const yes = aConsent();

const explicit: Case[] = [
  [
    "a yes by key press",
    aCase({ consents: [aConsent({ method: "dtmf" }), anAck()] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a beep",
    aCase({ consents: [aConsent({ method: "tone" }), anAck()] }),
    "hold",
    "CONSENT_METHOD_INSUFFICIENT",
  ],
  ["nobody said anything", aCase({ consents: [] }), "hold", "CONSENT_MISSING"],
  ["only the agent", aCase({ consents: [anAck()] }), "hold", "CONSENT_MISSING"],
  ["only the customer", aCase({ consents: [yes] }), "hold", "AGENT_CONSENT_MISSING"],
  [
    "asked, no answer",
    aCase({ consents: [aConsent({ status: "pending" }), anAck()] }),
    "hold",
    "CONSENT_PENDING",
  ],
  ["a no", aCase({ consents: [aConsent({ status: "refused" }), anAck()] }), "discard", "CONSENT_REFUSED"],
  ["the agent's no", aCase({ consents: [yes, anAck({ status: "refused" })] }), "discard", "CONSENT_REFUSED"],
  [
    "a yes taken back",
    aCase({ consents: [yes, aConsent({ status: "withdrawn", at: noon - minute }), anAck()] }),
    "discard",
    "CONSENT_WITHDRAWN",
  ],
  [
    "a no, then a yes",
    aCase({ consents: [aConsent({ status: "refused", at: noon - 20 * minute }), yes, anAck()] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a yes and a no of the same moment",
    aCase({ consents: [aConsent({ status: "refused" }), yes, anAck()] }),
    "discard",
    "CONSENT_REFUSED",
  ],
  [
    "a yes taken back, then a yes that is not enough",
    aCase({
      consents: [
        aConsent({ at: noon - 9 * minute }),
        aConsent({ status: "withdrawn", at: noon - 8 * minute }),
        aConsent({ method: "notice_continue", at: noon - 7 * minute }),
        anAck(),
      ],
    }),
    "hold",
    "CONSENT_METHOD_INSUFFICIENT",
  ],
  [
    "an objection as a record",
    aCase({ consents: [yes, aConsent({ status: "objected", at: noon - minute }), anAck()] }),
    "discard",
    "OBJECTION_RECORDED",
  ],
  ["an objection to everything", aCase({ context: { objections: ["*"] } }), "discard", "OBJECTION_RECORDED"],
  [
    "a state nobody knows",
    aCase({ consents: [aConsent({ status: "maybe" }), anAck()] }),
    "hold",
    "CONSENT_PENDING",
  ],
  [
    "a yes from later than now",
    aCase({ consents: [aConsent({ at: noon + 1 }), anAck()] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a yes with a time that is none",
    aCase({ consents: [aConsent({ at: "soon" }), anAck()] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a no with a time that is none",
    aCase({ consents: [yes, aConsent({ status: "refused", at: "soon" }), anAck()] }),
    "discard",
    "CONSENT_REFUSED",
  ],
  [
    "a yes that has run out",
    aCase({ consents: [aConsent({ expires_at: noon }), anAck()] }),
    "hold",
    "CONSENT_EXPIRED",
  ],
  [
    "a yes that holds for another minute",
    aCase({ consents: [aConsent({ expires_at: noon + minute }), anAck()] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "an expiry that is no time",
    aCase({ consents: [aConsent({ expires_at: "later" }), anAck()] }),
    "hold",
    "CONSENT_EXPIRED",
  ],
  [
    "a yes under an old notice",
    aCase({ consents: [aConsent({ notice_version: "3" }), anAck()] }),
    "hold",
    "RECONSENT_REQUIRED",
  ],
  [
    "a yes under no notice",
    aCase({ consents: [aConsent({ notice_version: null }), anAck()] }),
    "hold",
    "RECONSENT_REQUIRED",
  ],
  [
    "a yes under notice 10, where 9 is the oldest valid one",
    aCase({ consents: [aConsent({ notice_version: "10" }), anAck()], context: { notice_min_valid: "9" } }),
    "hold",
    "RECONSENT_REQUIRED",
  ],
  [
    "the staff's policy under that notice too",
    aCase({
      consents: [aConsent({ notice_version: "10" }), anAck({ notice_version: "9.1" })],
      context: { notice_min_valid: "9" },
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a yes of another call",
    aCase({ consents: [aConsent({ interaction_id: "i-0" }), anAck()] }),
    "hold",
    "CONSENT_BINDING_MISMATCH",
  ],
  [
    "a yes bound to another call in the ledger's words",
    aCase({ consents: [aConsent({ binding: { interaction_id: "i-0" } }), anAck()] }),
    "hold",
    "CONSENT_BINDING_MISMATCH",
  ],
  [
    "a standing yes of another call",
    aCase({ consents: [aConsent({ interaction_id: "i-0", standing: true }), anAck()] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "evidence that is gone",
    aCase({ consents: [aConsent({ evidence: "missing" }), anAck()] }),
    "hold",
    "EVIDENCE_INTEGRITY_FAILED",
  ],
  [
    "one yes for everything",
    aCase({ parties: inPlace("DK"), consents: [aConsent({ granular: false }), anAck()] }),
    "hold",
    "CONSENT_NOT_SPECIFIC",
  ],
  [
    "a yes that was the price of the service",
    aCase({ parties: inPlace("DK"), consents: [aConsent({ freely_given: false }), anAck()] }),
    "hold",
    "CONSENT_NOT_FREE",
  ],
  ["a restriction", aCase({ context: { restricted: true } }), "hold", "PROCESSING_RESTRICTED"],
  ["no ledger", aCase({ context: { ledger: "down" } }), "hold", "LEDGER_UNAVAILABLE"],
  [
    "no ledger, and nothing personal",
    aCase({ interaction: { personal_data: false }, context: { ledger: "down" } }),
    "hold",
    "LEDGER_UNAVAILABLE",
  ],
  [
    "nothing personal",
    aCase({ interaction: { personal_data: false }, consents: [] }),
    "admit",
    "ADMIT_NO_PERSONAL_DATA",
  ],
  [
    "nothing personal, but a no",
    aCase({ interaction: { personal_data: false }, consents: [aConsent({ status: "refused" })] }),
    "discard",
    "CONSENT_REFUSED",
  ],
  [
    "a child of twelve",
    aCase({ parties: inPlace("US-NY", { age: 12 }) }),
    "hold",
    "GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "a child of twelve, and its mother",
    aCase({
      parties: inPlace("US-NY", { age: 12 }),
      consents: [aConsent({ guardian: "p-mother" }), anAck()],
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a child of twelve, and the agent in her place",
    aCase({ parties: inPlace("US-NY", { age: 12 }), consents: [aConsent({ guardian: "agent" }), anAck()] }),
    "hold",
    "GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "a child of twelve that speaks for itself",
    aCase({ parties: inPlace("US-NY", { age: 12 }), consents: [aConsent({ guardian: "cust" }), anAck()] }),
    "hold",
    "GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "a child of thirteen in New York",
    aCase({ parties: inPlace("US-NY", { age: 13 }) }),
    "admit",
    "ADMIT_CONSENT",
  ],
  ["nobody knows where", aCase({ parties: inPlace(null) }), "admit", "ADMIT_STRICTEST"],
  [
    "a supervisor listens in",
    aCase({ parties: [...inPlace("US-NY"), anAgent({ id: "boss", role: "supervisor" })] }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "a third person joins",
    aCase({ parties: [...inPlace("US-NY"), aCustomer({ id: "son", role: "third_party" })] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a bot is nobody",
    aCase({ parties: [...inPlace("US-NY"), anAgent({ id: "bot", role: "bot", jurisdiction: null })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  ["only bots", aCase({ parties: [anAgent({ id: "bot", role: "bot" })] }), "hold", "CONSENT_MISSING"],
  [
    "Germany, the agent only acknowledged",
    aCase({ parties: inPlace("DE") }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "Germany, the agent signed",
    aCase({ parties: inPlace("DE"), consents: [yes, anAck({ method: "signed" })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "Germany, a works agreement alone",
    aCase({ parties: inPlace("DE"), consents: [yes, anAck({ method: "works_agreement" })] }),
    "hold",
    "AGENT_CONSENT_MISSING",
  ],
  [
    "Germany, in writing",
    aCase({ parties: inPlace("DE"), interaction: { channel: "chat" } }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a legitimate interest instead of a yes",
    aCase({ parties: inPlace("GB"), consents: [anAck()], bases: [lia("recording"), lia("transcription")] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a recording that a law demands",
    aCase({
      parties: inPlace("DE"),
      purposes: ["recording_regulatory"],
      consents: [],
      bases: [law("recording_regulatory")],
    }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "a recording that a law demands, in New York",
    aCase({ purposes: ["recording_regulatory"], consents: [], bases: [law("recording_regulatory")] }),
    "admit",
    "ADMIT_LEGAL_BASIS",
  ],
  [
    "the same law for transcription",
    aCase({ parties: inPlace("DE"), consents: [], bases: [law("transcription")] }),
    "hold",
    "CONSENT_MISSING",
  ],
  [
    "a kill switch",
    aCase({ context: { stops: [{ reason: "KILL_SWITCH", purposes: null, fence: "f" }] } }),
    "hold",
    "KILL_SWITCH",
  ],
  [
    "an erasure under a kill switch",
    aCase({
      context: {
        stops: [
          { reason: "KILL_SWITCH", purposes: null, fence: "f" },
          { reason: "ERASED", purposes: null, fence: "g" },
        ],
      },
    }),
    "discard",
    "ERASED",
  ],
  [
    "a stop of another purpose",
    aCase({ context: { stops: [{ reason: "CONSENT_WITHDRAWN", purposes: ["analytics"], fence: "f" }] } }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a stop whose reason nobody knows",
    aCase({ context: { stops: [{ reason: "MYSTERY", purposes: null, fence: "f" }] } }),
    "hold",
    "PROCESSING_RESTRICTED",
  ],
  ["words from a payment pause", aCase({ context: { paused: true } }), "discard", "CAPTURE_PAUSED"],
  ["a purpose nobody knows", aCase({ purposes: ["constructor"] }), "discard", "PURPOSE_PROHIBITED"],
  ["no purpose at all", aCase({ purposes: [] }), "hold", "PURPOSE_PROHIBITED"],
  [
    "no profile is explicit",
    { ...aCase({ consents: [anAck()] }), profile: undefined } as unknown as DecisionFacts,
    "hold",
    "CONSENT_MISSING",
  ],
];

test.each(explicit)("explicit: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});

test("the table has at least 25 rows", () => expect(explicit.length).toBeGreaterThanOrEqual(25));
