import type { Keys } from "@sotto/envelope";
import { openEntry, openFacts, readEvent, type SealedEntry } from "@sotto/stream";

import {
  absorb,
  add,
  gather,
  settleCut,
  turnKey,
  turnOf,
  type Gathered,
  type Heard,
  type OpenTurn,
} from "./conversation.ts";
import { worker } from "./effects.ts";
import { entryInfo, type SectionInfo } from "./entries.ts";

/** A conversation while its entries are put back. */
export interface Recalled {
  readonly c: Gathered;
  /** Every turn whose frame is still there, by `ordinal.part`. */
  readonly frames: Map<string, OpenTurn>;
  readonly sections: { readonly info: SectionInfo; readonly context: readonly Heard[] }[];
  readonly due: Set<number>;
}

/**
 * Puts one restored entry back into the fold, in the order in which entries were written. Throws when it does not open
 * in its place.
 */
export const recall = async (
  keys: Keys,
  recalled: Map<string, Recalled>,
  key: string,
  sealed: SealedEntry,
): Promise<void> => {
  const [conversation = ""] = key.split("/");
  const { tenant, day, kept } = sealed;
  const facts = await keys.toOpen({ slot: "facts", tenant, conversation: null, generation: day });
  const info = entryInfo.parse(openEntry({ key: facts, worker, tenant, conversation }, key, sealed));
  const r = recalled.get(conversation) ?? begin(conversation, tenant);
  recalled.set(conversation, r);
  const { c } = r;
  switch (info.k) {
    case "grant":
      if (c.line === "") c.line = info.grant.line;
      if (kept) c.grants.set(info.grant.id, { grant: info.grant, frame: kept.value });
      return;
    case "owed":
      c.owed.add(info.ordinal);
      return;
    case "memory":
      c.memories.set(info.n, info);
      return;
    case "due":
      r.due.add(info.n);
      return;
    case "section":
      settleCut(c, info);
      r.sections.push({ info, context: [...c.context] });
      return;
    default: {
      if (!kept) return;
      const event = readEvent({ key: conversation, ...kept });
      const opened = await openFacts(keys, event);
      const grant = info.admission.grant ?? "";
      if (info.k === "context") {
        absorb(c, { event, facts: opened, grant }, info.admission.cut);
        return;
      }
      const id = turnOf(opened);
      if (id === null) return;
      const turn = { info, kept, event, facts: opened, id };
      r.frames.set(turnKey(info.admission), turn);
      // An entry that a writer of before wrote once more, after its section was cut, is not open again.
      if (!c.settled.has(turnKey(info.admission))) add(c, turn);
    }
  }
};

const begin = (conversation: string, tenant: string): Recalled => ({
  c: gather(conversation, tenant, ""),
  frames: new Map(),
  sections: [],
  due: new Set(),
});

/**
 * Tells the sections that were cut but not sent from those that are done with; answers entries of the latter that are
 * still there: a crash kept them from being tombstoned, or a writer of before wrote them once more. A frame goes only
 * after the commit, so a section that lacks one is done, whatever else is there of it.
 */
export const settleSections = ({ c, frames, sections, due }: Recalled): string[] => {
  const left: string[] = [];
  for (const { info, context } of sections.toSorted((a, b) => a.info.n - b.info.n)) {
    const keys = info.turns.map(([ordinal, part]) => turnKey({ ordinal, part }));
    const named = [...keys, ...info.ends.map(turnKey)];
    if (due.has(info.n) && named.every((key) => frames.has(key))) {
      c.pending.push({ info, turns: keys.flatMap((key) => frames.get(key) ?? []), context });
      continue;
    }
    if (due.has(info.n)) left.push(`${c.id}/due/${info.n}`);
    left.push(...named.filter((key) => frames.has(key)).map((key) => `${c.id}/open/${key}`));
  }
  return left;
};
