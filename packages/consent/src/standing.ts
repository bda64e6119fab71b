import type { StandingConsent } from "@sotto/contracts";

import type { Conversation } from "./conversation.ts";
import { viewOf } from "./view.ts";

/** The standing consents of the people in this conversation: those that name a token one of them has. */
export const standingFor = (c: Conversation, all: readonly StandingConsent[]): StandingConsent[] => {
  const { tokens } = viewOf(c);
  if (tokens.length === 0 || all.length === 0) return [];
  const found = new Set<StandingConsent>();
  const index = indexOf(all);
  for (const token of tokens) {
    for (const standing of index.get(token) ?? []) {
      if (standing.tenant === c.tenant) found.add(standing);
    }
  }
  return [...found].toSorted((a, b) => (a.consent.id < b.consent.id ? -1 : 1));
};

const indexes = new WeakMap<
  readonly StandingConsent[],
  { readonly size: number; readonly byToken: ByToken }
>();
type ByToken = ReadonlyMap<string, readonly StandingConsent[]>;

/** By token; made again only when the list is another one or has grown. */
const indexOf = (all: readonly StandingConsent[]): ByToken => {
  const kept = indexes.get(all);
  if (kept?.size === all.length) return kept.byToken;
  const byToken = new Map<string, StandingConsent[]>();
  for (const standing of all) {
    for (const token of standing.consent.tokens ?? []) {
      const there = byToken.get(token);
      if (there) there.push(standing);
      else byToken.set(token, [standing]);
    }
  }
  indexes.set(all, { size: all.length, byToken });
  return byToken;
};
