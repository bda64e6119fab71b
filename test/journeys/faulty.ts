import type { ObjectStore } from "@sotto/archive";
import { topics } from "@sotto/contracts";
import { UnavailableError, type KeyService, type KeyStore } from "@sotto/envelope";
import type { Ack, LogClient } from "@sotto/stream";

import { overLog } from "./over-log.ts";

export const parts = [
  "key service",
  "key store",
  "archive",
  "audit store",
  "log",
  "commits of the log",
  "reads of the log",
] as const;
export type Part = (typeof parts)[number];

/** What becomes of a call: it does nothing, it does all and its answer is lost, or it takes its time. */
export const faults = ["fails", "loses its answer", "is slow"] as const;
export type Fault = (typeof faults)[number];

const slowMs = 300;

/** Counts the calls of a part once it is armed; spoils the nth, or all while the part is down. */
export class Spoiler {
  readonly part: Part;
  readonly #nth: number;
  readonly #fault: Fault;
  #isArmed = false;
  #isDown = false;
  #goesDown = false;
  #calls = 0;

  constructor(part: Part, nth: number, fault: Fault) {
    this.part = part;
    this.#nth = nth;
    this.#fault = fault;
  }

  get calls(): number {
    return this.#calls;
  }
  arm(): void {
    this.#isArmed = true;
  }
  disarm(): void {
    this.#isArmed = false;
  }
  /** As soon as the door has taken something, this part is away until `up`. */
  downAfterSend(): void {
    this.#goesDown = true;
  }
  up(): void {
    this.#isDown = false;
  }
  get isDown(): boolean {
    return this.#isDown;
  }

  sent(): void {
    if (this.#goesDown) this.#isDown = true;
    this.#goesDown = false;
  }

  /** `away` is what the caller gets when the call fails or its answer is lost; by default it throws. */
  async call<T>(
    part: Part,
    work: () => Promise<T>,
    away: (isDone: boolean) => T = this.#throwAway,
  ): Promise<T> {
    if (part !== this.part || !this.#isArmed) return work();
    this.#calls += 1;
    if (this.#isDown) return away(false);
    if (this.#calls !== this.#nth) return work();
    if (this.#fault === "fails") return away(false);
    if (this.#fault === "is slow") await new Promise((resolve) => setTimeout(resolve, slowMs));
    const answer = await work();
    return this.#fault === "loses its answer" ? away(true) : answer;
  }

  readonly #throwAway = (): never => {
    throw new UnavailableError(`the ${this.part} is away`);
  };
}

export const spoiledKeyService = (service: KeyService, s: Spoiler): KeyService => ({
  dataKey: (kind, context) => s.call("key service", () => service.dataKey(kind, context)),
  open: (wrapped, context) => s.call("key service", () => service.open(wrapped, context)),
});

export const spoiledKeyStore = (store: KeyStore, s: Spoiler): KeyStore => ({
  create: (name, bytes) => s.call("key store", () => store.create(name, bytes)),
  read: (name) => s.call("key store", () => store.read(name)),
  replace: (name, bytes, etag) => s.call("key store", () => store.replace(name, bytes, etag)),
});

export const spoiledObjects = (store: ObjectStore, part: Part, s: Spoiler): ObjectStore => ({
  putIfAbsent: (name, bytes) => s.call(part, () => store.putIfAbsent(name, bytes)),
  putIfMatch: (name, bytes, etag) => s.call(part, () => store.putIfMatch(name, bytes, etag)),
  get: (name) => s.call(part, () => store.get(name)),
  list: (prefix) => store.list(prefix),
  delete: (name) => s.call(part, () => store.delete(name)),
});

/** A log answers with nacks; it throws when an answer is lost, as a client may that has lost its connection. */
export const spoiledLog = (log: LogClient, s: Spoiler): LogClient =>
  overLog(log, {
    append: async (records) => {
      const acks = await s.call(
        "log",
        () => log.append(records),
        (isDone) => {
          const error = new UnavailableError("the log is away");
          if (isDone) throw error;
          return records.map((): Ack => ({ ok: false, retriable: true, unknown: false, error }));
        },
      );
      if (records.some(({ topic, key }) => topic === topics.conversations.name && key !== null)) s.sent();
      return acks;
    },
    join: async (options) => {
      const member = await log.join(options);
      return {
        fetch: (...given) => s.call("reads of the log", () => member.fetch(...given)),
        committed: (...given) => s.call("reads of the log", () => member.committed(...given)),
        commit: (...given) => s.call("commits of the log", () => member.commit(...given)),
        heartbeatAgeMs: member.heartbeatAgeMs.bind(member),
        leave: member.leave.bind(member),
      };
    },
  });
