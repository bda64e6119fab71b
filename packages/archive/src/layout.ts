/** What names a document: contract.md §3. */
export interface DocumentPlace {
  readonly tenant: string;
  readonly conversation: string;
  readonly section: number;
  /** Of the archive slot it is sealed under; rises only when a rewrite seals the whole conversation anew. */
  readonly generation: number;
  /** The conversation's start, not the section's: all its sections lie in one folder. */
  readonly startedAt: number;
}

/** The UTC day as a folder says it: 2026-11-24. */
export const utcDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Every document of a conversation, whatever its section or generation, and nothing else. */
export const conversationPrefix = (p: Pick<DocumentPlace, "tenant" | "conversation" | "startedAt">): string =>
  `conversations/tenant=${segment(p.tenant)}/dt=${utcDate(p.startedAt)}/${segment(p.conversation)}/`;

/** Object name of a document. Throws on an id that would name another folder. */
export const documentName = (p: DocumentPlace): string =>
  `${conversationPrefix(p)}${natural(p.section)}.g${natural(p.generation)}.vcon`;

const shape =
  /^conversations\/tenant=([A-Za-z0-9._-]{1,64})\/dt=(\d{4}-\d\d-\d\d)\/([A-Za-z0-9._-]{1,64})\/([1-9]\d*)\.g([1-9]\d*)\.vcon$/;

/** What an object name says, or null when it is not the name of a document. */
export const parseDocumentName = (
  name: string,
): {
  readonly tenant: string;
  readonly date: string;
  readonly conversation: string;
  readonly section: number;
  readonly generation: number;
} | null => {
  const [, tenant, date, conversation, section, generation] = shape.exec(name) ?? [];
  if (tenant === undefined || date === undefined || conversation === undefined) return null;
  return { tenant, date, conversation, section: Number(section), generation: Number(generation) };
};

/** Ids may hold dots; two of them alone would climb. */
const segment = (id: string): string => {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(id) || /^\.+$/.test(id))
    throw new Error("Cannot name an object: id out of form");
  return id;
};

const natural = (n: number): number => {
  if (!Number.isSafeInteger(n) || n < 1) throw new Error("Cannot name an object: number out of range");
  return n;
};
