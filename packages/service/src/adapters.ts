import type { ObjectStore } from "@sotto/archive";
import type { KeyService, KeyStore, Signer } from "@sotto/envelope";
import {
  openDirectoryKeyStore,
  openDirectoryObjectStore,
  openKeyFile,
  openSigningKeyFile,
} from "@sotto/stores";
import { openEmbeddedLog, type LogClient } from "@sotto/stream";

import { SettingsError, type Settings } from "./settings.ts";

export interface Adapters {
  readonly log: LogClient;
  readonly archive: ObjectStore;
  readonly auditStore: ObjectStore;
  readonly keyStore: KeyStore;
  readonly keyService: KeyService;
  readonly signer: Signer;
}

/** The one place that knows which adapter a setting means. What a caller brings itself is taken as it is. */
export const openAdapters = async (
  settings: Settings,
  o: Partial<Adapters> & { readonly now: () => number },
): Promise<Adapters & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack();
  const opened = {
    log:
      o.log ??
      stack.use(await asSetting("SOTTO_LOG", openEmbeddedLog({ file: settings.log.path, now: o.now }))),
    archive: o.archive ?? stack.use(await openDirectoryObjectStore(settings.archive.path)),
    auditStore: o.auditStore ?? stack.use(await openDirectoryObjectStore(settings.audit.path)),
    keyStore: o.keyStore ?? stack.use(await openDirectoryKeyStore(settings.keys.path)),
    keyService: o.keyService ?? (await openKms(settings)),
    signer: o.signer ?? (await openSigningKey(settings)),
  };
  const rest = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => rest.disposeAsync() };
};

/** `create` makes the file when there is none; throws SettingsError for one that must not be used. */
export const openKms = (settings: Settings, create = false): Promise<KeyService> =>
  asSetting("SOTTO_KMS", openKeyFile({ path: settings.kms.path, create }));

export const openSigningKey = (settings: Settings, create = false): Promise<Signer> =>
  asSetting("SOTTO_SIGNING_KEY", openSigningKeyFile({ path: settings.signingKey.path, create }));

/** What an adapter refuses in a sentence of its own is a setting that cannot be used; anything else stays what it is. */
const asSetting = async <T>(variable: string, opening: Promise<T>): Promise<T> => {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "Error" || "code" in error) throw error;
    throw new SettingsError([`${variable}: ${error.message}`], { cause: error });
  }
};
