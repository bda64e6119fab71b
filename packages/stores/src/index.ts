/**
 * The embedded adapters: key objects and archive objects in directories, key-encryption keys and the signing key in
 * files. What each must promise stands at its port (`KeyService`, `KeyStore` and `Signer` in envelope, `ObjectStore` in
 * archive) and is held by the suites in test/conformance, which every other adapter has to pass too.
 *
 * Files of keys are for their owner alone (0600) and are never made silently: only with `create`.
 */
export { openDirectoryKeyStore } from "./directory-key-store.ts";
export { openDirectoryObjectStore } from "./directory-object-store.ts";
export { openKeyFile } from "./key-file.ts";
export { openSigningKeyFile } from "./signing-key-file.ts";
