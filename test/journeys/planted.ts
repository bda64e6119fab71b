import { randomBytes, randomInt } from "node:crypto";

import { attributePlacements, doorEvent, fieldPlacements, kindOf, type Placement } from "@sotto/contracts";

/** A text of at least 12 bytes that is written nowhere else, and the field that it was sent in. */
export interface Secret {
  readonly value: string;
  readonly field: string;
  /** Where the contract of events puts that field; unknown ones are dropped. */
  readonly placement: Placement;
}

export interface Event {
  readonly type: string;
  readonly data: object;
  readonly [attribute: string]: unknown;
}

export interface Planted {
  readonly event: Event;
  readonly secrets: readonly Secret[];
}

const hex = (bytes = 6): string => randomBytes(bytes).toString("hex");
const word = (): string => `Q${Array.from({ length: 11 }, () => "bdfgklmnprstvz"[randomInt(14)]).join("")}`;

/** Whatever a field may hold; with what every escape has to escape. */
export const free = (): string => `p\\ant "${hex()}" é`;
const person = (): string => `${word()} ${word()}`;
const email = (): string => `plant.${hex()}@example.com`;
const phone = (): string => `+44 20 7${randomInt(1e8, 1e9)}`;
const code = (): string => `plant-${hex()}`;

/** From what carries everything to what carries little; the first that its field takes is planted. */
const shapes: readonly (() => string)[] = [
  free,
  code,
  () => `en-${hex(4)}-${hex(4)}`,
  () => `application/x-${hex()}`,
  () => `application/json; x="${hex()}"`,
];

/** Known by the credential, and in clear in headers and audit: no sender can write anything else there. */
const ofTheCredential = new Set(["source", "tenant", "line", "data.line"]);
/** Telling apart what the policy lists as attributes is the test's own copy of it. */
const listedAttributes = new Set(["queue", "skill", "campaign", "disposition", "product", "region"]);

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: string;
  readonly field: string;
}

/** Every string of an event, wherever it stands; `field` in the notation of the contract. */
export const leavesOf = (value: unknown, path: Leaf["path"] = []): Leaf[] => {
  if (typeof value === "string") return [{ path, value, field: fieldOf(path) }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    leavesOf(child, [...path, Array.isArray(value) ? Number(name) : name]),
  );
};

const fieldOf = (path: Leaf["path"]): string =>
  path
    .map((step, n) => (typeof step === "number" ? "[]" : path[n - 1] === "attributes" ? "{}" : `.${step}`))
    .join("")
    .slice(1);

const placementOf = (event: Event, { field, path }: Leaf): Placement => {
  const kind = kindOf(event.type);
  if (path[0] !== "data") {
    return Object.entries(attributePlacements).find(([name]) => name === field)?.[1] ?? "dropped";
  }
  if (field === "data.attributes{}") return listedAttributes.has(String(path[2])) ? "fact" : "dropped";
  return (kind && fieldPlacements[kind][field.replace("data.", "")]) ?? "dropped";
};

export const withValue = (event: Event, path: Leaf["path"], value: unknown): Event => {
  const copy = structuredClone(event);
  let at: unknown = copy;
  for (const step of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[step];
  (at as Record<string | number, unknown>)[path.at(-1) ?? ""] = value;
  return copy;
};

const known = new Map<string, (() => string) | null>();

/** How a secret for that field is made; null: the field is closed, it takes nothing of 12 bytes that a sender chooses. */
export const shapeOf = (event: Event, leaf: Leaf): (() => string) | null => {
  const key = `${event.type} ${leaf.field}`;
  if (ofTheCredential.has(leaf.field)) return null;
  const before = known.get(key);
  if (before !== undefined) return before;
  const shape =
    shapes.find((make) => doorEvent.safeParse(withValue(event, leaf.path, make())).success) ?? null;
  known.set(key, shape);
  return shape;
};

const likeThe = ({ value, field }: Leaf): (() => string) => {
  if (/part(y|ies\[\])\.name$/.test(field)) return person;
  if (/^\S+@\S+\.\w+$/.test(value)) return email;
  return /^\+[\d ]+$/.test(value) ? phone : free;
};

export interface Planting {
  /** Equal originals become equal secrets, so that ids still refer; without it every field has its own. */
  readonly names?: Map<string, string>;
  /** Facts too: all of them, or those that do not decide whether a turn may pass. */
  readonly facts: "all" | "idle";
}

const deciding = /\b(processors|uses|bases|notice|purposes|engine\.id|part(y|ies\[\])\.language)\b/;

/** A text with `{me}` in it says who speaks, as the platform knows them. */
export const me = { name: "Anna Lindqvist", email: "anna.lindqvist@example.com", phone: "+46 70 123 45 67" };

/**
 * The event with a secret of its own in every string field that takes one. It still fits its type. What it has besides,
 * under names that nobody knows (secrets as well), is to be dropped.
 */
export const plant = (original: Event, { names, facts }: Planting): Planted => {
  const secrets: Secret[] = [];
  let event = original;
  for (const leaf of leavesOf(original)) {
    const shape = shapeOf(original, leaf);
    const placement = placementOf(original, leaf);
    if (shape === null || (placement === "fact" && facts === "idle" && deciding.test(leaf.field))) continue;
    const isKept = placement !== "fact" && placement !== "dropped";
    const before = isKept ? names?.get(leaf.value) : undefined;
    const value = before ?? (shape === free ? likeThe(leaf) : shape)();
    if (isKept && shape === free) names?.set(leaf.value, value);
    secrets.push({ value, field: `${original.type} ${leaf.field}`, placement });
    const mine = [me.name, me.email, me.phone].map((one) => names?.get(one) ?? "");
    const said = leaf.value.includes("{me}") ? `${value}. I am ${mine.join(" or ")}` : value;
    event = withValue(event, leaf.path, said);
  }
  const strange = Array.from({ length: 6 }, code);
  const [a = "", b = "", c = "", d = "", e = "", f = ""] = strange;
  event = { ...event, [a]: b, data: { ...event.data, [c]: { deep: [d] } } };
  if ("attributes" in event.data)
    event = {
      ...event,
      data: { ...event.data, attributes: { ...(event.data.attributes as object), [e]: { not: f } } },
    };
  for (const value of strange)
    secrets.push({ value, field: `${original.type} unknown`, placement: "dropped" });
  return { event, secrets };
};
