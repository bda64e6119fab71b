import type { Fence, Grant } from "@sotto/contracts";

import { byFinality, concerns, covers, type Subject } from "./fence-scope.ts";

/**
 * All live fences, found by what they name, so that asking costs what is in scope and not what there is. Keys are those
 * of the topic; setting a key again replaces its fence.
 */
export class FenceIndex {
  readonly #byKey = new Map<string, Fence>();
  /** Shelf (a conversation, a token, or a tenant as a whole) to the keys that lie there. */
  readonly #shelves = new Map<string, Set<string>>();

  set(key: string, fence: Fence): void {
    this.delete(key);
    this.#byKey.set(key, fence);
    for (const shelf of shelvesOf(fence)) {
      const keys = this.#shelves.get(shelf);
      if (keys) keys.add(key);
      else this.#shelves.set(shelf, new Set([key]));
    }
  }

  delete(key: string): void {
    const fence = this.#byKey.get(key);
    if (!fence) return;
    this.#byKey.delete(key);
    for (const shelf of shelvesOf(fence)) {
      const keys = this.#shelves.get(shelf);
      keys?.delete(key);
      if (keys?.size === 0) this.#shelves.delete(shelf);
    }
  }

  /** Every fence in scope, each once, in the order of its id. */
  scope(subject: Subject): Fence[] {
    const found = new Map<string, Fence>();
    const shelves = [
      tenantShelf(subject.tenant),
      conversationShelf(subject.tenant, subject.conversation),
      ...subject.tokens.map((token) => tokenShelf(subject.tenant, token)),
    ];
    for (const shelf of shelves) {
      for (const key of this.#shelves.get(shelf) ?? []) {
        const fence = this.#byKey.get(key);
        if (fence && covers(fence, subject)) found.set(key, fence);
      }
    }
    return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  get size(): number {
    return this.#byKey.size;
  }
}

/** A fence lies where the fewest lie: by conversation, else by each of its tokens, else with its tenant. */
const shelvesOf = ({ tenant, scope }: Fence): string[] => {
  if (scope.conversation !== undefined) return [conversationShelf(tenant, scope.conversation)];
  if (scope.token !== undefined && scope.token.length > 0) {
    return scope.token.map((token) => tokenShelf(tenant, token));
  }
  return [tenantShelf(tenant)];
};

const tenantShelf = (tenant: string): string => tenant;
const conversationShelf = (tenant: string, id: string): string => `${tenant}/conversation/${id}`;
const tokenShelf = (tenant: string, token: string): string => `${tenant}/token/${token}`;

/**
 * The purposes of a grant that a fence stops which the grant does not answer, and that fence. Asked at every door.
 * `tokens`: those of everybody who is known by now; a grant knows only who was known when it was given.
 */
export const stopped = (
  grant: Grant,
  index: FenceIndex,
  tokens: readonly string[] = [],
): ReadonlyMap<string, Fence> => {
  const stops = new Map<string, Fence>();
  const subject = { ...grant, tokens: [...new Set([...grant.tokens, ...tokens])] };
  for (const fence of index.scope(subject).toSorted(byFinality)) {
    if (grant.fences.includes(fence.id)) continue;
    for (const { purpose } of grant.purposes) {
      if (!stops.has(purpose) && concerns(fence, purpose)) stops.set(purpose, fence);
    }
  }
  return stops;
};
