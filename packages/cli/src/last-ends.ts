import type { Ended } from "@sotto/contracts";

import type { Told } from "./audit-trail.ts";

/** How an ordinal ended, and by which entry of the audit log. */
export interface LastEnd {
  readonly end: Ended["end"];
  readonly index: number;
}

/** By ordinal of one conversation, from its entries: the end that was told last counts, as in the account of `status`. */
export const lastEnds = (entries: readonly Told[]): Map<number, LastEnd> => {
  const last = new Map<number, LastEnd>();
  for (const { event, index } of entries) {
    switch (event.type) {
      case "sotto.audit.document.landed.v1":
        for (const ordinal of event.ordinals) last.set(ordinal, { end: "archived", index });
        break;
      case "sotto.audit.turns.ended.v1":
        for (const { ordinal, end } of event.ends) last.set(ordinal, { end, index });
        break;
      case "sotto.audit.turn.quarantined.v1":
        if (event.ordinal !== undefined) last.set(event.ordinal, { end: "quarantined", index });
    }
  }
  return last;
};
