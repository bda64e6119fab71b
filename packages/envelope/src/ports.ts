/** Encryption context of a wrapped key: authenticated by the key service, never personal data. */
export type KeyContext = Readonly<Record<string, string>>;

/** A data key as the key store keeps it: useless without the key service and the same context. */
export interface WrappedKey {
  /** Which key-encryption key wrapped it. */
  readonly kek: string;
  readonly wrapped: Uint8Array;
}

/** Kinds of key-encryption keys: one KMS key each, so that each can have a policy of its own. */
export type KekKind = "raw" | "archive" | "rows" | "facts" | "grants" | "parked" | "register" | "pepper";

/**
 * Wraps data keys (AWS KMS, or a key file). `dataKey` makes a fresh 32-byte key; `open` returns it again for exactly
 * the same context. A wrong context or a changed wrap throws EnvelopeError (tampering); a key service that cannot be
 * reached, is throttled or disabled throws UnavailableError (the world is down).
 */
export interface KeyService {
  dataKey(
    kind: KekKind,
    context: KeyContext,
  ): Promise<{ readonly key: Uint8Array; readonly wrapped: WrappedKey }>;
  open(wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array>;
}

/** Signs checkpoints: Ed25519 (RFC 8032). */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface Stored {
  readonly bytes: Uint8Array;
  /** Opaque; changes with every replacement. */
  readonly etag: string;
}

/**
 * Small objects under compare-and-swap, durable before the promise resolves; no versions, no deletes.
 * `create` answers null when the name is taken; `replace` answers null when the etag is not the current one.
 */
export interface KeyStore {
  create(name: string, bytes: Uint8Array): Promise<{ readonly etag: string } | null>;
  read(name: string): Promise<Stored | null>;
  replace(name: string, bytes: Uint8Array, etag: string): Promise<{ readonly etag: string } | null>;
}

/** The world is down: a store, broker or key service that may answer later. Only the runtime retries. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}
