import type { DataKey } from "./data-key.ts";

interface Entry {
  readonly key: DataKey;
  /** What a hit hands out: the same resolved promise each time. */
  readonly held: Promise<DataKey>;
  readonly conversation: string | null;
  readonly since: number;
  readonly until: number;
}

/**
 * Unwrapped keys, at most `maxKeys`, the least recently used leaving first, each for its time and no longer. A key that
 * leaves by size or age is zeroed once the callbacks under way have run (`setImmediate`), so a holder that uses it
 * synchronously after its await is never cut off; `forget`, `drop` and `clear` zero at once.
 */
export const openKeyCache = (o: { maxKeys: number; now: () => number }) => {
  const entries = new Map<string, Entry>();
  const byConversation = new Map<string, Set<string>>();
  let leaving: DataKey[] = [];

  const remove = (name: string, entry: Entry): void => {
    entries.delete(name);
    if (entry.conversation === null) return;
    const names = byConversation.get(entry.conversation);
    names?.delete(name);
    if (names?.size === 0) byConversation.delete(entry.conversation);
  };
  const zeroLeaving = (): void => {
    const keys = leaving;
    leaving = [];
    for (const key of keys) key.zero();
  };
  const retire = (name: string, entry: Entry): void => {
    remove(name, entry);
    leaving.push(entry.key);
    if (leaving.length === 1) setImmediate(zeroLeaving);
  };
  // A clock that was set back must not lengthen a key's life.
  const isOver = (entry: Entry, now: number): boolean => now >= entry.until || now < entry.since;

  const get = (name: string): Promise<DataKey> | undefined => {
    const entry = entries.get(name);
    if (entry === undefined) return undefined;
    if (isOver(entry, o.now())) {
      retire(name, entry);
      return undefined;
    }
    entries.delete(name);
    entries.set(name, entry);
    return entry.held;
  };

  /** Keeps that key, or zeroes it for the equal one that came first. */
  const put = (
    what: { readonly name: string; readonly conversation: string | null; readonly lifeMs: number },
    key: DataKey,
  ): Promise<DataKey> => {
    const { name, conversation, lifeMs } = what;
    const now = o.now();
    const known = entries.get(name);
    if (known !== undefined && !isOver(known, now) && known.key.fingerprint === key.fingerprint) {
      key.zero();
      return known.held;
    }
    if (known !== undefined) retire(name, known);
    const held = Promise.resolve(key);
    entries.set(name, { key, held, conversation, since: now, until: now + lifeMs });
    if (conversation !== null) {
      const names = byConversation.get(conversation) ?? new Set();
      byConversation.set(conversation, names.add(name));
    }
    const [oldest] = entries.size > o.maxKeys ? entries : [];
    if (oldest !== undefined) retire(...oldest);
    return held;
  };

  const drop = (name: string): void => {
    const entry = entries.get(name);
    if (entry === undefined) return;
    remove(name, entry);
    entry.key.zero();
  };
  /** Zeroes what it holds of a conversation. */
  const forget = (conversation: string): void => {
    for (const name of byConversation.get(conversation) ?? []) drop(name);
  };
  /** Retires what is over, used or not: an idle process holds no key past its time either. */
  const sweep = (): void => {
    const now = o.now();
    for (const [name, entry] of entries) if (isOver(entry, now)) retire(name, entry);
  };
  const clear = (): void => {
    for (const name of entries.keys()) drop(name);
    zeroLeaving();
  };
  return { get, put, drop, forget, sweep, clear, size: () => entries.size };
};
