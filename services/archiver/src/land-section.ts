import {
  DocumentError,
  documentOrdinals,
  documentPlace,
  inputDigestOf,
  land,
  landedAlready,
  sectionOf,
  toDocument,
  type LandedDocument,
  type LandingSite,
  type Stops,
} from "@sotto/archive";
import type { Ended, Grant, Section } from "@sotto/contracts";
import { EnvelopeError } from "@sotto/envelope";
import { QuarantineError } from "@sotto/stream";

/** Where a section has landed, and what is said of it from now on: taken from the document, not from the section. */
export interface Landed extends LandedDocument {
  readonly ordinals: number[];
  readonly ends: Ended[];
}

export type Landing =
  | Landed
  /** Fences, or the redactor, left no turn and no removal to write down. */
  | { readonly result: "nothing"; readonly ends: Ended[] }
  /** What is there was made from another section, or is no document of ours at all. */
  | { readonly result: "conflict"; readonly name: string };

/**
 * Lands what fences have left of a section. When they have left nothing, it still looks whether an earlier try had
 * landed it: what landed before a fence stays. Throws QuarantineError MALFORMED for a section that makes no document.
 */
export const landSection = async (
  section: Section,
  grants: readonly Grant[],
  stops: Stops,
  o: { readonly generation: number; readonly site: LandingSite },
): Promise<Landing> => {
  const document = documentOf(section, grants, stops);
  const place = documentPlace(section, o.generation);
  const body = sectionOf(document);
  try {
    const there =
      body.turns.length > 0 || body.removes.length > 0
        ? await land(document, o.generation, o.site)
        : await landedAlready(section, o.generation, inputDigestOf(section), o.site);
    if (there === null) return { result: "nothing", ends: body.ends };
    if (there.result === "conflict") return there;
    return { ...there, ordinals: documentOrdinals(there.document), ends: sectionOf(there.document).ends };
  } catch (error) {
    // Somebody wrote there with another key or another form: as much an alert as another input.
    if (error instanceof EnvelopeError || error instanceof DocumentError)
      return { result: "conflict", name: place.name };
    throw error;
  }
};

const documentOf = (section: Section, grants: readonly Grant[], stops: Stops) => {
  try {
    return toDocument(section, grants, stops);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    const name = `${section.conversation}/${section.section}`;
    throw new QuarantineError("MALFORMED", `Section ${name} makes no document`, { cause });
  }
};
