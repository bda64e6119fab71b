import type { Keys } from "@sotto/envelope";
import { openEntry, openFacts, readEvent, type Kept, type LogRecord, type SealedEntry } from "@sotto/stream";

import { note, watch, type Again, type Watched } from "./conversation.ts";
import { admit, keptOf, send, worker, type Effects } from "./effects.ts";
import { entryInfo, type TurnInfo } from "./entries.ts";
import { absorb, heldName, saidOf, sayEnd } from "./gate.ts";
import { sayErased, sayOverdue, sayShredded } from "./windows.ts";

/** Puts one restored entry back into the fold. Throws when it does not open in its place. */
export const recall = async (
  keys: Keys,
  watched: Map<string, Watched>,
  key: string,
  sealed: SealedEntry,
): Promise<void> => {
  const [conversation = ""] = key.split("/");
  const { tenant, day, kept } = sealed;
  const facts = await keys.toOpen({ slot: "facts", tenant, conversation: null, generation: day });
  const info = entryInfo.parse(openEntry({ key: facts, worker, tenant, conversation }, key, sealed));
  const c = watched.get(conversation) ?? watch(conversation, tenant, "line" in info ? info.line : "");
  watched.set(conversation, c);
  note(c, info);
  switch (info.k) {
    case "context": {
      const event = openFacts(keys, readEvent({ key: conversation, ...frameOf(kept) }));
      absorb(c, await event);
      const { grant, offset } = info;
      if (grant === null) c.context.push(frameOf(kept));
      else
        remind(c, offset, { say: (fx) => admit(fx, c, frameOf(kept), { grant, ordinal: 0, cut: fx.now }) });
      return;
    }
    case "held": {
      const said = saidOf(await openFacts(keys, readEvent({ key: conversation, ...frameOf(kept) })));
      if (said) c.held.set(info.ordinal, { info, kept: frameOf(kept), said });
      return;
    }
    case "turn":
      remind(c, info.cause, turnAgain(c, info));
      return;
    case "decision":
      remind(c, info.cause, { say: (fx) => void fx.audit.push(...info.told) });
      return;
    case "grant": {
      const context = c.context.splice(0);
      const { id } = info.grant;
      remind(c, info.cause, {
        say: (fx) => {
          send(fx, c.id, frameOf(kept));
          for (const earlier of context) admit(fx, c, earlier, { grant: id, ordinal: 0, cut: fx.now });
        },
      });
      return;
    }
    case "overdue":
      remind(c, info.cause, { say: (fx) => sayOverdue(c, info, fx) });
      return;
    case "erased":
      remind(c, info.cause, { say: (fx) => sayErased(c, info.ordinals, fx) });
      return;
    case "shredded":
      remind(c, info.cause, { say: (fx) => sayShredded(c, info, fx) });
  }
};

const frameOf = (kept: Kept | null): Kept => {
  if (!kept) throw new Error("A state entry lacks the frame that it is about");
  return kept;
};

/**
 * A turn that was decided. A fence that came since is not asked: the doors behind ask it before they open anything, and
 * they alone can tell a turn that was passed on before the crash from one that was not. Its hold is tombstoned only after
 * everything it asks for was acked and committed: a turn from a hold that is gone has nothing left to say.
 */
const turnAgain = (c: Watched, info: TurnInfo): Again => {
  const { ordinal, grant, end, offset, cut, cause, expired } = info;
  const held = c.held.get(ordinal);
  c.held.delete(ordinal);
  return {
    say: (fx, own) => {
      const kept = held?.kept ?? (offset === cause && own.offset === offset ? own.kept : null);
      if (!kept) return;
      if (end) sayEnd(c, { kept, ordinal, offset, end, expired }, fx);
      else if (grant) admit(fx, c, kept, { grant, ordinal, cut });
    },
    ...(held ? { tombstone: heldName(c, ordinal) } : {}),
  };
};

const remind = (c: Watched, cause: number, again: Again): void => {
  const list = c.again.get(cause) ?? [];
  list.push(again);
  c.again.set(cause, list);
};

/**
 * Says again what entries of this record say, deciding nothing anew. What entries of earlier records say will not be
 * asked for any more: those were committed, for a conversation's records are handled in order. Holds that a crash left
 * behind go with it.
 */
export const replay = (c: Watched, fx: Effects, record: LogRecord): void => {
  if (c.again.size === 0) return;
  const own = { offset: record.offset, kept: keptOf(record) };
  for (const [cause, list] of c.again) {
    if (cause > record.offset) continue;
    for (const { say, tombstone } of list) {
      if (cause === record.offset) say(fx, own);
      if (tombstone !== undefined) fx.tombstones.push(tombstone);
    }
    c.again.delete(cause);
  }
};
