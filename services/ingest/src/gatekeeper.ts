import type { KeyStore } from "@sotto/envelope";

import { readRegistry, recognise, type Sender } from "./sources.ts";

/** Tells senders by their credentials. */
export interface Gatekeeper {
  /** Whose credential the header's is, or null. Throws when the registry cannot be read: nobody is let in on a guess. */
  admit(authorization: string | undefined): Promise<Sender | null>;
}

const maxAgeMs = 1000;
/** A credential that is not known may have been added just now; a flood of wrong ones must not become a flood of reads. */
const maxAgeOfMissMs = 100;

/** Reads the registry at most once a second, ten times a second while unknown credentials come. */
export const openGatekeeper = (store: KeyStore): Gatekeeper => {
  let known: { readonly at: number; readonly registry: Awaited<ReturnType<typeof readRegistry>> } | null =
    null;
  let reading: Promise<void> | null = null;

  const refresh = (): Promise<void> => {
    const at = performance.now();
    reading ??= readRegistry(store)
      .then((registry) => {
        known = { at, registry };
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const look = async (credential: string, ageMs: number): Promise<Sender | null> => {
    if (known === null || performance.now() - known.at > ageMs) await refresh();
    return known === null ? null : recognise(known.registry, credential);
  };

  return {
    admit: async (authorization) => {
      const credential = /^Bearer +([A-Za-z0-9._~+/=-]{1,200})$/i.exec(authorization ?? "")?.[1];
      if (credential === undefined) return null;
      return (await look(credential, maxAgeMs)) ?? (await look(credential, maxAgeOfMissMs));
    },
  };
};
