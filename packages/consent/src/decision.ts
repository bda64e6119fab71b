import type { ConsentFacts } from "@sotto/contracts";

/** A moment: RFC 3339 as ledgers write it, or epoch milliseconds as our facts do. */
export type Moment = string | number;

export type Outcome = "admit" | "hold" | "discard";

/** A person or machine in the conversation, as far as a decision needs to know it. */
export interface DecisionParty {
  readonly id: string;
  readonly role: string;
  /** Every place the party may be in; null or nothing at all: nobody knows, and the strictest row applies. */
  readonly jurisdiction?: string | readonly string[] | null;
  /** More places it may be in. */
  readonly jurisdiction_candidates?: readonly string[] | null;
  readonly age?: number | null;
  readonly notice?: {
    readonly delivered_at: Moment | null;
    readonly version?: string | null;
    readonly language_ok?: boolean | null;
    readonly recorded_in_audio?: boolean | null;
  } | null;
}

export interface DecisionProcessor {
  readonly id: string;
  readonly purposes: readonly string[];
  readonly location?: string | null;
  readonly disclosed: boolean;
  /** "none", "capable" (the contract would let it), or what it does. */
  readonly own_use?: string | null;
  readonly contract?: string | null;
  readonly transfer?: string | null;
  /** It hears the conversation as it happens: what it was not allowed to hear, it has heard. */
  readonly live_capture?: boolean;
}

export interface DecisionConsent {
  readonly id: string;
  readonly party: string;
  readonly purposes: readonly string[];
  readonly status: string;
  readonly method: string;
  readonly at: Moment;
  readonly notice_version?: string | null;
  /** The oldest version of the notice it was given under that is still valid; default: that of the context. */
  readonly notice_min_valid?: string | null;
  readonly evidence?: string | null;
  /** Not tied to one conversation. */
  readonly standing?: boolean;
  /** The conversation it is tied to, however the ledger names it; default: this one. */
  readonly interaction_id?: string | null;
  readonly interaction?: string | null;
  readonly bound_to?: string | null;
  readonly binding?: string | { readonly interaction_id?: string | null; readonly standing?: boolean } | null;
  readonly expires_at?: Moment | null;
  /** Who gave it for the party, or true. */
  readonly guardian?: string | boolean | null;
  readonly by_guardian?: boolean | null;
  readonly given_by?: string | null;
  readonly granular?: boolean;
  readonly freely_given?: boolean;
}

export interface DecisionBasis {
  readonly purpose: string;
  /** "*": every party. */
  readonly party: string;
  readonly basis: string;
  readonly documented?: boolean;
  readonly opt_out_offered?: boolean;
}

/** What a fence in scope demands of the decision. */
export interface Stop {
  readonly reason: string;
  /** null: every purpose. */
  readonly purposes: readonly string[] | null;
  readonly fence: string;
}

/** Everything a decision looks at: one stretch of a conversation, at one moment. Field names are those of the contract. */
export interface DecisionFacts {
  readonly profile?: "explicit" | "statutory";
  readonly evaluated_at: Moment;
  readonly interaction: {
    readonly id: string;
    readonly channel: string;
    readonly direction?: string;
    readonly personal_data?: boolean;
    readonly ai_agent?: boolean;
    readonly ai_disclosed?: boolean | null;
    readonly capture: { readonly state: string; readonly started_at: Moment | null };
  };
  readonly controller?: { readonly jurisdiction?: string | null };
  readonly parties: readonly DecisionParty[];
  readonly processors: readonly DecisionProcessor[];
  readonly purposes: readonly string[];
  readonly consents: readonly DecisionConsent[];
  readonly bases: readonly DecisionBasis[];
  readonly context: {
    readonly ledger: string;
    readonly notice_current?: string | null;
    readonly notice_min_valid?: string | null;
    readonly objections?: readonly string[];
    readonly restricted?: boolean;
    readonly phi?: boolean;
    readonly sad_present?: boolean;
    readonly redaction?: string;
    readonly hold_since?: Moment | null;
    readonly hold_ttl_s?: number;
    /** The words fall into a pause of capture that nothing may come out of. */
    readonly paused?: boolean;
    readonly stops?: readonly Stop[];
  };
  /** The line it was on; only for a grant. */
  readonly line?: string;
  /** The given records as they came, by the id that `consents` uses; only for a grant. */
  readonly records?: Readonly<Record<string, ConsentFacts>>;
}

/** What was decided, and all that explains it. `decision` and `reason` are those of the leading purpose. */
export interface Decision {
  readonly decision: Outcome;
  readonly reason: string;
  readonly purpose_decisions: Readonly<Record<string, "admit" | "hold" | "deny">>;
  readonly purpose_reasons: Readonly<Record<string, string>>;
  /** Ids of the rules that decided: `reason/…`, `place/…`, `demand/…`, `profile/…`. */
  readonly rules: readonly string[];
  /** Statutes, cases and standards behind them. */
  readonly sources: readonly string[];
  readonly policy: { readonly version: string; readonly digest: string };
  /** Ids of the consents that an admit stands on. */
  readonly consents: readonly string[];
  /** Bases other than consent that an admit stands on. */
  readonly bases: readonly DecisionBasis[];
}
