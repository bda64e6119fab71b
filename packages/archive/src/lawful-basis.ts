import { z } from "zod";

import type { ConsentFacts, Grant } from "@sotto/contracts";

import { rfc3339, timestamp } from "./timestamp.ts";

/** From the one that the person can end at any time to the one that nobody can: the first that applies is claimed. */
const bases = [
  "consent",
  "legitimate_interests",
  "contract",
  "public_task",
  "vital_interests",
  "legal_obligation",
] as const;
type Basis = (typeof bases)[number];

const proof = z.strictObject({
  proof_type: z.enum([
    "verbal_confirmation",
    "signed_document",
    "cryptographic_signature",
    "external_system",
  ]),
  timestamp,
  /** Ids and keyed digests. The draft's own example quotes the person here; we never do. */
  proof_data: z.strictObject({
    consent: z.string(),
    method: z.string(),
    evidence: z.string(),
    digest: z.string().optional(),
    notice: z.string().optional(),
  }),
});

/** The body of a `lawful_basis` attachment (draft-howe-vcon-lawful-basis-02), the fields that we write. */
export const lawfulBasisBody = z.strictObject({
  lawful_basis: z.enum(bases),
  expiration: timestamp.nullable(),
  purpose_grants: z
    .array(z.strictObject({ purpose: z.string(), granted: z.boolean(), granted_at: timestamp }))
    .min(1),
  proof_mechanisms: z.array(proof),
  metadata: z.strictObject({
    grants: z.array(z.string()),
    policies: z.array(z.strictObject({ version: z.string(), digest: z.string() })),
  }),
});
export type LawfulBasisBody = z.infer<typeof lawfulBasisBody>;

/**
 * One body for all grants that a document stands on. Most restrictive wins (§ processing rules of the draft): a purpose
 * is granted only if every grant gives it and no fence has taken it from one; the earliest expiry counts. null when no
 * basis is on record (no personal data, said the source): then nothing is claimed, and a reader denies.
 */
export const lawfulBasis = (
  grants: readonly Grant[],
  stopped: ReadonlyMap<string, readonly string[]>,
): LawfulBasisBody | null => {
  const consents = given(grants);
  const basis = mostRestrictive(grants, consents);
  if (basis === null) return null;
  const expiries = consents.flatMap((consent) => consent.expiresAt ?? []);
  return {
    lawful_basis: basis,
    expiration: expiries.length === 0 ? null : rfc3339(Math.min(...expiries)),
    purpose_grants: purposes(grants).map((purpose) => {
      const giving = grants.filter((grant) => grant.purposes.some((p) => p.purpose === purpose));
      const granted =
        giving.length === grants.length && giving.every((g) => stopped.get(g.id)?.includes(purpose) !== true);
      return { purpose, granted, granted_at: rfc3339(Math.max(...giving.map((g) => g.at))) };
    }),
    proof_mechanisms: consents.map(proofOf),
    metadata: { grants: grants.map((grant) => grant.id).toSorted(), policies: policies(grants) },
  };
};

const purposes = (grants: readonly Grant[]): string[] =>
  [...new Set(grants.flatMap((grant) => grant.purposes.map((p) => p.purpose)))].toSorted();

/** Consents that were given, each once, in order of id. */
const given = (grants: readonly Grant[]): ConsentFacts[] => {
  const byId = new Map<string, ConsentFacts>();
  for (const consent of grants.flatMap((grant) => grant.consents))
    if (consent.status === "given") byId.set(consent.id, consent);
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
};

const mostRestrictive = (grants: readonly Grant[], consents: readonly ConsentFacts[]): Basis | null => {
  const claimed = new Set(grants.flatMap((grant) => grant.bases.map((b) => b.basis)));
  if (consents.length > 0 || claimed.has("explicit_consent")) claimed.add("consent");
  return bases.find((basis) => claimed.has(basis)) ?? null;
};

const proofOf = (consent: ConsentFacts): z.infer<typeof proof> => ({
  proof_type:
    consent.method === "spoken"
      ? "verbal_confirmation"
      : consent.method === "signed"
        ? "signed_document"
        : "external_system",
  timestamp: rfc3339(consent.at),
  proof_data: {
    consent: consent.id,
    method: consent.method,
    evidence: consent.evidence.kind,
    ...(consent.evidence.digest === undefined ? {} : { digest: consent.evidence.digest }),
    ...(consent.notice === undefined ? {} : { notice: `${consent.notice.id}@${consent.notice.version}` }),
  },
});

const policies = (grants: readonly Grant[]): { version: string; digest: string }[] => {
  const byDigest = new Map(grants.map((grant) => [grant.policy.digest, grant.policy]));
  return [...byDigest.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
};
