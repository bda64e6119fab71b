import { gatePurpose, isKnownNotice, knownPurposes, type Outcome, type Policy } from "@sotto/consent";
import type { AuditEvent, ConsentFacts } from "@sotto/contracts";

import { lastTold, saying, type Watched } from "./conversation.ts";
import { entry, remember, type Effects } from "./effects.ts";
import type { Bench, Verdict } from "./judge.ts";

/** An entry of the audit log has at most 65,535 bytes: so much of it for consents, so many of the rest. */
const most = { consentBytes: 32_768, consents: 64, rules: 64, fences: 500, digests: 64 };

/**
 * One audit entry for each purpose whose decision is not the one last told for this ordinal; it holds until the next
 * ordinal that another one was told for. `grant`: what those purposes that are admitted are admitted under.
 */
export const tell = (
  bench: Bench,
  c: Watched,
  verdict: Verdict,
  { ordinal, grant }: { readonly ordinal: number; readonly grant: string | null },
  fx: Effects,
): void => {
  const { decision, fences } = verdict;
  const decided = Object.entries<Outcome | "deny">(decision.purpose_decisions);
  // A line that nobody set up asks for no purpose; that its turns may not pass is a decision all the same.
  if (decided.length === 0) decided.push([gatePurpose, decision.decision]);
  const changed = decided.flatMap(([purpose, made]) => {
    const said = made === "deny" ? "discard" : made;
    const reason = decision.purpose_reasons[purpose] ?? decision.reason;
    const under = said === "admit" ? grant : null;
    if (lastTold(c, purpose, ordinal) === saying(said, reason, under)) return [];
    return [{ purpose, decision: said, reason, grant: under } as const];
  });
  if (changed.length === 0) return;
  const consents = consentsOf(c, verdict, bench.policy);
  const evidence = consents.flatMap(({ evidence: e }) => (e?.digest && isDigest(e.digest) ? [e.digest] : []));
  const notice = consents.flatMap(({ notice: n }) => (n ? [`${n.id}/${n.version}`] : []));
  const told = changed.map((change): AuditEvent => ({
    ...entry(c, fx, ["decision", change.purpose, change.decision, change.reason, ordinal]),
    type: "sotto.audit.decision.made.v1",
    ...change,
    rules: decision.rules.slice(0, most.rules),
    policy: { version: bench.policy.version, digest: bench.policy.digest },
    evidence: [...new Set(evidence)].slice(0, most.digests),
    notice: [...new Set(notice)].slice(0, most.digests),
    consents: consents.map(({ ...consent }) => consent),
    from: ordinal,
    fences: fences.map((fence) => fence.id).slice(0, most.fences),
  }));
  remember(fx, c, { k: "decision", cause: fx.cause, ordinal, told });
  fx.audit.push(...told);
};

/** As the audit log takes digests; a source may name evidence otherwise. */
const isDigest = (text: string): boolean => /^[A-Za-z0-9+/=_-]{1,128}$/.test(text);

type Told = Partial<Omit<ConsentFacts, "tokens">> & { readonly id: string };

/**
 * The consent records that were weighed, whole but for tokens and for names that policy does not know (proof outlives
 * erasure). Those that an admit stands on come first: should there be more than an entry of the audit log takes, the rest
 * is what is left out.
 */
const consentsOf = (c: Watched, { decision, facts, standing }: Verdict, policy: Policy): Told[] => {
  const records = new Map<string, ConsentFacts>();
  for (const known of c.facts?.known ?? [])
    if (known.kind === "consent.recorded") records.set(known.data.id, known.data);
  for (const { consent } of standing) records.set(consent.id, consent);
  const stoodOn = new Set(decision.consents);
  const weighed = facts.consents.toSorted((a, b) => Number(stoodOn.has(b.id)) - Number(stoodOn.has(a.id)));
  const told: Told[] = [];
  let bytes = 0;
  for (const { id, party } of weighed) {
    const record = records.get(id);
    if (!record) continue;
    const { tokens: _tokens, ...whole } = record;
    const { notice, ...rest } = whole;
    const purposes = knownPurposes(whole.purposes, policy);
    const one = { ...rest, purposes, ...(notice && isKnownNotice(notice, policy) ? { notice } : {}), party };
    bytes += JSON.stringify(one).length;
    if (bytes > most.consentBytes || told.length === most.consents) break;
    told.push(one);
  }
  return told;
};
