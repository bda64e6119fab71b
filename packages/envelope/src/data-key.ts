import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { inspect } from "node:util";

import { UnavailableError } from "./ports.ts";

/**
 * A 256-bit data key in memory. It shows itself as its fingerprint only: no field of it is enumerable, so JSON, spread,
 * structuredClone and inspect find nothing. After `zero` it throws UnavailableError instead of working on zeros, so a
 * holder that kept it too long asks again.
 */
export class DataKey {
  readonly #bytes: Uint8Array;
  readonly #kid: Uint8Array;
  readonly #derived = new Map<string, KeyObject>();
  #secret: KeyObject | null = null;
  #isZeroed = false;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== 32) throw new RangeError(`A data key has 32 bytes, not ${bytes.length}`);
    this.#bytes = Uint8Array.from(bytes);
    this.#kid = derive(this.#bytes, "sotto key id");
  }

  /** HKDF-SHA256(key, empty salt, "sotto key id", 32 bytes): computed from the key itself, so it commits to it. */
  get kid(): Uint8Array {
    return this.#kid;
  }

  /** The key itself, for synchronous use. */
  get bytes(): Uint8Array {
    this.#assertLive();
    return this.#bytes;
  }

  /**
   * The key as ciphers take it without importing it anew (8 µs a frame). The engine's own copy, as every cipher makes
   * one: `zero` lets go of it, and it is cleansed when it is collected.
   */
  get secret(): KeyObject {
    this.#assertLive();
    this.#secret ??= createSecretKey(this.#bytes);
    return this.#secret;
  }

  /** How key objects and audit entries call it: the first 16 bytes of `kid`, base64url. */
  get fingerprint(): string {
    return Buffer.from(this.#kid.subarray(0, 16)).toString("base64url");
  }

  /** A 32-byte key for another algorithm, by HKDF with that use's own info; let go of with this one. */
  derive(info: string): KeyObject {
    this.#assertLive();
    const known = this.#derived.get(info);
    if (known !== undefined) return known;
    const bytes = derive(this.#bytes, info);
    const made = createSecretKey(bytes);
    bytes.fill(0);
    this.#derived.set(info, made);
    return made;
  }

  zero(): void {
    this.#isZeroed = true;
    this.#bytes.fill(0);
    this.#secret = null;
    this.#derived.clear();
  }

  toString(): string {
    return `[data key ${this.fingerprint}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #assertLive(): void {
    if (this.#isZeroed)
      throw new UnavailableError(`Data key ${this.fingerprint} is no longer held: ask for it again`);
  }
}

/** A data key of those 32 bytes, which are copied: the caller zeroes its own. */
export const dataKey = (bytes: Uint8Array): DataKey => new DataKey(bytes);

/** RFC 5869 with SHA-256 and an empty salt. */
const derive = (key: Uint8Array, info: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), info, 32));
