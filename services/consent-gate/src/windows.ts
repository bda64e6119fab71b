import type { Policy } from "@sotto/consent";
import { EnvelopeError, UnavailableError, type Keys } from "@sotto/envelope";
import type { Logger } from "@sotto/service";

import type { Watched } from "./conversation.ts";
import { entry, handOf, remember, type Effects } from "./effects.ts";
import type { EntryInfo } from "./entries.ts";
import { endHeld } from "./gate.ts";
import { fencesOf, type Bench } from "./judge.ts";

const hourMs = 3_600_000;
/** Conversations shredded at one tick: all windows of an hour come due at once, and a tick must not take minutes. */
const maxAtOnce = 64;

const endOf = ({ timing }: Policy, window: number): number => (window + 1) * timing.rawWindowMs;

/** Nobody seals under it any more, and policy has kept its words for as long as it keeps words. */
const isDue = (policy: Policy, window: number, now: number): boolean => {
  const { timing, retention } = policy;
  return now >= endOf(policy, window) + Math.max(timing.rawShredAfterMs, retention.rawHours * hourMs);
};

const isPastHorizon = (policy: Policy, window: number, now: number): boolean =>
  isDue(policy, window, now) && now >= endOf(policy, window) + policy.timing.horizonMs;

/**
 * An erased conversation has nothing left that anybody could open: every ordinal without an end has this one, from the
 * first tick that sees the fence, so that nothing said of it later (at the horizon) can undo it. Held turns are the judge's.
 */
export const endErased = (bench: Bench, c: Watched, fx: Effects): void => {
  const ordinals = [...c.open.keys()].filter((ordinal) => !c.held.has(ordinal));
  if (ordinals.length === 0 || !fencesOf(bench, c, fx.now).some((fence) => fence.kind === "erasure")) return;
  remember(fx, c, { k: "erased", cause: fx.cause, ordinals });
  sayErased(c, ordinals, fx);
};

export const sayErased = (c: Watched, ordinals: readonly number[], fx: Effects): void => {
  const ends = ordinals.map((ordinal) => ({ ordinal, end: "erased" as const, reason: "ERASED" }));
  fx.audit.push({ ...entry(c, fx, ["erased"]), type: "sotto.audit.turns.ended.v1", ends });
};

/** At the horizon words go, whoever still waits for them: ordinals sealed under such a window end as RAW_EXPIRED. */
export const endOverdue = (bench: Bench, c: Watched, fx: Effects): void => {
  for (const window of c.windows.keys()) {
    if (!isPastHorizon(bench.policy, window, fx.now)) continue;
    const all = [...c.open].flatMap(([ordinal, sealed]) => (sealed === window ? [ordinal] : []));
    for (const ordinal of all) {
      const held = c.held.get(ordinal);
      if (held) endHeld(bench, c, held, { end: "quarantined", reason: "RAW_EXPIRED" }, fx);
    }
    const ordinals = all.filter((ordinal) => c.open.has(ordinal));
    if (ordinals.length === 0) continue;
    const info = { k: "overdue", cause: fx.cause, window, ordinals } as const;
    remember(fx, c, info);
    sayOverdue(c, info, fx);
  }
};

export const sayOverdue = (
  c: Watched,
  { window, ordinals }: Pick<Extract<EntryInfo, { k: "overdue" }>, "window" | "ordinals">,
  fx: Effects,
): void => {
  const how = { end: "quarantined", reason: "RAW_EXPIRED" } as const;
  const ends = ordinals.map((ordinal) => ({ ordinal, ...how }));
  fx.audit.push({ ...entry(c, fx, ["overdue", window]), type: "sotto.audit.turns.ended.v1", ends });
};

interface Shredding {
  readonly bench: Bench;
  readonly keys: Keys;
  readonly logger: Logger;
  /** Conversations whose key object is not to be read: left alone, told once. */
  readonly broken: Set<string>;
}

interface Work {
  readonly c: Watched;
  readonly fx: Effects;
}

/**
 * Shreds the raw windows that nobody needs any more and whose time has come: a tick was appended long enough after the
 * window's end, every ordinal sealed under it has an end, and the hours that policy keeps raw words have passed. Windows
 * that no event names (a send that was not acked, and was sealed anew) go with them. A key store that is down now is asked
 * again at the next tick: never throws UnavailableError.
 */
export const shredIdle = async (o: Shredding, all: readonly Work[]): Promise<void> => {
  const due = all.filter(
    ({ c, fx }) => !o.broken.has(c.id) && dueWindows(o.bench.policy, c, fx.now).length > 0,
  );
  await Promise.all(due.slice(0, maxAtOnce).map((work) => shredOne(o, work)));
};

/** Every ordinal sealed under it has an end, and no section to come needs the names in it. */
const dueWindows = (policy: Policy, c: Watched, now: number): number[] => {
  const needed = new Set(c.open.values());
  const over = c.ended && c.open.size === 0;
  const isIdle = (window: number, context: boolean): boolean =>
    !needed.has(window) && (over || !context || isPastHorizon(policy, window, now));
  return [...c.windows].flatMap(([window, { context }]) =>
    isDue(policy, window, now) && isIdle(window, context) ? [window] : [],
  );
};

const shredOne = async (o: Shredding, { c, fx }: Work): Promise<void> => {
  const { policy } = o.bench;
  const gone: { window: number; fingerprint: string | null }[] = [];
  await guarded(o, c, async () => {
    const there = await o.keys.inspect(c.tenant, c.id);
    const orphans = (there?.raw ?? []).filter(
      (window) => !c.windows.has(window) && isDue(policy, window, fx.now),
    );
    for (const window of [...dueWindows(policy, c, fx.now), ...orphans]) {
      gone.push({ window, fingerprint: await o.keys.shredRaw(c.tenant, c.id, window) });
    }
  });
  if (gone.length === 0) return;
  await guarded(o, c, async () => {
    // The keys in hand may have left the cache meanwhile.
    const hand = await handOf(o.keys, c.tenant, fx.now);
    for (const one of gone) {
      const info = { k: "shredded", cause: fx.cause, ...one } as const;
      remember({ ...fx, hand }, c, info);
      sayShredded(c, info, fx);
    }
  });
};

/** What cannot be done now is done at a later tick; a key object that is not to be read is nobody else's trouble. */
const guarded = async (o: Shredding, c: Watched, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof UnavailableError) {
      o.logger.warn({ conversation: c.id }, "Keys are away: raw windows wait to be shredded");
    } else if (error instanceof EnvelopeError) {
      o.broken.add(c.id);
      o.logger.error({ conversation: c.id, err: error }, "A key object cannot be read: its raw windows stay");
    } else throw error;
  }
};

export const sayShredded = (
  c: Watched,
  { window, fingerprint }: { readonly window: number; readonly fingerprint: string | null },
  fx: Effects,
): void => {
  fx.audit.push({
    ...entry(c, fx, ["shredded", window]),
    type: "sotto.audit.key.shredded.v1",
    fingerprint,
    slot: "raw",
    generation: window,
  });
};
