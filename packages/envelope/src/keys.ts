import type { DataKey } from "./data-key.ts";
import { locate, locatePepper, type KeyAddress, type KeyLocation, type PepperKind } from "./key-address.ts";
import { openKeyLoader, type Wanted } from "./key-loader.ts";
import { openKeyShredder } from "./key-shredder.ts";
import { openVault } from "./key-vault.ts";
import type { Slot } from "./place.ts";
import type { KeyService, KeyStore } from "./ports.ts";

/**
 * The data keys of one process. Use a key synchronously after its await and do not keep it: once it left the cache it
 * is zeroed and throws UnavailableError, and asking again is cheap (a hit costs less than 2 µs).
 */
export interface Keys {
  /** Makes the key when absent, and resolves once it is durable. KeyGoneError: erased, or shredded. */
  toSeal(a: KeyAddress): Promise<DataKey>;
  /** Never makes one. KeyGoneError: absent, shredded or erased; it is not remembered, the next call asks again. */
  toOpen(a: KeyAddress): Promise<DataKey>;
  /** A tenant's secret for keyed digests, made if absent; a copy, the caller's to zero. Versions count from 1. */
  pepper(tenant: string, kind: PepperKind, version?: number): Promise<Uint8Array>;
  /** Generations in rising order; null when it has no key object. */
  inspect(
    tenant: string,
    conversation: string,
  ): Promise<{ state: "live" | "erased"; archive: number[]; raw: number[] } | null>;
  /** The fingerprint of what was shredded; null if it was gone. */
  shredRaw(tenant: string, conversation: string, window: number): Promise<string | null>;
  /** As `shredRaw`; a day that never had a key is shredded too, so that it gets none. */
  shredDay(slot: "facts" | "grants" | "parked", tenant: string, day: number): Promise<string | null>;
  /** Fingerprints of all keys it held, the same again when repeated. Nobody makes a key for it afterwards. */
  erase(tenant: string, conversation: string): Promise<string[]>;
  /** Zeroes what this process holds of a conversation, at once; an answer under way is fetched anew. */
  forget(conversation: string): void;
  /** Data keys asked of the key service, and unwrapped by it, by slot. */
  counts(): { made: number; opened: Readonly<Record<string, number>> };
  /** Zeroes all of them. */
  [Symbol.dispose](): void;
}

interface KeysOptions {
  readonly service: KeyService;
  readonly store: KeyStore;
  /** What this process may seal and open; a slot that is not listed is refused before anything is asked. */
  readonly seals: readonly Slot[];
  readonly opens: readonly Slot[];
  readonly now: () => number;
  /** Default 10,000. */
  readonly maxKeys?: number;
}

const minuteMs = 60_000;

/** Opens the keys of a process with its rights. Key objects and their rules: docs/formats/keys.md. */
export const openKeys = (o: KeysOptions): Keys => {
  const seals = new Set<string>(o.seals);
  const opens = new Set<string>(o.opens);
  const vault = openVault(o);
  const shredder = openKeyShredder(o.store);
  const loader = openKeyLoader({ maxKeys: o.maxKeys ?? 10_000, now: o.now });

  // Where raw keys are opened they live ten minutes, so that a shredded window is soon closed in memory as well. A
  // process that only seals keeps them; that it does not seal under a window that is over is its own duty.
  const lifeMs = (slot: Slot): number => (slot === "raw" && opens.has("raw") ? 10 : 60) * minuteMs;
  const wanted = (name: string, a: KeyAddress, fetch: (at: KeyLocation) => Promise<DataKey>): Wanted => ({
    name,
    conversation: isOfConversation(a.slot) ? a.conversation : null,
    lifeMs: lifeMs(a.slot),
    fetch: async () => fetch(locate(a)),
  });

  return {
    toSeal(a) {
      if (!seals.has(a.slot)) return Promise.reject(refused("seal", a.slot));
      const name = nameOf(a);
      return loader.held(name) ?? loader.load("seal", wanted(name, a, vault.ensure));
    },
    toOpen(a) {
      if (!opens.has(a.slot)) return Promise.reject(refused("open", a.slot));
      const name = nameOf(a);
      return loader.held(name) ?? loader.load("open", wanted(name, a, vault.read));
    },
    async pepper(tenant, kind, version = 1) {
      const name = `pepper\n${tenant}\n${kind}\n${version}`;
      const fetch = async () => vault.ensure(locatePepper(tenant, kind, version));
      const pepper = { name, conversation: null, lifeMs: 60 * minuteMs, fetch };
      const key = await (loader.held(name) ?? loader.load("seal", pepper));
      // A copy: a zeroed pepper in a holder's hands would be a known one, and every id made with it guessable.
      return Uint8Array.from(key.bytes);
    },
    inspect: shredder.inspect,
    async shredRaw(tenant, conversation, window) {
      const shredded = await shredder.shredRaw(tenant, conversation, window);
      loader.drop(nameOf({ slot: "raw", tenant, conversation, generation: window }));
      return shredded;
    },
    async shredDay(slot, tenant, day) {
      const shredded = await shredder.shredDay(slot, tenant, day);
      loader.drop(nameOf({ slot, tenant, conversation: null, generation: day }));
      return shredded;
    },
    async erase(tenant, conversation) {
      const fingerprints = await shredder.erase(tenant, conversation);
      loader.forget(conversation);
      return fingerprints;
    },
    forget: loader.forget,
    counts: vault.counts,
    [Symbol.dispose]: loader.close,
  };
};

const isOfConversation = (slot: Slot): boolean => slot === "raw" || slot === "archive";

/** One name a key: what an address does not use is left out. Ids hold no line breaks, so no two names meet. */
const nameOf = (a: KeyAddress): string =>
  isOfConversation(a.slot)
    ? `${a.slot}\n${a.tenant}\n${a.conversation}\n${a.generation}`
    : `${a.slot}\n${a.tenant}\n${a.slot === "rows" ? a.file : ""}\n${a.generation}\n`;

const refused = (verb: string, slot: Slot) =>
  new Error(`This process has no right to ${verb} under slot ${slot}`);
