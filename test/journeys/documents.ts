import { parseDocumentName, readDocument, type VCon } from "@sotto/archive";
import { open } from "@sotto/envelope";
import type { Platform } from "@sotto/service";

/** Every document that has landed, opened. */
export const openedDocuments = async (platform: Platform): Promise<VCon[]> => {
  const keys = platform.keys("cli");
  const documents: VCon[] = [];
  for await (const { name } of platform.archive.list("conversations/")) {
    const place = parseDocumentName(name);
    const stored = await platform.archive.get(name);
    if (!place || !stored) throw new Error("A listed document is not there");
    const { tenant, conversation, generation } = place;
    const address = { slot: "archive", tenant, conversation, generation } as const;
    const key = await keys.toOpen(address);
    documents.push(
      readDocument(open(stored.bytes, key, { ...address, kind: "document", name, headers: null })),
    );
  }
  return documents;
};
