import { inspect } from "node:util";

const shown = "[clear]";

/**
 * Opened text that cannot slip into a log, an error or a message: every way of showing it says `[clear]`, and copying
 * it (spread, structuredClone, JSON) copies nothing. Only redaction, sealing and an engine may call `reveal`.
 */
export class Clear {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(text: string): Clear {
    return new Clear(text);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
