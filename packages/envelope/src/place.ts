/** The kinds of key a frame is sealed under (docs/formats/keys.md): by conversation, by day, by year, or one a file. */
export const slots = ["facts", "grants", "parked", "register", "raw", "archive", "rows"] as const;
export type Slot = (typeof slots)[number];

/** What a frame holds: part of what authenticates it, so that a frame of one kind never opens as another. */
export type FrameKind =
  | "facts"
  | "content"
  | "grant"
  | "fence"
  | "consent"
  | "state"
  | "section"
  | "memory"
  | "landed"
  | "document"
  | "rows"
  | "manifest"
  | "quarantine";

/** Where a frame belongs. All of it is authenticated (external_aad), none of it but slot and generation is stored. */
export interface Place {
  readonly tenant: string;
  readonly conversation: string | null;
  readonly slot: Slot;
  /** raw: window number · archive: 1, 2, … · facts, grants, parked: day as 20261124 · register: year as 2026 */
  readonly generation: number;
  readonly kind: FrameKind;
  /** Event id, grant id, entry key or object name: what the frame is. */
  readonly name: string;
  /** Digest of the CloudEvents headers beside it (`digestHeaders` of contracts), or null where there are none. */
  readonly headers: Uint8Array | null;
}

/** Narrows what came from outside; anything else is no slot of ours. */
export const isSlot = (text: string): text is Slot => slots.some((slot) => slot === text);
