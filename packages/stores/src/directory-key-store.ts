import type { KeyStore } from "@sotto/envelope";

import { openDirectory } from "./directory.ts";

/** Key objects as files below a directory (`openDirectory` says how). It keeps no versions and deletes nothing. */
export const openDirectoryKeyStore = async (directory: string): Promise<KeyStore & Disposable> => {
  const { create, read, replace, close } = await openDirectory(directory);
  return { create, read, replace, [Symbol.dispose]: close };
};
