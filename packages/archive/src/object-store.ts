export interface ObjectHead {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
}

/**
 * Immutable-by-default objects. Names are `/`-separated, relative, no `..`. Writes are atomic and durable before the
 * promise resolves; a digest is checked on the way in and out. Throws UnavailableError when the store cannot answer.
 */
export interface ObjectStore {
  /** Writes only if absent. null: the name is taken, nothing was changed. */
  putIfAbsent(name: string, bytes: Uint8Array): Promise<{ readonly etag: string } | null>;
  /** Writes only over that etag. null: it is not the current one, nothing was changed. */
  putIfMatch(name: string, bytes: Uint8Array, etag: string): Promise<{ readonly etag: string } | null>;
  get(name: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | null>;
  /** In order of name, by prefix. */
  list(prefix: string): AsyncIterable<ObjectHead>;
  /** True if it was there. */
  delete(name: string): Promise<boolean>;
}
