import type { Place } from "../src/index.ts";

/** A content frame's place; what a test is about is given. */
export const aPlace = (given: Partial<Place> = {}): Place => ({
  tenant: "acme",
  conversation: "c_0123456789abcdefghjkmnpqrs",
  slot: "raw",
  generation: 498_884,
  kind: "content",
  name: "e_0123456789abcdefghjkmnpqrs",
  headers: new Uint8Array(32).fill(0xab),
  ...given,
});

/** For each field of a place, that place with another value there. */
export const otherPlaces = (place: Place): readonly (readonly [field: keyof Place, other: Place])[] => [
  ["tenant", { ...place, tenant: `${place.tenant}x` }],
  ["conversation", { ...place, conversation: "c_0123456789abcdefghjkmnpqrt" }],
  ["conversation", { ...place, conversation: place.conversation === null ? "c" : null }],
  ["slot", { ...place, slot: place.slot === "raw" ? "archive" : "raw" }],
  ["generation", { ...place, generation: place.generation + 1 }],
  ["kind", { ...place, kind: place.kind === "content" ? "facts" : "content" }],
  ["name", { ...place, name: `${place.name}x` }],
  ["headers", { ...place, headers: new Uint8Array(32).fill(0xac) }],
  ["headers", { ...place, headers: place.headers === null ? new Uint8Array(32) : null }],
];
