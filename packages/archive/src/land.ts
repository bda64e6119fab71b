import { createHash } from "node:crypto";

import type { Section } from "@sotto/contracts";
import { open, seal, UnavailableError, type Keys, type Place } from "@sotto/envelope";

import { encodeDocument, readDocument, sectionOf } from "./document.ts";
import { documentName, type DocumentPlace } from "./layout.ts";
import type { ObjectStore } from "./object-store.ts";
import type { VCon } from "./vcon.ts";

/** What names a section's document, but for the generation of the key it is sealed under. */
type SectionName = Omit<DocumentPlace, "generation">;

/** Where documents land and what opens them. */
export interface LandingSite {
  readonly store: ObjectStore;
  readonly keys: Pick<Keys, "toSeal" | "toOpen">;
}

/** A document that is there. Whatever is said of it afterwards is taken from `document`. */
export interface LandedDocument {
  /** "same": an earlier try had landed it, perhaps with other output bytes, from the same input. */
  readonly result: "created" | "same";
  readonly name: string;
  readonly document: VCon;
  /** Of the sealed bytes, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What is there was made from another input: never overwritten, never followed. */
export interface Conflict {
  readonly result: "conflict";
  readonly name: string;
}

/**
 * Lands a document; the first writer wins. Written if absent; when the name is taken, what is there is opened and
 * taken for ours if its section has the same input digest. Throws KeyGoneError when the conversation is erased,
 * EnvelopeError or DocumentError when what is there is not a document of that name, UnavailableError when the store
 * or the key service cannot answer.
 */
export const land = async (
  document: VCon,
  generation: number,
  site: LandingSite,
): Promise<LandedDocument | Conflict> => {
  const section = sectionOf(document);
  const place = documentPlace(section, generation);
  const clear = encodeDocument(document);
  const frame = seal(clear, await site.keys.toSeal(addressOf(place)), place);
  if ((await site.store.putIfAbsent(place.name, frame)) !== null)
    return { result: "created", name: place.name, document, ...measure(frame) };
  const there = await landedAlready(section, generation, section.inputDigest, site);
  // Taken and yet not there: somebody is deleting. Asked again, the key says whether it is an erasure.
  if (there === null)
    throw new UnavailableError("Cannot land a document: its name was taken and is empty now");
  return there;
};

/**
 * What an earlier try has landed of that section, or null. Asked too when fences have left nothing to land: a section
 * that landed before the fence stays, and is what the account must tell of. Throws as `land` does.
 */
export const landedAlready = async (
  section: SectionName,
  generation: number,
  inputDigest: string,
  site: LandingSite,
): Promise<LandedDocument | Conflict | null> => {
  const place = documentPlace(section, generation);
  const found = await site.store.get(place.name);
  if (found === null) return null;
  const document = readDocument(open(found.bytes, await site.keys.toOpen(addressOf(place)), place));
  return sectionOf(document).inputDigest === inputDigest
    ? { result: "same", name: place.name, document, ...measure(found.bytes) }
    : { result: "conflict", name: place.name };
};

/** Input digests as a document writes them. */
export const inputDigestOf = (section: Pick<Section, "inputDigest">): string =>
  Buffer.from(section.inputDigest).toString("hex");

/** Where a document's frame belongs: its object name is part of what authenticates it. */
export const documentPlace = (
  section: SectionName,
  generation: number,
): Place & { readonly conversation: string } => ({
  tenant: section.tenant,
  conversation: section.conversation,
  slot: "archive",
  generation,
  kind: "document",
  name: documentName({ ...section, generation }),
  headers: null,
});

const addressOf = ({ tenant, conversation, generation }: Place & { readonly conversation: string }) => ({
  slot: "archive" as const,
  tenant,
  conversation,
  generation,
});

const measure = (frame: Uint8Array) => ({
  sha256: createHash("sha256").update(frame).digest("hex"),
  bytes: frame.byteLength,
});
