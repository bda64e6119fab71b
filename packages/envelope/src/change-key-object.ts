import { UnavailableError, type KeyStore } from "./ports.ts";

/** What one round wants written (null: nothing), and what the change answers when that round stands. */
export interface Step<T> {
  readonly write: Uint8Array | null;
  readonly result: T;
}

/** Rounds before an object counts as unavailable: each round that is lost is somebody else's progress. */
const maxRounds = 100;

/**
 * One change of a key object by compare-and-swap. `next` sees what is stored and may run several times; the answer is
 * the result of the round that stood. What it throws goes through, and nothing was written then.
 */
export const changeKeyObject = async <T>(
  store: KeyStore,
  name: string,
  next: (stored: Uint8Array | null) => Step<T> | Promise<Step<T>>,
): Promise<T> => {
  for (let round = 0; round < maxRounds; round += 1) {
    const stored = await store.read(name);
    const { write, result } = await next(stored?.bytes ?? null);
    if (write === null) return result;
    const written =
      stored === null ? await store.create(name, write) : await store.replace(name, write, stored.etag);
    if (written !== null) return result;
  }
  throw new UnavailableError(`Key object ${name} was changed by others ${maxRounds} times`);
};
