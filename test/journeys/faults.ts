import type { Platform } from "@sotto/service";

/**
 * One service at a time throws, over one conversation, an error that quotes all that was said in it: the redactor while
 * it opens words, the others while they ask the fences.
 */
export class Faults {
  readonly #by = new Map<string, { readonly service: string; readonly words: string }>();
  /** Services that have thrown. */
  readonly thrown = new Set<string>();

  set(conversation: string, service: string, words: string): void {
    this.#by.set(conversation, { service, words });
  }

  in(platform: Platform): Platform {
    const index = before(platform.fences.index, "scope", (subject) => {
      const here = /services\/([a-z-]+)\//.exec(new Error("where").stack ?? "")?.[1];
      if (here !== undefined && here !== "redactor") this.#throwIn(here, conversationIn(subject));
    });
    const redactorKeys = before(platform.keys("redactor"), "toOpen", (address) => {
      if (slotIn(address) === "raw") this.#throwIn("redactor", conversationIn(address));
    });
    return {
      ...platform,
      fences: { ...platform.fences, index },
      keys: (service) => (service === "redactor" ? redactorKeys : platform.keys(service)),
    };
  }

  #throwIn(service: string, conversation: unknown): void {
    const fault = typeof conversation === "string" ? this.#by.get(conversation) : undefined;
    if (fault?.service !== service) return;
    this.thrown.add(service);
    const cause = Object.assign(new SyntaxError(fault.words), { input: fault.words });
    throw Object.assign(new TypeError(`Cannot read ${fault.words}`, { cause }), { words: fault.words });
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
const conversationIn = (value: unknown): unknown => field(value, "conversation");
const slotIn = (value: unknown): unknown => field(value, "slot");

/** The same object, but that method is preceded by `act`. */
const before = <T extends object>(target: T, method: keyof T, act: (first: unknown) => void): T =>
  new Proxy(target, {
    get: (_, name) => {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== "function") return own;
      return (...given: readonly unknown[]): unknown => {
        if (name === method) act(given[0]);
        return own.apply(target, given);
      };
    },
  });
