import { createHash } from "node:crypto";

import { encodeCbor, withheldReasons } from "@sotto/contracts";

import { policyFiles, type Jurisdiction, type PolicyFiles } from "./policy-files.ts";

export type Timing = PolicyFiles["timing"];
export type Line = PolicyFiles["lines"]["lines"][string];

/** A place whose rules apply, found by its code. */
export type Place = Jurisdiction & { readonly code: string };

/** One reason not to admit: `key` tells variants of a reason apart, a lower `rank` wins. */
export interface Ground {
  readonly key: string;
  readonly reason: string;
  readonly rank: number;
  readonly outcome: "hold" | "discard";
  readonly sources: readonly string[];
}

/** All that changes a decision and is not code: read from `policy/`, checked whole, named by its digest in every audit event. */
export interface Policy {
  readonly version: string;
  /** SHA-256, hex, over the deterministic CBOR of all files. */
  readonly digest: string;
  readonly jurisdictions: Omit<PolicyFiles["jurisdictions"], "rows"> & {
    readonly rows: Readonly<Record<string, Place>>;
  };
  readonly requirements: PolicyFiles["purposes"]["requirements"];
  readonly purposes: PolicyFiles["purposes"]["purposes"];
  readonly grounds: Readonly<Record<string, Ground>>;
  readonly admits: Readonly<Record<string, { readonly sources: readonly string[] }>>;
  readonly rules: Omit<PolicyFiles["rules"], "precedence" | "admits" | "version">;
  readonly notices: PolicyFiles["notices"]["notices"];
  readonly processors: PolicyFiles["processors"];
  readonly lines: Readonly<Record<string, Line>>;
  readonly retention: PolicyFiles["retention"];
  readonly timing: Timing;
  readonly attributes: readonly string[];
  readonly roles: PolicyFiles["roles"]["roles"];
}

/** The policy files are not usable; `problems` lists everything that is wrong with them. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Policy is not usable: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/**
 * Reads the policy files (by name without `.json`) into a policy. Throws PolicyError with every problem at once: a file
 * missing or unknown, a field that does not fit, a name that points nowhere.
 */
export const parsePolicy = (files: Readonly<Record<string, unknown>>): Policy => {
  const parsed = policyFiles.safeParse(files);
  if (!parsed.success) {
    throw new PolicyError(parsed.error.issues.map((issue) => `${issue.path.join("/")}: ${issue.message}`));
  }
  const p = parsed.data;
  const problems = dangling(p);
  if (problems.length > 0) throw new PolicyError(problems);
  const { rows, ...geography } = p.jurisdictions;
  const { version, precedence, admits, ...rules } = p.rules;
  return {
    version,
    digest: createHash("sha256").update(encodeCbor(files)).digest("hex"),
    jurisdictions: {
      ...geography,
      members: table(geography.members),
      establishment: table(geography.establishment),
      adequate: table(geography.adequate),
      rows: table(rows, (row, code) => ({ code, ...row })),
    },
    requirements: table(p.purposes.requirements, (r) => ({ ...r, byFamily: table(r.byFamily) })),
    purposes: table(p.purposes.purposes),
    grounds: table(
      Object.fromEntries(precedence.map((g, rank) => [g.reason, { ...g, rank }])),
      ({ reason, rank, outcome, sources }) => ({
        key: reason,
        reason: reason.replace("@discard", ""),
        rank,
        outcome,
        sources,
      }),
    ),
    admits: table(Object.fromEntries(admits.map((a) => [a.reason, { sources: a.sources }]))),
    rules: { ...rules, families: table(rules.families), ownUse: table(rules.ownUse) },
    notices: table(p.notices.notices, (n) => ({ ...n, versions: table(n.versions) })),
    processors: { ...p.processors, processors: table(p.processors.processors) },
    lines: table(p.lines.lines),
    retention: p.retention,
    timing: p.timing,
    attributes: p.attributes.attributes,
    roles: table(p.roles.roles),
  };
};

/** A record without a prototype: a name that came from outside ("constructor") finds nothing in it. */
const table = <V, W = V>(
  record: Readonly<Record<string, V>>,
  each: (value: V, key: string) => W = (value) => value as unknown as W,
): Record<string, W> => {
  const made: Record<string, W> = Object.create(null);
  for (const [key, value] of Object.entries(record)) made[key] = each(value, key);
  return made;
};

/** Every reason that the code can give: a policy that leaves one out cannot be used. `@discard`: captured, so incurable. */
export const grounds = [...withheldReasons, "INFO_DUTY_NOT_MET@discard", "CONSENT_EXPIRED@discard"] as const;
export type GroundKey = (typeof grounds)[number];

export const admits = [
  "ADMIT_NO_PERSONAL_DATA",
  "ADMIT_STRICTEST",
  "ADMIT_CONSENT",
  "ADMIT_LEGAL_BASIS",
  "ADMIT_ALL_PARTY",
  "ADMIT_ONE_PARTY",
] as const;
export type AdmitReason = (typeof admits)[number];

/** Names in one file that another does not know. */
const dangling = (p: PolicyFiles): string[] => {
  const problems: string[] = [];
  const known = (where: string, names: Iterable<string>, among: object | readonly string[]): void => {
    for (const name of names) {
      const found = Array.isArray(among) ? among.includes(name) : Object.hasOwn(among, name);
      if (!found) problems.push(`${where}: ${name} is not known`);
    }
  };
  const { rows, unknown, members, establishment } = p.jurisdictions;
  const { families, ownUse, precedence } = p.rules;
  known("jurisdictions/unknown", [unknown], rows);
  known("jurisdictions/members", Object.keys(members), rows);
  known("jurisdictions/establishment", Object.values(establishment), rows);
  for (const [code, row] of Object.entries(rows)) {
    known(`jurisdictions/rows/${code}/family`, [row.family, row.inPersonFamily ?? row.family], families);
    known(`jurisdictions/rows/${code}/thirdParty`, [row.thirdParty], ownUse);
  }
  for (const [name, requirement] of Object.entries(p.purposes.requirements)) {
    known(`purposes/requirements/${name}`, Object.keys(requirement.byFamily), families);
    known(`purposes/requirements/${name}/byFamily`, Object.keys(families), requirement.byFamily);
  }
  const { purposes, requirements } = p.purposes;
  for (const [name, purpose] of Object.entries(purposes)) {
    known(`purposes/purposes/${name}/requires`, [purpose.requires], requirements);
  }
  known(
    "rules/precedence",
    grounds,
    precedence.map((ground) => ground.reason),
  );
  known(
    "rules/precedence",
    precedence.map((ground) => ground.reason),
    grounds,
  );
  known(
    "rules/admits",
    admits,
    p.rules.admits.map((admit) => admit.reason),
  );
  const { processors } = p.processors;
  for (const [name, processor] of Object.entries(processors)) {
    known(`processors/${name}/purposes`, processor.purposes, purposes);
  }
  for (const [name, notice] of Object.entries(p.notices.notices)) {
    known(`notices/${name}`, [notice.current, notice.minValid], notice.versions);
    for (const [version, told] of Object.entries(notice.versions)) {
      known(`notices/${name}/${version}/purposes`, told.purposes, purposes);
      known(`notices/${name}/${version}/processors`, told.processors, processors);
    }
  }
  for (const [name, line] of Object.entries(p.lines.lines)) {
    known(`lines/${name}/purposes`, line.purposes, purposes);
    known(`lines/${name}/processors`, line.processors, processors);
  }
  for (const [name, role] of Object.entries(p.roles.roles)) {
    known(`roles/${name}/purposes`, role.purposes, purposes);
  }
  return problems;
};
