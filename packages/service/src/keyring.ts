import {
  openKeys,
  UnavailableError,
  type Keys,
  type KeyService,
  type KeyStore,
  type Signer,
  type Slot,
} from "@sotto/envelope";

import type { Metrics } from "./metrics.ts";
import type { ServiceName } from "./platform.ts";
import { rights } from "./rights.ts";

export interface Keyring extends Disposable {
  /** The same keys, with the same counts, at every call. */
  of(service: ServiceName): Keys;
  /** Zeroes what any of them holds of a conversation. */
  forget(conversation: string): void;
  /** Keys for something that is no service: the tables of fences and consents. */
  only(rights: { readonly seals: readonly Slot[]; readonly opens: readonly Slot[] }): Keys;
}

/** Keys by service, each with its own rights and its own cache; disposing zeroes all of them. */
export const openKeyring = (o: {
  readonly service: KeyService;
  readonly store: KeyStore;
  readonly now: () => number;
}): Keyring => {
  const opened = new Map<ServiceName, Keys>();
  const all: Keys[] = [];
  const only: Keyring["only"] = (granted) => {
    const keys = openKeys({ ...o, ...granted });
    all.push(keys);
    return keys;
  };
  return {
    only,
    of: (service) => {
      const keys = opened.get(service) ?? only(rights[service]);
      opened.set(service, keys);
      return keys;
    },
    forget: (conversation) => {
      for (const keys of all) keys.forget(conversation);
    },
    [Symbol.dispose]: () => {
      for (const keys of all) keys[Symbol.dispose]();
    },
  };
};

/** The same key service, its calls counted by outcome. */
export const countKeyCalls = (service: KeyService, metrics: Metrics): KeyService => ({
  dataKey: (kind, context) => counted(metrics, "dataKey", () => service.dataKey(kind, context)),
  open: (wrapped, context) => counted(metrics, "open", () => service.open(wrapped, context)),
});

export const countSignatures = (signer: Signer, metrics: Metrics): Signer => ({
  publicKey: signer.publicKey,
  sign: (message) => counted(metrics, "sign", () => signer.sign(message)),
});

const counted = async <T>(
  metrics: Metrics,
  op: Parameters<Metrics["keyCall"]>[0],
  call: () => Promise<T>,
): Promise<T> => {
  try {
    const answer = await call();
    metrics.keyCall(op, "ok");
    return answer;
  } catch (error) {
    metrics.keyCall(op, error instanceof UnavailableError ? "unavailable" : "refused");
    throw error;
  }
};
