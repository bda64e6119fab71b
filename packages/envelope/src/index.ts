export type { FrameKind, Place, Slot } from "./place.ts";
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
