import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openKeys, UnavailableError, type KeyAddress, type Keys } from "@sotto/envelope";
import { openDirectoryKeyStore, openKeyFile } from "@sotto/stores";

export const tenant = "acme";
/** When everything begins: noon, so that a story of some hours stays in one day. */
export const start = Date.UTC(2026, 10, 24, 12, 0, 0);
export const windowMs = 3_600_000;
export const windowAt = (ms: number): number => Math.floor(ms / windowMs);

/** Real keys over a key file and a directory: one ring with the rights of who comes before, one with the redactor's. */
export interface KeyRing extends AsyncDisposable {
  /** Of ingest, the gate and whoever erases. */
  readonly others: Keys;
  /** Kinds of keys that cannot be had now. */
  readonly away: Set<KeyAddress["slot"]>;
  /** The redactor's, with an empty cache. */
  redactor(): Keys;
}

export const openKeyRing = async (): Promise<KeyRing> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-redactor-"));
  const service = await openKeyFile({ path: join(folder, "keys.json"), create: true });
  const store = await openDirectoryKeyStore(join(folder, "keys"));
  const clock = { service, store, now: () => start };
  const others = openKeys({
    ...clock,
    seals: ["facts", "raw", "grants"],
    opens: ["facts", "grants", "archive", "raw"],
  });
  const opened: Keys[] = [others];
  const away = new Set<KeyAddress["slot"]>();
  const unlessAway =
    <T>(ask: (a: KeyAddress) => Promise<T>) =>
    (a: KeyAddress): Promise<T> =>
      away.has(a.slot) ? Promise.reject(new UnavailableError(`No ${a.slot} key can be had now`)) : ask(a);
  return {
    others,
    away,
    redactor: () => {
      const keys = openKeys({
        ...clock,
        seals: ["facts", "raw", "grants", "archive"],
        opens: ["facts", "raw", "grants", "register"],
      });
      opened.push(keys);
      return {
        ...keys,
        toSeal: unlessAway((a) => keys.toSeal(a)),
        toOpen: unlessAway((a) => keys.toOpen(a)),
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const keys of opened) keys[Symbol.dispose]();
      store[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
