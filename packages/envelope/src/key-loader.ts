import type { DataKey } from "./data-key.ts";
import { openKeyCache } from "./key-cache.ts";
import { UnavailableError } from "./ports.ts";

/** A key to be had: the name it is cached under, whose it is, how long it may be kept, and how to get it. */
export interface Wanted {
  readonly name: string;
  readonly conversation: string | null;
  readonly lifeMs: number;
  fetch(): Promise<DataKey>;
}

/** How often an answer that was overtaken is fetched anew. */
const maxFetches = 3;
const sweepMs = 30_000;

/**
 * The cache with its fetches. Single flight: who asks while an answer is under way waits for that one. An answer that
 * `forget` or `drop` overtook is zeroed and fetched anew: it may have been read before the erasure it must not survive.
 */
export const openKeyLoader = (o: { maxKeys: number; now: () => number }) => {
  const cache = openKeyCache(o);
  const flights = new Map<string, { readonly flight: Flight; readonly key: Promise<DataKey> }>();
  const sweeper = setInterval(() => cache.sweep(), sweepMs).unref();
  let isClosed = false;

  const load = (how: "seal" | "open", wanted: Wanted): Promise<DataKey> => {
    const flightName = `${how} ${wanted.name}`;
    const going = flights.get(flightName);
    if (going !== undefined) return going.key;
    const flight: Flight = { name: wanted.name, conversation: wanted.conversation, isOvertaken: false };
    const key = fly(flight, wanted).finally(() => flights.delete(flightName));
    flights.set(flightName, { flight, key });
    return key;
  };

  const fly = async (flight: Flight, wanted: Wanted): Promise<DataKey> => {
    for (let fetched = 0; fetched < maxFetches; fetched += 1) {
      if (isClosed) throw new UnavailableError("These keys are closed");
      flight.isOvertaken = false;
      const key = await wanted.fetch();
      if (!flight.isOvertaken && !isClosed) return cache.put(wanted, key);
      key.zero();
    }
    throw new UnavailableError("A key was forgotten each time while it was fetched");
  };

  const overtake = (matches: (flight: Flight) => boolean): void => {
    for (const { flight } of flights.values()) if (matches(flight)) flight.isOvertaken = true;
  };
  const forget = (conversation: string): void => {
    overtake((flight) => flight.conversation === conversation);
    cache.forget(conversation);
  };
  const drop = (name: string): void => {
    overtake((flight) => flight.name === name);
    cache.drop(name);
  };
  const close = (): void => {
    isClosed = true;
    clearInterval(sweeper);
    cache.clear();
  };
  return { held: cache.get, load, forget, drop, close };
};

interface Flight {
  readonly name: string;
  readonly conversation: string | null;
  isOvertaken: boolean;
}
