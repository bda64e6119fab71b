import { dayOf, KeyGoneError, UnavailableError, yearOf, type DataKey, type Keys } from "@sotto/envelope";
import type { LogClient, OutRecord } from "@sotto/stream";

import type { Prepared } from "./prepare.ts";
import { sealEvent, sealRegister } from "./seal-event.ts";
import type { WindowKeys } from "./window-keys.ts";

export interface Delivery {
  readonly log: LogClient;
  readonly keys: Keys;
  readonly clock: { now(): number };
  readonly timing: { readonly rawWindowMs: number; readonly rawResealMs: number };
  readonly windowKeys: WindowKeys;
  /** How long a request may try, in real time; after it the sender is asked to come again. */
  readonly patienceMs: number;
}

/**
 * Seals and appends until everything is acked or patience ends; answers, event by event, whether the log has all of it.
 * Never answers yes for less: neither for an event without its fence, nor the other way round.
 *
 * Raw windows: content is sealed under the window that is current when its keys are asked for. What is not acked by that
 * window's end and `rawResealMs` is sealed again under the current one, for the gate shreds a window's keys some time
 * after it has ended; the first send may still arrive, as a duplicate that the gate knows by its event id.
 */
export const deliver = async (events: readonly Prepared[], o: Delivery): Promise<boolean[]> => {
  const until = performance.now() + o.patienceMs;
  const done = events.map(() => false);
  for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    const isFinal = await tryOnce(events, done, until, o);
    if (isFinal || performance.now() + pauseMs >= until) return done;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
};

/** Marks what is acked in `done`; whether another try would change nothing. */
const tryOnce = async (
  events: readonly Prepared[],
  done: boolean[],
  until: number,
  o: Delivery,
): Promise<boolean> => {
  const open = events.flatMap((event, n) => (done[n] ? [] : [{ event, n }]));
  const sealed = await ifAvailable(
    sealAll(
      open.map(({ event }) => event),
      o,
    ),
  );
  if (sealed === null) return false;
  const sealedForMs = sealed.windowEnd + o.timing.rawResealMs - o.clock.now();
  if (sealedForMs <= 0) return false;
  const waitMs = Math.max(1, Math.min(sealedForMs, until - performance.now()));
  const acks = await within(waitMs, ifAvailable(o.log.append(sealed.records.flat())));
  if (acks === null) return false;
  let at = 0;
  for (const [index, { n }] of open.entries()) {
    const count = sealed.records[index]?.length ?? 0;
    done[n] = acks.slice(at, at + count).every((ack) => ack.ok);
    at += count;
  }
  return acks.every((ack) => ack.ok || !ack.retriable);
};

/** null: a key, a store or the log cannot be had now. */
const ifAvailable = async <V>(promise: Promise<V>): Promise<V | null> => {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
};

/** null: no answer in time. It is tried again; what arrives all the same is a duplicate then. */
const within = async <V>(waitMs: number, promise: Promise<V | null>): Promise<V | null> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, Math.min(waitMs, 2 ** 31 - 1), null);
  });
  // After the time-out nobody waits for it any more; a throw must not end the process then.
  promise.catch(() => null);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

interface SealedAll {
  readonly windowEnd: number;
  /** The records of each event: its own, and what goes to the registers. */
  readonly records: readonly (readonly OutRecord[])[];
}

/** All keys first, then all seals without a pause. */
const sealAll = async (events: readonly Prepared[], o: Delivery): Promise<SealedAll> => {
  const window = Math.floor(o.clock.now() / o.timing.rawWindowMs);
  const raw = new Map<string, Promise<DataKey | null>>();
  const shared = new Map<string, Promise<DataKey>>();
  const once = (slot: "facts" | "register", tenant: string, generation: number): Promise<DataKey> =>
    remember(shared, `${slot}/${tenant}/${generation}`, () =>
      o.keys.toSeal({ slot, tenant, conversation: null, generation }),
    );
  for (const { conversation, content } of events)
    if (content && conversation !== null) o.windowKeys.uses(conversation, window);
  const keys = await Promise.all(
    events.map(async ({ facts, content, conversation, fence, standing }) => ({
      facts: await once("facts", facts.tenant, dayOf(facts.receivedAt)),
      register: fence || standing ? await once("register", facts.tenant, yearOf(facts.receivedAt)) : null,
      raw:
        content && conversation !== null
          ? await remember(raw, conversation, () => rawKey(o.keys, facts.tenant, conversation, window))
          : null,
    })),
  );
  const records = events.map((event, n) => {
    const had = keys[n];
    if (had === undefined) throw new Error("Cannot seal: an event without keys");
    // The fence first: should only a part arrive, it is the part that stops.
    return [
      ...(had.register ? sealRegister(event, had.register) : []),
      ...(event.conversation === null
        ? []
        : [sealEvent(event, event.conversation, { facts: had.facts, raw: had.raw, window })]),
    ];
  });
  return { windowEnd: (window + 1) * o.timing.rawWindowMs, records };
};

/** null for a conversation that is erased for good: nothing can be sealed for it, and nothing shall be. */
const rawKey = async (
  keys: Keys,
  tenant: string,
  conversation: string,
  generation: number,
): Promise<DataKey | null> => {
  try {
    return await keys.toSeal({ slot: "raw", tenant, conversation, generation });
  } catch (error) {
    if (error instanceof KeyGoneError) return null;
    throw error;
  }
};

const remember = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};
