/** Tampering, or a frame, header or key object that is not what it claims: never retried, never opened in part. */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError";
}

/**
 * The key is not there and asking again does not bring it back: its conversation was erased, it was shredded on time,
 * or it never was made. An outcome for callers to tell, not a fault.
 */
export class KeyGoneError extends Error {
  override readonly name = "KeyGoneError";
  readonly state: "erased" | "shredded" | "absent";
  constructor(state: "erased" | "shredded" | "absent", message: string) {
    super(message);
    this.state = state;
  }
}
