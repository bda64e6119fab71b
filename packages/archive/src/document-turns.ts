import type { Finding, Role } from "@sotto/contracts";

import { DocumentError, sectionOf } from "./document.ts";
import type { SectionBody, VCon } from "./vcon.ts";

type TurnBody = SectionBody["turns"][number];

/** One redacted turn as a reader takes it: what the document says of it in two places, in one. */
export interface DocumentTurn extends Omit<TurnBody, "withheld"> {
  readonly tenant: string;
  readonly line: string;
  readonly conversation: string;
  readonly section: number;
  readonly channel: SectionBody["channel"];
  /** Party id, and its role in our words. */
  readonly party: string;
  readonly role: Role;
  readonly startAt: number;
  /** Since the conversation's start. */
  readonly offsetMs: number;
  /** Redacted; null when withheld. */
  readonly text: string | null;
  readonly withheld: string | null;
  readonly findings: Finding[];
  /** How many findings are masked in the text. */
  readonly masked: number;
  /** Purposes that its grant gave and no fence had taken when it landed; fences since then are the reader's to ask. */
  readonly purposes: readonly string[];
}

/** The turns of a document in its order. It grants nothing: whoever shows one asks `purposes` and the fences first. */
export const documentTurns = (document: VCon): DocumentTurn[] => {
  const body = sectionOf(document);
  const purposes = new Map(
    body.grants.map((grant) => {
      const gone = new Set(body.stopped.find((s) => s.grant === grant.id)?.purposes);
      return [grant.id, grant.purposes.map((p) => p.purpose).filter((p) => !gone.has(p))];
    }),
  );
  return body.turns.map((turn, i) => {
    const dialog = document.dialog[i];
    const party = dialog === undefined ? undefined : body.parties[dialog.originator];
    if (dialog === undefined || party === undefined)
      throw new DocumentError("Document contradicts itself: turns");
    const startAt = Date.parse(dialog.start);
    return {
      ...turn,
      tenant: body.tenant,
      line: body.line,
      conversation: body.conversation,
      section: body.section,
      channel: body.channel,
      party: party.id,
      role: party.role,
      startAt,
      offsetMs: startAt - body.startedAt,
      text: dialog.body ?? null,
      withheld: turn.withheld ?? null,
      masked: turn.findings.length,
      purposes: purposes.get(turn.grant) ?? [],
    };
  });
};

/** Ordinals of which a document holds at least one turn, ascending. */
export const documentOrdinals = (document: VCon): number[] =>
  [...new Set(sectionOf(document).turns.map((turn) => turn.ordinal))].toSorted((a, b) => a - b);
