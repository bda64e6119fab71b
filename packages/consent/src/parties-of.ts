import type { PartyFacts } from "@sotto/contracts";

import type { Conversation } from "./conversation.ts";
import { viewOf } from "./view.ts";

/** Every party that took part, by id, with all that was said of it. */
export const partiesOf = (c: Conversation): PartyFacts[] =>
  [...viewOf(c).parties.values()].map(({ facts }) => facts).toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** Every token of every party: what a fence by subject matches. */
export const tokensOf = (c: Conversation): readonly string[] => viewOf(c).tokens;

/** The conversation's attributes; the last to be told of a key wins it. */
export const attributesOf = (c: Conversation): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const known of c.known)
    if ("attributes" in known.data) Object.assign(attributes, known.data.attributes);
  return attributes;
};
