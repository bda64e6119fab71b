import type { ObjectStore } from "@sotto/archive";
import type { Keys } from "@sotto/envelope";
import type { FenceTable, LogRecord } from "@sotto/stream";

import type { SectionClaim } from "./open-section.ts";

/** What landing needs of the platform. */
export interface Tools {
  readonly archive: ObjectStore;
  readonly keys: Keys;
  readonly fences: Pick<FenceTable, "index" | "isFresh">;
  readonly clock: { now(): number };
  /** Counts a landing, by result. */
  readonly landed: (result: string) => void;
  /** Tells the operator of a bug: its class, never its text. */
  readonly failed: (error: unknown) => void;
}

/** The record in hand, and what it claims to be. */
export interface InHand {
  readonly tools: Tools;
  readonly record: LogRecord;
  readonly claim: SectionClaim;
}
