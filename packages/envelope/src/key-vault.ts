import { changeKeyObject } from "./change-key-object.ts";
import { dataKey, type DataKey } from "./data-key.ts";
import { EnvelopeError, KeyGoneError } from "./errors.ts";
import type { KeyLocation } from "./key-address.ts";
import type { WrappedSlot } from "./key-object.ts";
import type { KeyService, KeyStore } from "./ports.ts";

/** Data keys in their key objects: read or made, unwrapped and checked, without a cache. */
export const openVault = (o: { service: KeyService; store: KeyStore; now: () => number }) => {
  const { service, store } = o;
  const counts = { made: 0, opened: new Map<string, number>() };

  const unwrap = async (at: KeyLocation, slot: WrappedSlot): Promise<DataKey> => {
    const slotName = at.context["slot"] ?? at.kek;
    counts.opened.set(slotName, (counts.opened.get(slotName) ?? 0) + 1);
    const wrapped = { kek: slot.kek, wrapped: Buffer.from(slot.wrapped, "base64") };
    const bytes = await service.open(wrapped, at.context);
    return checked(at, bytes, slot.fingerprint);
  };

  const make = async (at: KeyLocation): Promise<Made> => {
    counts.made += 1;
    const { key: bytes, wrapped } = await service.dataKey(at.kek, at.context);
    const key = checked(at, bytes, null);
    const slot: WrappedSlot = {
      kek: wrapped.kek,
      wrapped: Buffer.from(wrapped.wrapped).toString("base64"),
      fingerprint: key.fingerprint,
      createdAt: o.now(),
    };
    return { key, slot };
  };

  /** The key there. KeyGoneError when there is none; never makes one. */
  const read = async (at: KeyLocation): Promise<DataKey> => {
    const stored = await store.read(at.name);
    const slot = at.find(stored?.bytes ?? null);
    if (slot === null) throw new KeyGoneError("absent", `Key object ${at.name} has no such key`);
    return unwrap(at, slot);
  };

  /**
   * The key there, made if absent. It resolves once the key object is durable: a frame sealed under a key that a crash
   * could lose would be lost with it. Who loses the race uses the winner's.
   */
  const ensure = async (at: KeyLocation): Promise<DataKey> => {
    const race: { mine: Made | null } = { mine: null };
    try {
      const slot = await changeKeyObject(store, at.name, async (stored) => {
        const theirs = at.find(stored);
        if (theirs !== null) return { write: null, result: theirs };
        race.mine ??= await make(at);
        return { write: at.add(stored, race.mine.slot), result: race.mine.slot };
      });
      if (slot !== race.mine?.slot) return await unwrap(at, slot);
      const { key } = race.mine;
      race.mine = null;
      return key;
    } finally {
      race.mine?.key.zero();
    }
  };

  const counted = () => ({ made: counts.made, opened: Object.fromEntries(counts.opened) });
  return { counts: counted, read, ensure };
};

interface Made {
  readonly key: DataKey;
  readonly slot: WrappedSlot;
}

/** Takes the key service's bytes over: copies, checks and zeroes them. */
const checked = (at: KeyLocation, bytes: Uint8Array, fingerprint: string | null): DataKey => {
  try {
    if (bytes.length !== 32)
      throw new EnvelopeError(`Key object ${at.name}: the key service gave no 256-bit key`);
    const key = dataKey(bytes);
    if (fingerprint === null || key.fingerprint === fingerprint) return key;
    key.zero();
    throw new EnvelopeError(`Key object ${at.name}: what was unwrapped is not the key it names`);
  } finally {
    bytes.fill(0);
  }
};
