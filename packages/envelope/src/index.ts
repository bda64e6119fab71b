/**
 * Seals what people said, and makes it unreadable on time.
 *
 * A frame is COSE_Encrypt0 under a data key: one a conversation and raw window, one a conversation for its archive, one a
 * tenant and day, and so on (`slots`). What it belongs to is authenticated with it (`Place`), so it opens only as itself.
 * Data keys live wrapped in key objects under compare-and-swap; whoever may use the key service and the key store opens
 * them through `openKeys`, within the rights of its process. To erase is to take the wrapped keys away for good: frames
 * on brokers and in buckets then stay shut for everyone.
 *
 * To follow a frame read place.ts, cose.ts, frame.ts; to follow a key read key-object.ts, key-vault.ts, keys.ts.
 * Formats, with vectors: docs/formats/frame.md, keys.md, admission.md.
 */
export {
  admissionHeader,
  readAdmission,
  verifyAdmission,
  verifyAdmissionDigests,
  type AdmissionHeader,
  type Admitted,
} from "./admission.ts";
export { Clear } from "./clear.ts";
export { DataKey, dataKey } from "./data-key.ts";
export { dayOf, yearOf } from "./days.ts";
export { EnvelopeError, KeyGoneError } from "./errors.ts";
export { digestFrame, maxClearBytes, open, peek, seal } from "./frame.ts";
export type { KeyAddress, PepperKind } from "./key-address.ts";
export { openKeys, type Keys } from "./keys.ts";
export { slots, type FrameKind, type Place, type Slot } from "./place.ts";
export {
  UnavailableError,
  type KekKind,
  type KeyContext,
  type KeyService,
  type KeyStore,
  type Signer,
  type Stored,
  type WrappedKey,
} from "./ports.ts";
