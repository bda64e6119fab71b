import fc from "fast-check";
import { expect, test } from "vitest";

import { decide, type DecisionConsent, type DecisionFacts } from "../src/index.ts";
import {
  aCase,
  aConsent,
  aCustomer,
  anAck,
  anAgent,
  aProcessor,
  inPlace,
  minute,
  noon,
  recorded,
} from "./a-case.ts";
import rows from "./data/decisions.json" with { type: "json" };

test.each(rows)("decides $id", ({ facts, expected }) => {
  const made = decide(facts as DecisionFacts);
  expect([made.decision, made.reason, made.purpose_decisions]).toEqual([
    expected.decision,
    expected.reason,
    expected.purpose_decisions,
  ]);
});

const yes = aConsent();
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

const explicit: [string, DecisionFacts, string, string][] = [
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
  [
    "an undisclosed processor",
    aCase({ processors: [aProcessor({ disclosed: false })] }),
    "hold",
    "PROCESSOR_NOT_DISCLOSED",
  ],
  [
    "an undisclosed processor that is listening",
    aCase({ processors: [aProcessor({ disclosed: false, live_capture: true })] }),
    "discard",
    "PROCESSOR_CAPTURED_UNDISCLOSED",
  ],
  [
    "an undisclosed processor of another purpose",
    aCase({ processors: [aProcessor({ disclosed: false, purposes: ["analytics"] })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "no contract",
    aCase({ processors: [aProcessor({ contract: "none" })] }),
    "hold",
    "PROCESSOR_CONTRACT_MISSING",
  ],
  [
    "health data without a BAA",
    aCase({ processors: [aProcessor()], context: { phi: true } }),
    "hold",
    "BAA_MISSING",
  ],
  [
    "health data with a BAA",
    aCase({ processors: [aProcessor({ contract: "baa" })], context: { phi: true } }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a processor that learns, in New York",
    aCase({ processors: [aProcessor({ own_use: "own" })] }),
    "hold",
    "PROCESSOR_OWN_USE",
  ],
  [
    "a processor that could learn, in New York",
    aCase({ processors: [aProcessor({ own_use: "capable" })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a processor of which nobody knows, in New York",
    aCase({ processors: [aProcessor({ own_use: null })] }),
    "hold",
    "PROCESSOR_OWN_USE",
  ],
  [
    "a processor that could learn, in Denmark",
    aCase({ parties: inPlace("DK"), processors: [aProcessor({ own_use: "capable" })] }),
    "hold",
    "PROCESSOR_OWN_USE",
  ],
  [
    "a processor that could learn, and everybody agreed, in California",
    aCase({
      parties: inPlace("US-CA"),
      processors: [aProcessor({ own_use: "capable" })],
      consents: [aConsent({ purposes: ["recording", "transcription", "vendor_model_training"] }), anAck()],
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "data that leaves the EU",
    aCase({ parties: inPlace("FR"), processors: [aProcessor({ transfer: "n/a" })] }),
    "hold",
    "TRANSFER_MECHANISM_MISSING",
  ],
  [
    "data that goes to an adequate country",
    aCase({ parties: inPlace("FR"), processors: [aProcessor({ location: "JP", transfer: "n/a" })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "data that stays, in the United Kingdom",
    aCase({ parties: inPlace("GB"), processors: [aProcessor({ location: "GB", transfer: null })] }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "data that goes nobody knows where",
    aCase({ parties: inPlace("FR"), processors: [aProcessor({ location: null, transfer: "none" })] }),
    "hold",
    "TRANSFER_MECHANISM_MISSING",
  ],
  ["card security data", aCase({ context: { sad_present: true } }), "hold", "REDACTION_REQUIRED"],
  [
    "card security data that was cut out",
    aCase({ context: { sad_present: true, redaction: "applied" } }),
    "admit",
    "ADMIT_CONSENT",
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
    "a bot that does not say so, in Denmark",
    aCase({ parties: inPlace("DK"), interaction: { ai_agent: true } }),
    "hold",
    "AI_DISCLOSURE_MISSING",
  ],
  [
    "the same before the duty began",
    aCase({
      evaluated_at: "2026-08-01T12:00:00Z",
      parties: inPlace("DK", { notice: { delivered_at: 0 } }),
      consents: [aConsent({ at: 1 }), anAck({ at: 1 })],
      interaction: { ai_agent: true },
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "a bot that says so, in Denmark",
    aCase({ parties: inPlace("DK"), interaction: { ai_agent: true, ai_disclosed: true } }),
    "admit",
    "ADMIT_CONSENT",
  ],
  [
    "nobody was informed, in Denmark",
    aCase({ parties: inPlace("DK", { notice: { delivered_at: null } }) }),
    "hold",
    "INFO_DUTY_NOT_MET",
  ],
  [
    "informed in a foreign language",
    aCase({ parties: inPlace("US-NY", { notice: { delivered_at: noon - minute, language_ok: false } }) }),
    "hold",
    "NOTICE_LANGUAGE",
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
    "nobody knows where, and a processor could learn",
    aCase({ parties: inPlace(null), processors: [aProcessor({ own_use: "capable" })] }),
    "hold",
    "PROCESSOR_OWN_USE",
  ],
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
    "Germany, a works agreement and the agent informed",
    aCase({
      parties: [
        aCustomer({ jurisdiction: "DE" }),
        anAgent({ jurisdiction: "DE", notice: { delivered_at: 0 } }),
      ],
      consents: [yes, anAck({ method: "works_agreement" })],
    }),
    "admit",
    "ADMIT_CONSENT",
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

test("has its own table of at least 25 explicit cases", () =>
  expect(explicit.length).toBeGreaterThanOrEqual(25));

test.each(explicit)("explicit: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});

function lia(purpose: string) {
  return { purpose, party: "*", basis: "legitimate_interest", documented: true, opt_out_offered: true };
}
function law(purpose: string) {
  return { purpose, party: "*", basis: "legal_obligation", documented: true };
}

const statutory = (over: Parameters<typeof aCase>[0]): DecisionFacts =>
  aCase({ profile: "statutory", ...over });
const inUk = { parties: inPlace("GB"), consents: [anAck()] };
const captured = { interaction: recorded(noon - 5 * minute) };

const byStatute: [string, DecisionFacts, string, string][] = [
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
    statutory({ purposes: ["agent_emotion"], consents: [anAck({ method: "signed", purposes: ["agent_emotion"] })] }),
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

test.each(byStatute)("statutory: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});

test("a hold that lasted too long ends every purpose", () => {
  const facts = aCase({
    processors: [aProcessor({ disclosed: false })],
    context: { hold_since: noon - 86_400_001 },
  });
  expect(decide(facts)).toMatchObject({
    decision: "discard",
    reason: "HOLD_TTL_EXPIRED",
    purpose_decisions: { recording: "deny", transcription: "deny" },
  });
});

test("a hold without a bound of its own has policy's", () => {
  const context = { ...aCase({ consents: [] }).context, hold_since: noon - 86_400_001 };
  const { hold_ttl_s: _bound, ...unbounded } = context;
  expect(decide({ ...aCase({ consents: [] }), context: unbounded })).toMatchObject({
    reason: "HOLD_TTL_EXPIRED",
  });
  expect(decide(aCase({ consents: [], context: { hold_since: noon - 86_400_000 } }))).toMatchObject({
    reason: "CONSENT_MISSING",
  });
});

test("each purpose has a decision and a reason of its own", () => {
  const made = decide(aCase({ purposes: ["transcription", "analytics"], processors: [aProcessor()] }));
  expect(made.purpose_decisions).toEqual({ transcription: "admit", analytics: "hold" });
  expect(made.purpose_reasons).toEqual({ transcription: "ADMIT_CONSENT", analytics: "CONSENT_MISSING" });
});

test("names the rules and the sources that decided", () => {
  const made = decide(aCase({ parties: inPlace("DE"), consents: [] }));
  expect(made.rules).toEqual(["reason/CONSENT_MISSING", "demand/ordinary", "profile/explicit", "place/DE"]);
  expect(made.sources).toContain("GDPR Art. 6(1)");
  expect(made.sources.some((source) => source.includes("§ 201 StGB"))).toBe(true);
  expect(made.policy.digest).toMatch(/^[0-9a-f]{64}$/);
});

test("an admit names the consents and bases it stands on, and no others", () => {
  const used = decide(
    aCase({
      consents: [
        aConsent({ id: "k1" }),
        aConsent({ id: "k2", purposes: ["marketing"] }),
        anAck({ id: "k3" }),
      ],
    }),
  );
  expect(used.consents).toEqual(["k1", "k3"]);
  const basis = lia("transcription");
  expect(
    decide(statutory({ ...inUk, purposes: ["transcription"], bases: [lia("marketing"), basis] })).bases,
  ).toEqual([basis]);
});

const status = fc.constantFrom("given", "refused", "withdrawn", "objected", "pending");
const aFact = fc
  .record({
    profile: fc.constantFrom("explicit" as const, "statutory" as const),
    place: fc.constantFrom("US-NY", "US-CA", "US-WA", "DE", "GB", "CA-ON", "PH", null),
    channel: fc.constantFrom("voice", "chat"),
    recordedAt: fc.option(fc.integer({ min: noon - 20 * minute, max: noon })),
    age: fc.option(fc.integer({ min: 8, max: 40 })),
    disclosed: fc.boolean(),
    bases: fc.subarray([lia("recording"), lia("transcription"), law("recording_regulatory")]),
    said: fc.array(
      fc.record({
        party: fc.constantFrom("cust", "agent"),
        status,
        method: fc.constantFrom("spoken", "notice_continue", "policy_ack", "signed", "tone"),
        at: fc.integer({ min: noon - 30 * minute, max: noon + minute }),
        guardian: fc.boolean(),
        evidence: fc.constantFrom("ok", "ok", "ok", "hash_mismatch"),
      }),
      { maxLength: 7 },
    ),
  })
  .map(({ place, age, recordedAt, channel, disclosed, said, ...rest }) =>
    aCase({
      ...rest,
      parties: inPlace(place, { age }),
      processors: [aProcessor({ disclosed })],
      interaction: { channel, ...(recordedAt === null ? {} : recorded(recordedAt)) },
      purposes: ["recording", "transcription", "recording_regulatory"],
      consents: said.map((one, i) =>
        aConsent({ ...one, id: `k${i}`, purposes: ["recording", "transcription", "recording_regulatory"] }),
      ),
    }),
  );

const admitted = (facts: DecisionFacts): string[] =>
  Object.entries(decide(facts).purpose_decisions).flatMap(([purpose, made]) =>
    made === "admit" ? [purpose] : [],
  );
const expectNoMore = (after: DecisionFacts, before: DecisionFacts): void => {
  const could = admitted(before);
  for (const purpose of admitted(after)) expect(could).toContain(purpose);
};

test("taking a yes away never admits more", () => {
  fc.assert(
    fc.property(aFact, fc.nat(), (facts, pick) => {
      const given = facts.consents.filter((consent) => consent.status === "given");
      const gone = given[pick % Math.max(1, given.length)];
      expectNoMore({ ...facts, consents: facts.consents.filter((consent) => consent !== gone) }, facts);
    }),
    { numRuns: 600 },
  );
});

test("another no never admits more", () => {
  const no = fc.record({
    party: fc.constantFrom("cust", "agent"),
    status: fc.constantFrom("refused", "withdrawn", "objected"),
    at: fc.integer({ min: noon - 30 * minute, max: noon }),
  });
  fc.assert(
    fc.property(aFact, no, (facts, said) => {
      const consents = [...facts.consents, aConsent({ ...said, id: "no" })];
      expectNoMore({ ...facts, consents }, facts);
    }),
    { numRuns: 600 },
  );
});

test("the order in which consents, parties and bases are told decides nothing", () => {
  const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  fc.assert(
    fc.property(
      aFact.chain((facts) =>
        fc.tuple(
          fc.constant(facts),
          fc.record({
            consents: shuffled(facts.consents),
            parties: shuffled(facts.parties),
            bases: shuffled(facts.bases),
          }),
        ),
      ),
      ([facts, order]) => {
        const { bases: _some, ...made } = decide({ ...facts, ...order });
        expect(decide(facts)).toMatchObject(made);
      },
    ),
    { numRuns: 600 },
  );
});

test("without the ledger, or with a processor that nobody named, nothing of it is admitted", () => {
  fc.assert(
    fc.property(aFact, (facts) => {
      expect(admitted({ ...facts, context: { ...facts.context, ledger: "unavailable" } })).toEqual([]);
      const undisclosed = { ...facts, processors: [aProcessor({ disclosed: false })] };
      expect(admitted(undisclosed)).not.toContain("transcription");
    }),
    { numRuns: 300 },
  );
});

test("no customer in a profile-explicit admit is without a yes of their own", () => {
  fc.assert(
    fc.property(aFact, (facts) => {
      const explicitly = { ...facts, profile: "explicit" as const };
      if (!admitted(explicitly).includes("transcription")) return;
      const acts = (consent: DecisionConsent) =>
        consent.party === "cust" &&
        consent.status === "given" &&
        ["spoken", "signed"].includes(consent.method);
      expect(facts.consents.some(acts)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
