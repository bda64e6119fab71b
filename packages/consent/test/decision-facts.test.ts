import { expect, test } from "vitest";

import { bundledFiles, decisionFacts, parsePolicy } from "../src/index.ts";
import {
  acknowledged,
  aFact,
  agent,
  agreed,
  aTurn,
  circumstances,
  customer,
  fold,
  goodCall,
  goodChat,
  judged,
  minute,
  second,
  spoken,
  standingOf,
  start,
  started,
  told,
} from "./a-conversation.ts";

test("a chat in which everybody was told and agreed is admitted", () => {
  expect(judged(goodChat(), aTurn())).toBe("admit ADMIT_CONSENT");
});

test("so is a call, and whose turn it is makes no difference", () => {
  expect(judged(goodCall(), spoken())).toBe("admit ADMIT_CONSENT");
  expect(judged(goodCall(), spoken({ party: "p_agent" }))).toBe("admit ADMIT_CONSENT");
  expect(judged(goodCall(), aTurn({ party: "p_agent", origin: "bot" }))).toBe("admit ADMIT_CONSENT");
});

test("asks for the purposes of the line the conversation was on then", () => {
  const c = goodChat(aFact("conversation.updated", { at: start + minute, line: "sales" }));
  const at = (startAt: number) => decisionFacts(c, aTurn({ startAt }), circumstances());
  expect(at(start).purposes).toEqual(["transcription", "qa_review", "analytics"]);
  expect([at(start + minute).purposes, at(start + minute).line]).toEqual([
    ["transcription", "qa_review"],
    "sales",
  ]);
});

test("a line of another tenant, one that nobody knows, or one without this channel has no purposes", () => {
  const on = (line: string) => fold(started({}, { line }), told(), agreed(), acknowledged());
  expect(judged(on("nowhere"), aTurn())).toBe("hold PURPOSE_PROHIBITED");
  const lines = {
    lines: { ...bundledFiles.lines.lines, support: { ...bundledFiles.lines.lines.support, tenant: "other" } },
  };
  expect(judged(goodChat(), aTurn(), { policy: parsePolicy({ ...bundledFiles, lines }) })).toBe(
    "hold PURPOSE_PROHIBITED",
  );
  const voiceOnly = { lines: { support: { ...bundledFiles.lines.lines.support, channels: ["voice"] } } };
  const policy = parsePolicy({ ...bundledFiles, lines: voiceOnly });
  expect(judged(goodChat(), aTurn(), { policy })).toBe("hold PURPOSE_PROHIBITED");
  expect(judged(goodCall(), spoken(), { policy })).toBe("admit ADMIT_CONSENT");
});

test.each([
  ["chat, ten minutes later", goodChat, aTurn({ startAt: start - 10 * minute }), "admit ADMIT_CONSENT"],
  [
    "chat, later than policy lets it",
    goodChat,
    aTurn({ startAt: start - 16 * minute }),
    "hold INFO_DUTY_NOT_MET",
  ],
  ["voice, one second later", goodCall, spoken({ startAt: start + 4 * second }), "discard CONSENT_NOT_PRIOR"],
  ["voice, the same moment", goodCall, spoken({ startAt: start + 5 * second }), "admit ADMIT_CONSENT"],
] as const)(
  "a yes that came after the turn counts as far as the channel goes: %s",
  (_title, good, turn, expected) => {
    expect(judged(good(), turn)).toBe(expected);
  },
);

test("a yes from further ahead than clocks differ does not count", () => {
  expect(judged(goodChat(), aTurn(), { now: start - 10 * minute })).toBe("hold CONSENT_MISSING");
});

test("a yes is judged at the time of the turn, not of the decision", () => {
  const c = fold(started(), told(), agreed({ expiresAt: start + 30 * second }), acknowledged());
  expect(judged(c, aTurn(), { now: start + 60 * minute })).toBe("admit ADMIT_CONSENT");
  expect(judged(c, aTurn({ startAt: start + 31 * second }))).toBe("hold CONSENT_EXPIRED");
});

test("everybody who is there is asked, and nobody who is not", () => {
  const joined = aFact("party.joined", {
    at: start + minute,
    party: customer({ id: "p_son", role: "third_party", tokens: [] }),
  });
  const left = aFact("party.left", { at: start + 2 * minute, party: "p_son" });
  const c = goodChat(joined, left);
  const at = (ms: number) => judged(c, aTurn({ startAt: start + ms }));
  expect([at(59 * second), at(minute), at(2 * minute), at(2 * minute + 1)]).toEqual([
    "admit ADMIT_CONSENT",
    "hold INFO_DUTY_NOT_MET",
    "hold INFO_DUTY_NOT_MET",
    "admit ADMIT_CONSENT",
  ]);
  expect(judged(c, aTurn({ party: "p_stranger" }))).toBe("hold INFO_DUTY_NOT_MET");
});

test("who was named by a leg only is a person that nobody knows", () => {
  const c = goodChat(
    aFact("leg.started", { leg: "l_1", at: start + second, reason: "consult", parties: ["p_x", "p_cust"] }),
  );
  expect(judged(c, aTurn())).toBe("hold INFO_DUTY_NOT_MET");
});

test("a recording without a speaker is judged by who is there", () => {
  expect(judged(goodCall(), spoken({ party: "" }))).toBe("admit ADMIT_CONSENT");
});

test("nobody agreed to being recorded", () => {
  const c = fold(
    started({ channel: "voice" }),
    told({ notice: { id: "call-recording", version: "5", language: "en" } }),
    acknowledged(),
  );
  expect(judged(c, spoken())).toBe("discard CAPTURED_WITHOUT_CONSENT");
});

test.each([
  ["nothing personal", { personalData: false }, "admit ADMIT_NO_PERSONAL_DATA"],
  [
    "health, without a BAA",
    { sensitivity: "health" as const, processors: ["amazon-transcribe"] },
    "hold BAA_MISSING",
  ],
  ["payment: codes are cut at the door", { sensitivity: "payment" as const }, "admit ADMIT_CONSENT"],
  [
    "a child of whom nobody knows the age",
    { sensitivity: "minor" as const },
    "hold GUARDIAN_CONSENT_REQUIRED",
  ],
  [
    "a bot that is not told of, in France",
    { parties: [customer({ jurisdiction: "FR" }), agent({ id: "p_bot", role: "bot" as const })] },
    "hold AI_DISCLOSURE_MISSING",
  ],
  [
    "a bot that is told of, in France",
    {
      parties: [customer({ jurisdiction: "FR" }), agent({ id: "p_bot", role: "bot" as const })],
      ai: { uses: [], disclosedAt: start },
    },
    "admit ADMIT_CONSENT",
  ],
  [
    "an assistant that is not told of, in France",
    { parties: [customer({ jurisdiction: "FR" }), agent()], ai: { uses: ["assistant"] } },
    "hold AI_DISCLOSURE_MISSING",
  ],
  [
    "a model that only sums up, in France",
    { parties: [customer({ jurisdiction: "FR" }), agent()], ai: { uses: ["summary"] } },
    "admit ADMIT_CONSENT",
  ],
  [
    "a controller in Germany",
    { parties: [customer({ jurisdiction: "US-NY" }), agent()], controller: { jurisdiction: "DE" } },
    "admit ADMIT_CONSENT",
  ],
] as const)("what the conversation says of itself counts: %s", (_title, over, expected) => {
  expect(
    judged(fold(started(over as Parameters<typeof started>[0]), told(), agreed(), acknowledged()), aTurn()),
  ).toBe(expected);
});

test("a guardian's yes is one for the child", () => {
  const c = fold(
    started({ parties: [customer({ age: 12 }), agent()] }),
    told(),
    agreed({ guardian: "p_mum" }),
    acknowledged(),
  );
  expect(judged(c, aTurn())).toBe("admit ADMIT_CONSENT");
});

test("documented bases reach the decision", () => {
  const basis = {
    purpose: "transcription",
    basis: "legitimate_interest",
    documented: true,
    optOutOffered: true,
  };
  const c = (bases: object[]) => fold(started({ bases: bases as never }), told(), acknowledged());
  const statutory = parsePolicy({
    ...bundledFiles,
    lines: { lines: { support: { ...bundledFiles.lines.lines.support, profile: "statutory" } } },
  });
  expect(judged(c([basis]), aTurn(), { policy: statutory })).toBe("admit ADMIT_LEGAL_BASIS");
  expect(judged(c([{ ...basis, party: "p_cust" }]), aTurn(), { policy: statutory })).toBe(
    "admit ADMIT_LEGAL_BASIS",
  );
  expect(judged(c([{ ...basis, optOutOffered: undefined }]), aTurn(), { policy: statutory })).toBe(
    "hold CONSENT_MISSING",
  );
  expect(judged(c([basis]), aTurn())).toBe("hold CONSENT_MISSING");
});

test("before the start is known nobody is known either", () => {
  expect(judged(fold(told()), aTurn())).toBe("hold CONSENT_MISSING");
});

test("carries no token in what goes into an audit entry", () => {
  const facts = decisionFacts(goodChat(), aTurn(), circumstances({ standing: [standingOf({})] }));
  expect(JSON.stringify(facts.consents)).not.toContain("s1_");
  expect(JSON.stringify(facts.parties)).not.toContain("s1_");
});
