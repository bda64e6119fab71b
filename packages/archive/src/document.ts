import { createHash } from "node:crypto";

import { encodeCbor, type Ended, type Grant, type Section, type SectionTurn } from "@sotto/contracts";

import { canonicalJson } from "./canonical-json.ts";
import { lawfulBasis } from "./lawful-basis.ts";
import { rfc3339 } from "./timestamp.ts";
import { vcon, type SectionBody, type VCon, type VConDialog } from "./vcon.ts";

/** What fences say at the moment of landing. */
export interface Stops {
  /** Ends of turns that may not land; without `part` all parts of the ordinal. */
  readonly ends: readonly Ended[];
  /** Purposes taken from a grant, by its id. */
  readonly purposes: ReadonlyMap<string, readonly string[]>;
}

/** A document, or what claims to be one, that is not in form. Says where, never what stands there. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

/**
 * A section as a document. Turns stand in time order; those that `stops` ends are left out and their ends kept; grants
 * that no turn stands on any more are left out too. Equal input gives an equal document. Throws DocumentError when a
 * turn names a party or a grant that is not there.
 */
export const toDocument = (section: Section, grants: readonly Grant[], stops: Stops): VCon => {
  const turns = section.turns.filter((turn) => !isStopped(turn, stops.ends)).toSorted(byTime);
  const used = new Set(turns.map((turn) => grantOf(turn)));
  const standing = grants.filter((grant) => used.delete(grant.id)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (used.size > 0)
    throw new DocumentError("Cannot make a document: a turn stands on a grant that is not there");
  const parties = new Map(section.parties.map((party, index) => [party.id, index]));
  const basis = standing.length === 0 ? null : lawfulBasis(standing, stops.purposes);
  const attached = {
    party: Math.max(
      0,
      section.parties.findIndex((party) => party.role === "customer"),
    ),
    dialog: 0,
    mediatype: "application/json" as const,
    encoding: "json" as const,
  };
  return {
    vcon: "0.4.0",
    uuid: uuidOf("document", section.conversation, section.section),
    extensions: ["CC", "lawful_basis"],
    created_at: rfc3339(section.closedAt),
    redacted: {
      uuid: uuidOf("as it was said", section.conversation, section.section),
      type: "personal_data",
    },
    parties: section.parties.map(({ role }) => ({
      type: role === "bot" ? "bot" : "person",
      role: role === "bot" ? "agent" : role === "third_party" ? "thirdparty" : role,
    })),
    dialog: turns.map((turn) => toDialog(turn, parties)),
    analysis: [],
    attachments: [
      ...(basis === null
        ? []
        : [
            {
              purpose: "lawful_basis" as const,
              start: rfc3339(Math.min(...standing.map((grant) => grant.at))),
              ...attached,
              body: basis,
            },
          ]),
      {
        purpose: "sotto_section",
        start: rfc3339(section.closedAt),
        ...attached,
        body: toBody(section, turns, standing, stops),
      },
    ],
  };
};

/** The bytes that are sealed. Throws DocumentError when a field is missing, misspelt or out of form. */
export const encodeDocument = (document: VCon): Uint8Array =>
  Buffer.from(canonicalJson(checked(document)), "utf8");

/** A document from its clear bytes. Throws DocumentError when it is not one, to the last field and cross-reference. */
export const readDocument = (bytes: Uint8Array): VCon => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the text.
    throw new DocumentError("Cannot read document: not JSON in UTF-8");
  }
  return checked(value);
};

/** The `sotto_section` of a document. */
export const sectionOf = (document: VCon): SectionBody => {
  for (const attachment of document.attachments)
    if (attachment.purpose === "sotto_section") return attachment.body;
  throw new DocumentError("Cannot read document: it has no section");
};

const checked = (value: unknown): VCon => {
  const parsed = vcon.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new DocumentError(`Document is not in form: ${first?.code} at ${where(first?.path)}`);
  }
  const document = parsed.data;
  const body = sectionOf(document);
  const grants = new Set(body.grants.map((grant) => grant.id));
  const claims: ReadonlyArray<readonly [string, boolean]> = [
    ["attachments", new Set(document.attachments.map((a) => a.purpose)).size === document.attachments.length],
    ["uuid", document.uuid === uuidOf("document", body.conversation, body.section)],
    ["parties", document.parties.length === body.parties.length],
    ["turns", document.dialog.length === body.turns.length],
    ["party of a turn", document.dialog.every((d) => d.originator < document.parties.length)],
    ["party of a turn", document.dialog.every((d) => d.parties[0] === d.originator)],
    ["grant of a turn", body.turns.every((turn) => grants.has(turn.grant))],
    [
      "withheld",
      body.turns.every((turn, i) => (turn.withheld === undefined) === hasBody(document.dialog[i])),
    ],
  ];
  const broken = claims.find(([, holds]) => !holds);
  if (broken !== undefined) throw new DocumentError(`Document contradicts itself: ${broken[0]}`);
  return document;
};

const hasBody = (d: VConDialog | undefined): boolean => d?.body !== undefined;

/** Names of fields are ours; a key of a record may be a sender's, so only the first levels are told. */
const where = (path: readonly PropertyKey[] | undefined): string =>
  path === undefined || path.length === 0 ? "the top" : path.slice(0, 4).map(String).join(".");

const isStopped = (turn: SectionTurn, ends: readonly Ended[]): boolean =>
  ends.some((end) => end.ordinal === turn.ordinal && (end.part === undefined || end.part === turn.part));

/** Invariant 4: start, then the source's sequence (none is 0), then event id; parts of one event in their order. */
const byTime = (a: SectionTurn, b: SectionTurn): number =>
  a.startAt - b.startAt ||
  (a.sequence ?? 0) - (b.sequence ?? 0) ||
  (a.event < b.event ? -1 : a.event > b.event ? 1 : 0) ||
  a.ordinal - b.ordinal ||
  a.part - b.part;

const grantOf = (turn: SectionTurn): string => {
  if (turn.admission.grant === null) throw new DocumentError("Cannot make a document: a turn has no grant");
  return turn.admission.grant;
};

const toDialog = (turn: SectionTurn, parties: ReadonlyMap<string, number>): VConDialog => {
  const originator = parties.get(turn.party);
  if (originator === undefined)
    throw new DocumentError("Cannot make a document: a turn is of a party that is not there");
  return {
    type: "text",
    start: rfc3339(turn.startAt),
    ...(turn.endAt === undefined || turn.endAt < turn.startAt
      ? {}
      : { duration: (turn.endAt - turn.startAt) / 1000 }),
    parties: [originator],
    originator,
    ...(turn.text === null ? {} : { mediatype: "text/plain", encoding: "none", body: turn.text }),
  };
};

const toBody = (
  section: Section,
  turns: readonly SectionTurn[],
  grants: readonly Grant[],
  stops: Stops,
): SectionBody => {
  const { turns: _turns, grants: _grants, inputDigest, ...rest } = section;
  return {
    ...rest,
    ends: [...section.ends, ...stops.ends],
    turns: turns.map((turn) => {
      const { party: _p, startAt: _s, text, admission: _a, mac: _m, frames: _f, ...kept } = turn;
      // A turn without text always says why, so that a reader never takes it for an empty one.
      const withheld = text === null ? { withheld: turn.withheld ?? "WITHHELD" } : {};
      return { ...kept, ...withheld, grant: grantOf(turn) };
    }),
    grants: [...grants],
    stopped: grants.flatMap(({ id }) => {
      const purposes = stops.purposes.get(id) ?? [];
      return purposes.length === 0 ? [] : [{ grant: id, purposes: purposes.toSorted() }];
    }),
    inputDigest: Buffer.from(inputDigest).toString("hex"),
  };
};

/** UUID version 8 (RFC 9562 §5.8): our ids hashed, so that a repeat after a crash has the same one. */
const uuidOf = (what: string, conversation: string, section: number): string => {
  const hash = createHash("sha256")
    .update(encodeCbor(["vcon", what, conversation, section]))
    .digest("hex");
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
};
