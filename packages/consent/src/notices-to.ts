import type { Line, Policy } from "./policy.ts";
import type { KnownParty, View } from "./view.ts";

/** What one party was told, by a moment: only notices that policy knows, that still hold, and that were heard to the end. */
export interface Told {
  readonly staff: boolean;
  /** When it was first told; null: it was not. */
  readonly first: number | null;
  /** In a language it understands; null when it was told nothing. */
  readonly understood: boolean | null;
  /** The recording holds the notice. */
  readonly recorded: boolean;
  /** Processors that a notice named. */
  readonly processors: ReadonlySet<string>;
  readonly lastBefore: (at: number) => { readonly id: string; readonly version: string } | undefined;
}

interface Asked {
  readonly policy: Policy;
  readonly line: Line | null;
  readonly until: number;
}

export const noticesTo = (
  id: string,
  party: KnownParty,
  view: View,
  { policy, line, until }: Asked,
): Told => {
  const heard = view.notices.flatMap((delivered) => {
    const { notice, at, completed, recorded } = delivered;
    if (delivered.party !== id || !completed || at > until) return [];
    const known = policy.notices[notice.id];
    const version = known?.versions[notice.version];
    if (!known || !version || !isStillValid(known, notice.version)) return [];
    const language = notice.language ?? (version.languages.length === 1 ? version.languages[0] : undefined);
    return [
      { id: notice.id, version: notice.version, at, recorded, language, processors: version.processors },
    ];
  });
  const speaks = party.facts.language ?? line?.locale;
  return {
    staff: policy.rules.staffRoles.includes(party.facts.role),
    first: heard[0]?.at ?? null,
    understood: heard.length === 0 ? null : heard.some(({ language }) => isUnderstood(language, speaks)),
    recorded: heard.some(({ recorded }) => recorded === true),
    processors: new Set(heard.flatMap(({ processors }) => processors)),
    lastBefore: (at) => heard.findLast((notice) => notice.at <= at),
  };
};

/** Versions stand in the order they were made. */
const isStillValid = ({ versions, minValid }: Policy["notices"][string], version: string): boolean => {
  const order = Object.keys(versions);
  return order.indexOf(version) >= order.indexOf(minValid);
};

/** By primary language subtag (BCP 47). Who says nothing of the listener's language leaves nothing to compare. */
const isUnderstood = (spoken: string | undefined, listener: string | undefined): boolean =>
  listener === undefined || (spoken !== undefined && primary(spoken) === primary(listener));

const primary = (language: string): string | undefined => language.toLowerCase().split("-")[0];
