import type { KeyObject } from "node:crypto";

import type { Content, IdPrefix } from "@sotto/contracts";

import type { Names } from "./names.ts";
import { subjectToken } from "./subject-token.ts";

/** What one event's content is gathered into while its facts are made; every vendor's word passes here or is lost. */
export interface Gathering {
  /** Our id for a vendor's; keeps the original. */
  ours(prefix: IdPrefix, vendor: string): string;
  /** Tokens of identifiers, each once, in order. */
  tokens(identifiers: ReadonlyArray<{ readonly kind: string; readonly value: string }>): string[];
  /** Keeps a reference or a free text by its JSON pointer into the data. */
  keep(pointer: string, text: string | undefined): void;
  readonly content: Content;
  /** All tokens asked for, for fences that name a subject. */
  readonly allTokens: readonly string[];
  /** One more field that was not kept. */
  drop(): void;
  readonly dropped: number;
}

/** As key objects: given raw bytes, Node takes ten times as long for a short HMAC. */
export interface Peppers {
  readonly id: KeyObject;
  readonly subject: KeyObject;
  /** Version of the subject pepper. */
  readonly version: number;
}

export const gather = (names: Names, conversation: string | null, peppers: Peppers): Gathering => {
  const originals: Record<string, string> = {};
  const refs: Record<string, string> = {};
  const content: Content = { v: 1, originals };
  const allTokens: string[] = [];
  let dropped = 0;
  return {
    ours: (prefix, vendor) => {
      const id = prefix === "c" ? names.conversation(vendor) : names.within(prefix, conversation, vendor);
      originals[id] = vendor;
      return id;
    },
    tokens: (identifiers) => {
      const made = identifiers.flatMap((one) => subjectToken(peppers.subject, peppers.version, one) ?? []);
      const tokens = [...new Set(made)];
      allTokens.push(...tokens);
      return tokens;
    },
    keep: (pointer, text) => {
      if (text === undefined) return;
      refs[pointer] = text;
      content.refs = refs;
    },
    content,
    allTokens,
    drop: () => {
      dropped += 1;
    },
    get dropped() {
      return dropped;
    },
  };
};

/** Without the fields that are undefined: deterministic CBOR has no word for them, an absent field is left out. */
export const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
