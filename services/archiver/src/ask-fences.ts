import type { Stops } from "@sotto/archive";
import { fenceVerdict, gatePurpose, stopped, type FenceIndex } from "@sotto/consent";
import type { Ended, EndReason, Grant, Section } from "@sotto/contracts";
import { QuarantineError } from "@sotto/stream";

/** What fences say of a section at this moment: it may land but for `stops`, or not now and as a whole. */
export type FenceAnswer = { readonly stops: Stops } | { readonly held: EndReason };

/**
 * Asks the fences about every grant of a section again, for withdrawal and refusal reach turns that the gate has let
 * through long ago. A turn whose grant has lost `transcription` ends; other lost purposes only leave the document's
 * lawful basis. Kill switch and restriction are not the end of a turn, they can be lifted: they hold the section whole.
 * Throws QuarantineError NO_ADMISSION for a turn whose grant never covered `transcription`.
 */
export const askFences = (section: Section, grants: readonly Grant[], index: FenceIndex): FenceAnswer => {
  const tokens = section.parties.flatMap((party) => party.tokens);
  const lost = new Map(grants.map((grant) => [grant.id, stopped(grant, index, tokens)]));
  const covers = new Set(grants.filter(coversGate).map((grant) => grant.id));
  const ends: Ended[] = [];
  for (const turn of section.turns) {
    const grant = turn.admission.grant ?? "";
    if (!covers.has(grant))
      throw new QuarantineError("NO_ADMISSION", `A grant of ${section.conversation} does not cover a turn`, {
        ordinal: turn.ordinal,
      });
    const fence = lost.get(grant)?.get(gatePurpose);
    if (fence === undefined) continue;
    const verdict = fenceVerdict(fence);
    if ("held" in verdict) return verdict;
    ends.push({ ordinal: turn.ordinal, part: turn.part, ...verdict });
  }
  return { stops: { ends, purposes: new Map([...lost].map(([id, map]) => [id, [...map.keys()]])) } };
};

const coversGate = (grant: Grant): boolean => grant.purposes.some(({ purpose }) => purpose === gatePurpose);
