import { decodeCbor, encodeCbor } from "@sotto/contracts";
import { EnvelopeError, KeyGoneError, open, seal, type Keys, type Place } from "@sotto/envelope";
import { highest, resume, type Memory } from "@sotto/redaction";

import type { Gathered } from "./conversation.ts";
import type { MemoryInfo } from "./entries.ts";

/**
 * What section `n` goes on from: what the last section before it wrote that had words to remember. Another try goes on
 * from what the first one wrote too, for numbers once given to values stay theirs.
 */
export const memoryFor = async (keys: Keys, c: Gathered, n: number): Promise<Memory | undefined> => {
  const before = await openMemory(keys, c, c.memories.get(lastBefore(c, n)));
  const own = await openMemory(keys, c, c.memories.get(n));
  return own ? { ...own, slots: before?.slots ?? [] } : before;
};

/** Sections whose memories nobody will ask for again once section `n` is done with. */
export const outlived = (c: Gathered, n: number): number[] => {
  const last = lastBefore(c, n);
  return [...c.memories.keys()].filter((key) => key < last);
};

const lastBefore = (c: Gathered, n: number): number =>
  Math.max(0, ...[...c.memories.keys()].filter((key) => key < n));

/**
 * The memory's values live and die with the words: sealed under the newest raw window of the turns that were opened.
 * When that has died meanwhile only the numbers are kept.
 */
export const sealMemory = async (
  keys: Keys,
  c: Gathered,
  o: { readonly n: number; readonly memory: Memory; readonly window: number },
): Promise<MemoryInfo> => {
  const { n, memory, window } = o;
  const place = placeOf(c, n, window);
  const numbers = { k: "memory", n, highest: highest(memory) } as const;
  try {
    // Opened, not made: a window that is gone must not come back for the sake of a memory.
    const key = await keys.toOpen(place);
    return { ...numbers, memory: { window, frame: seal(encodeCbor(memory), key, place) } };
  } catch (error) {
    if (error instanceof KeyGoneError) return { ...numbers, memory: null };
    throw error;
  }
};

/** Opens what sealMemory sealed; when its window has died, only the highest numbers are left to go on from. */
const openMemory = async (
  keys: Keys,
  c: Gathered,
  info: MemoryInfo | undefined,
): Promise<Memory | undefined> => {
  if (!info) return undefined;
  if (!info.memory) return resume(info.highest);
  const place = placeOf(c, info.n, info.memory.window);
  try {
    return decodeCbor(open(info.memory.frame, await keys.toOpen(place), place)) as Memory;
  } catch (error) {
    if (error instanceof KeyGoneError || error instanceof EnvelopeError) return resume(info.highest);
    throw error;
  }
};

const placeOf = (c: Gathered, n: number, window: number) =>
  ({
    slot: "raw",
    tenant: c.tenant,
    conversation: c.id,
    generation: window,
    kind: "memory",
    name: `${c.id}/${n}`,
    headers: null,
  }) as const satisfies Place;
