/**
 * The archive: what lies in object storage, under which name, and how it is written. One document a section, a vCon in
 * canonical JSON, sealed under the conversation's archive slot with its own object name, so that a document opens
 * nowhere else. Nothing is overwritten: the first writer wins, and who comes second says what the first has written.
 * The port to the store is here; adapters are in `stores`. Nothing here decides who may read: `purposes` of a turn are
 * what its grant gave when it landed, fences since then are the reader's to ask.
 */
export type { ObjectHead, ObjectStore } from "./object-store.ts";
export {
  conversationPrefix,
  documentName,
  parseDocumentName,
  utcDate,
  type DocumentPlace,
} from "./layout.ts";
export { canonicalJson } from "./canonical-json.ts";
export { lawfulBasis, lawfulBasisBody, type LawfulBasisBody } from "./lawful-basis.ts";
export { sectionBody, vcon, type SectionBody, type VCon } from "./vcon.ts";
export {
  DocumentError,
  encodeDocument,
  readDocument,
  sectionOf,
  toDocument,
  type Stops,
} from "./document.ts";
export { documentOrdinals, documentTurns, type DocumentTurn } from "./document-turns.ts";
export {
  documentPlace,
  inputDigestOf,
  land,
  landedAlready,
  type Conflict,
  type LandedDocument,
  type LandingSite,
} from "./land.ts";
