import { changeKeyObject } from "./change-key-object.ts";
import { conversationKeyName, dayKeyName } from "./key-address.ts";
import { readConversationKeys, readSingleKey, writeKeyObject } from "./key-object.ts";
import type { KeyStore } from "./ports.ts";

/** Takes data keys away for good: by compare-and-swap, never by deleting, so that what is gone is not made again. */
export const openKeyShredder = (store: KeyStore) => {
  const inspect = async (tenant: string, conversation: string) => {
    const name = conversationKeyName(conversation);
    const stored = await store.read(name);
    if (stored === null) return null;
    const object = readConversationKeys(name, stored.bytes, tenant);
    return { state: object.state, archive: generations(object.archive), raw: generations(object.raw) };
  };

  /** Removes one raw window. Its fingerprint; null when there was none. */
  const shredRaw = (tenant: string, conversation: string, window: number): Promise<string | null> => {
    const name = conversationKeyName(conversation);
    return changeKeyObject(store, name, (stored) => {
      const object = stored === null ? null : readConversationKeys(name, stored, tenant);
      if (object?.state !== "live") return { write: null, result: null };
      const { [String(window)]: gone, ...raw } = object.raw;
      if (gone === undefined) return { write: null, result: null };
      return { write: writeKeyObject({ ...object, raw }), result: gone.fingerprint };
    });
  };

  /** Also a day that has no key is shredded: a sealer that comes late must not make one that nobody shreds again. */
  const shredDay = (slot: DaySlot, tenant: string, day: number): Promise<string | null> => {
    const name = dayKeyName(slot, tenant, day);
    return changeKeyObject(store, name, (stored) => {
      const object = stored === null ? null : readSingleKey(name, stored, tenant);
      if (object?.state === "shredded") return { write: null, result: null };
      const result = object?.key.fingerprint ?? null;
      const what = { version: 1, tenant, slot, generation: day, name: null } as const;
      return { write: writeKeyObject({ ...what, state: "shredded", fingerprint: result }), result };
    });
  };

  /** Fingerprints of all it held; the same again on a repeat. A conversation without keys is erased as well. */
  const erase = (tenant: string, conversation: string): Promise<string[]> => {
    const name = conversationKeyName(conversation);
    return changeKeyObject(store, name, (stored) => {
      const object = stored === null ? null : readConversationKeys(name, stored, tenant);
      if (object?.state === "erased") return { write: null, result: object.fingerprints };
      const held = object === null ? [] : [...Object.values(object.archive), ...Object.values(object.raw)];
      const result = held.map((slot) => slot.fingerprint);
      const erased = { version: 1, state: "erased", tenant, archive: {}, raw: {} } as const;
      return { write: writeKeyObject({ ...erased, fingerprints: result }), result };
    });
  };
  return { inspect, shredRaw, shredDay, erase };
};

type DaySlot = "facts" | "grants" | "parked";

const generations = (slots: object): number[] =>
  Object.keys(slots)
    .map(Number)
    .toSorted((a, b) => a - b);
