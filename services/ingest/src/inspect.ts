import { attributePlacements, doorLimits, fieldPlacements } from "@sotto/contracts";

import type { Refusal } from "./problem.ts";

/**
 * Asks of a whole parsed event what no schema asks: that it is nested no deeper than the limit, and that every string
 * and name in it is text (no U+0000, no half surrogate pair: neither survives UTF-8, SQL or a search unchanged).
 * Walks with a stack of its own, so depth costs heap and never the call stack. null: nothing to say against it.
 */
export const inspect = (event: object): Refusal | null => {
  const stack: Node[] = [{ value: event, depth: 1, name: "", parent: null }];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { value, depth } = node;
    if (typeof value === "string") {
      if (!isText(value))
        return { reason: "BAD_TEXT", errors: [{ pointer: pointerTo(node), detail: "not text" }] };
    } else if (typeof value === "object" && value !== null) {
      if (depth > doorLimits.depth) return { reason: "TOO_DEEP" };
      for (const [name, child] of Object.entries(value)) {
        if (!isText(name))
          return { reason: "BAD_TEXT", errors: [{ pointer: pointerTo(node), detail: "a name" }] };
        stack.push({ value: child, depth: depth + 1, name, parent: node });
      }
    }
  }
  return null;
};

/** A JSON pointer that names no more than our own field names and positions: the sender's own names may be content. */
export const pointer = (path: readonly PropertyKey[]): string => {
  const stranger = path.findIndex((name) => !isOurs(String(name)));
  return (stranger < 0 ? path : path.slice(0, stranger)).map((name) => `/${String(name)}`).join("");
};

interface Node {
  readonly value: unknown;
  readonly depth: number;
  readonly name: string;
  readonly parent: Node | null;
}

const isText = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

const pointerTo = (node: Node): string => {
  const path: string[] = [];
  for (let at: Node | null = node; at?.parent; at = at.parent) path.unshift(at.name);
  return pointer(path);
};

const ourNames = new Set([
  ...Object.keys(attributePlacements),
  ...Object.values(fieldPlacements).flatMap((fields) =>
    Object.keys(fields).flatMap((path) => path.split(".").map((name) => name.replace(/(\[\]|\{\})$/, ""))),
  ),
]);
const isOurs = (name: string): boolean => ourNames.has(name) || /^\d{1,6}$/.test(name);
