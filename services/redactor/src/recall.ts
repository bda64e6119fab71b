import type { Keys } from "@sotto/envelope";
import { openEntry, openFacts, readEvent, type SealedEntry } from "@sotto/stream";

import { absorb, add, gather, settleCut, turnOf, type Gathered } from "./conversation.ts";
import { worker } from "./effects.ts";
import { entryInfo } from "./entries.ts";

/**
 * Puts one restored entry back into the fold, in the order in which entries were written. A section whose frames are
 * all still here was cut but not sent: it is pending. Throws when an entry does not open in its place.
 */
export const recall = async (
  keys: Keys,
  gathered: Map<string, Gathered>,
  key: string,
  sealed: SealedEntry,
): Promise<void> => {
  const [conversation = ""] = key.split("/");
  const { tenant, day, kept } = sealed;
  const facts = await keys.toOpen({ slot: "facts", tenant, conversation: null, generation: day });
  const info = entryInfo.parse(openEntry({ key: facts, worker, tenant, conversation }, key, sealed));
  const c = gathered.get(conversation) ?? gather(conversation, tenant, info.k === "grant" ? info.grant.line : "");
  gathered.set(conversation, c);
  switch (info.k) {
    case "grant":
      if (kept) c.grants.set(info.grant.id, { grant: info.grant, frame: kept.value });
      return;
    case "owed":
      c.owed.add(info.ordinal);
      return;
    case "memory":
      c.memories.set(info.n, info);
      return;
    case "section": {
      const turns = settleCut(c, info);
      if (turns.length === info.turns.length) c.pending.push({ info, turns });
      return;
    }
    default: {
      if (!kept) return;
      const opened = await openFacts(keys, readEvent({ key: conversation, ...kept }));
      if (info.k === "context") {
        if (opened.kind === "conversation.updated" && opened.data.line !== undefined) c.line = opened.data.line;
        absorb(c, { offset: info.offset, kept, facts: opened }, info.admission.cut);
        return;
      }
      const id = turnOf(opened);
      if (id !== null) add(c, { info, kept, facts: opened, id });
    }
  }
};
