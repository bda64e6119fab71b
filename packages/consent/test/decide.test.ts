import fc from "fast-check";
import { expect, test } from "vitest";

import { bundledPolicy, decide, type DecisionConsent, type DecisionFacts } from "../src/index.ts";
import {
  aCase,
  aConsent,
  anAck,
  aProcessor,
  inPlace,
  law,
  lia,
  minute,
  noon,
  recorded,
  statutory,
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
    decide(
      statutory({
        parties: inPlace("GB"),
        consents: [anAck()],
        purposes: ["transcription"],
        bases: [lia("marketing"), basis],
      }),
    ).bases,
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

test.each([
  ["a moment that is none", aCase({ evaluated_at: "today" }), "hold CONSENT_MISSING"],
  ["a sum of money and no word on its removal", withoutRedaction(), "hold REDACTION_REQUIRED"],
  [
    "a consent bound by its record",
    aCase({ consents: [aConsent({ binding: "i-9" }), anAck()] }),
    "hold CONSENT_BINDING_MISMATCH",
  ],
  [
    "a consent whose record says that it stands",
    aCase({ consents: [aConsent({ binding: { standing: true, interaction_id: "i-9" } }), anAck()] }),
    "admit ADMIT_CONSENT",
  ],
  [
    "a processor of which nobody says anything",
    aCase({ processors: [{ id: "x", purposes: ["transcription"], disclosed: true }] }),
    "hold PROCESSOR_CONTRACT_MISSING",
  ],
  [
    "no more places",
    aCase({ parties: inPlace(null, { jurisdiction_candidates: [] }) }),
    "admit ADMIT_STRICTEST",
  ],
  [
    "evidence that nobody doubts",
    aCase({ consents: [{ ...aConsent(), evidence: null }, anAck()] }),
    "admit ADMIT_CONSENT",
  ],
  [
    "a bot for a guardian",
    aCase({
      parties: [...inPlace("US-NY", { age: 9 }), { id: "bot", role: "bot" }],
      consents: [aConsent({ guardian: "bot" }), anAck()],
    }),
    "hold GUARDIAN_CONSENT_REQUIRED",
  ],
])("reads facts that are not whole so that less is assumed: %s", (_title, facts, expected) => {
  const { decision, reason } = decide(facts);
  expect(`${decision} ${reason}`).toBe(expected);
});

function withoutRedaction(): DecisionFacts {
  const { redaction: _unsaid, ...context } = aCase({ context: { sad_present: true } }).context;
  return { ...aCase(), context };
}

test("a policy that was put together by hand and lost a part never admits more", () => {
  const { rows } = bundledPolicy.jurisdictions;
  const lost = (part: object) => ({ ...bundledPolicy, ...part });
  const bundled = aCase({ consents: [aConsent({ freely_given: false }), anAck()] });
  expect(decide(bundled, lost({ rules: { ...bundledPolicy.rules, families: {} } })).reason).toBe(
    "CONSENT_NOT_FREE",
  );
  expect(decide(aCase(), lost({ requirements: {} })).reason).toBe("PURPOSE_PROHIBITED");
  expect(() => decide(aCase({ consents: [] }), lost({ grounds: {} }))).toThrow(
    "does not rank CONSENT_MISSING",
  );
  const nowhere = lost({
    jurisdictions: { ...bundledPolicy.jurisdictions, rows: { ...rows, ZZ: undefined } },
  });
  expect(() => decide(aCase({ parties: inPlace(null) }), nowhere)).toThrow("no row for an unknown place");
});

test("of two yeses of one moment neither comes first", () => {
  const [good, bad] = [aConsent({ id: "a" }), aConsent({ id: "b", method: "notice_continue" })];
  const orders = [
    [good, bad],
    [bad, good],
  ].map((said) => decide(aCase({ consents: [...said, anAck()] })).reason);
  const faulty = [aConsent({ id: "a", evidence: "lost" }), bad];
  const reasons = [faulty, faulty.toReversed()].map(
    (said) => decide(aCase({ consents: [...said, anAck()] })).reason,
  );
  expect([...orders, ...reasons]).toEqual([
    "ADMIT_CONSENT",
    "ADMIT_CONSENT",
    "CONSENT_METHOD_INSUFFICIENT",
    "CONSENT_METHOD_INSUFFICIENT",
  ]);
});

test("a place that checks transfers and trusts nobody trusts itself", () => {
  const brazil = bundledPolicy.jurisdictions.rows["BR"];
  if (!brazil) throw new Error("No row for Brazil");
  const rows = { ...bundledPolicy.jurisdictions.rows, BR: { ...brazil, transferCheck: true } };
  const policy = { ...bundledPolicy, jurisdictions: { ...bundledPolicy.jurisdictions, rows } };
  const sending = (location: string) =>
    decide(aCase({ parties: inPlace("BR"), processors: [aProcessor({ location, transfer: "n/a" })] }), policy)
      .reason;
  expect([sending("BR"), sending("PT")]).toEqual(["ADMIT_CONSENT", "TRANSFER_MECHANISM_MISSING"]);
});
