import { expect, test } from "vitest";

import { decide, type DecisionFacts } from "../src/index.ts";
import { aCase, aConsent, aCustomer, anAck, anAgent, aProcessor, inPlace, minute, noon } from "./a-case.ts";

type Case = [title: string, facts: DecisionFacts, decision: string, reason: string];

const listening: Case[] = [
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
    "nobody knows where, and a processor could learn",
    aCase({ parties: inPlace(null), processors: [aProcessor({ own_use: "capable" })] }),
    "hold",
    "PROCESSOR_OWN_USE",
  ],
  [
    "Germany, a works agreement and the agent informed",
    aCase({
      parties: [
        aCustomer({ jurisdiction: "DE" }),
        anAgent({ jurisdiction: "DE", notice: { delivered_at: 0 } }),
      ],
      consents: [aConsent(), anAck({ method: "works_agreement" })],
    }),
    "admit",
    "ADMIT_CONSENT",
  ],
];

test.each(listening)("who else listens and who was told: %s", (_title, facts, decision, reason) => {
  expect(decide(facts)).toMatchObject({ decision, reason });
});
