import { expect, test } from "vitest";

import { lawfulBasis } from "@sotto/archive";

import { aGrant, startedAt } from "./builders.ts";

const none = new Map<string, readonly string[]>();
const [consent] = aGrant().consents;
if (consent === undefined) throw new Error("the builder gives one");

test("claims consent, each purpose, the expiry, and proof by keyed digest only", () => {
  expect(lawfulBasis([aGrant()], none)).toEqual({
    lawful_basis: "consent",
    expiration: "2026-11-25T09:00:00.000Z",
    purpose_grants: [
      { purpose: "qa_review", granted: true, granted_at: "2026-11-24T09:00:00.500Z" },
      { purpose: "transcription", granted: true, granted_at: "2026-11-24T09:00:00.500Z" },
    ],
    proof_mechanisms: [
      {
        proof_type: "verbal_confirmation",
        timestamp: "2026-11-24T09:00:00.400Z",
        proof_data: {
          consent: "k_1",
          method: "spoken",
          evidence: "turn",
          digest: "keyed-digest",
          notice: "rec@3",
        },
      },
    ],
    metadata: { grants: ["g_1"], policies: [{ version: "2026-11-01", digest: "abc123" }] },
  });
});

test("takes the most restrictive of several grants: every one must give a purpose", () => {
  const narrow = aGrant({
    id: "g_2",
    at: startedAt + 9000,
    purposes: [{ purpose: "transcription", reason: "ADMIT_CONSENT" }],
    consents: [{ ...consent, id: "k_2", expiresAt: startedAt + 3_600_000 }],
  });
  const body = lawfulBasis([aGrant(), narrow], none);
  expect(body?.purpose_grants.map((p) => [p.purpose, p.granted])).toEqual([
    ["qa_review", false],
    ["transcription", true],
  ]);
  expect(body?.expiration).toBe("2026-11-24T10:00:00.000Z");
});

test("says that a purpose which a fence has taken is not granted", () => {
  const body = lawfulBasis([aGrant()], new Map([["g_1", ["qa_review"]]]));
  expect(body?.purpose_grants.find((p) => p.purpose === "qa_review")?.granted).toBe(false);
});

test.each([
  [["legitimate_interests"], [], "legitimate_interests"],
  [["contract", "legitimate_interests"], [], "legitimate_interests"],
  [["legal_obligation", "contract"], [], "contract"],
  [["legal_obligation"], [consent], "consent"],
  [["explicit_consent"], [], "consent"],
] as const)("of bases %o and consents %o claims %s", (bases, consents, claimed) => {
  const grant = aGrant({
    consents: [...consents],
    bases: bases.map((basis) => ({ purpose: "transcription", basis })),
  });
  expect(lawfulBasis([grant], none)?.lawful_basis).toBe(claimed);
});

test("claims nothing where no basis is on record, and does not take a refusal for one", () => {
  expect(lawfulBasis([aGrant({ consents: [] })], none)).toBeNull();
  expect(lawfulBasis([aGrant({ consents: [{ ...consent, status: "refused" }] })], none)).toBeNull();
});

test("never expires when no consent says when", () => {
  const { expiresAt: _, ...open } = consent;
  expect(lawfulBasis([aGrant({ consents: [open] })], none)?.expiration).toBeNull();
});
