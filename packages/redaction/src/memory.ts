import type { OpenAsk } from "./asks.ts";
import type { Kind } from "./finding.ts";

/** What a conversation's next section must know to go on with the same numbers. Plain data; holds values: seal it as raw. */
export interface Memory {
  readonly counters: Readonly<Record<string, number>>;
  readonly values: readonly (readonly [kind: Kind, value: string, placeholder: string])[];
  /** What the agent asked for and has not yet been told in full. */
  readonly slots: readonly OpenAsk[];
}

/** The highest placeholder number given so far, by kind: no values, so it may be kept when the memory may not. */
export const highest = (memory: Memory): Record<string, number> => ({ ...memory.counters });

/** A memory that knows no values but gives no number a second time: for a section whose predecessor's memory is gone. */
export const resume = (counters: Readonly<Record<string, number>>): Memory => ({
  counters: { ...counters },
  values: [],
  slots: [],
});

/** Gives placeholders: the same value of a kind gets the same one, a new value the next number. */
export interface Numbering {
  place(kind: Kind, value: string): string;
  /** A number for something whose value is unknown, so that it equals nothing else. */
  fresh(kind: Kind): string;
  /** Never give this number again: the text came with it. */
  reserve(kind: string, number: number): void;
  counters(): Record<string, number>;
  values(): [Kind, string, string][];
}

export const openNumbering = (memory: Memory | undefined): Numbering => {
  const counters = new Map<string, number>(Object.entries(memory?.counters ?? {}));
  const known = new Map<string, [Kind, string, string]>();
  for (const [kind, value, placeholder] of memory?.values ?? [])
    known.set(`${kind} ${value}`, [kind, value, placeholder]);
  const fresh = (kind: Kind) => {
    const number = (counters.get(kind) ?? 0) + 1;
    counters.set(kind, number);
    return `[${kind}_${number}]`;
  };
  return {
    fresh,
    place: (kind, value) => {
      const key = `${kind} ${value}`;
      const before = known.get(key);
      if (before !== undefined) return before[2];
      const placeholder = fresh(kind);
      known.set(key, [kind, value, placeholder]);
      return placeholder;
    },
    reserve: (kind, number) => void counters.set(kind, Math.max(counters.get(kind) ?? 0, number)),
    counters: () => Object.fromEntries(counters),
    values: () => [...known.values()],
  };
};
