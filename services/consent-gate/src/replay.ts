import type { Keys } from "@sotto/envelope";
import { openEntry, openFacts, readEvent, type LogRecord, type SealedEntry } from "@sotto/stream";

import { note, watch, type Replay, type Watched } from "./conversation.ts";
import { admit, send, worker, type Effects } from "./effects.ts";
import { entryInfo } from "./entries.ts";
import { absorb, saidOf, sayEnd } from "./gate.ts";
import { sayShredded } from "./windows.ts";

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
  const event = kept && info.k !== "grant" ? readEvent({ key: conversation, ...kept }) : null;
  const c = watched.get(conversation) ?? watch(conversation, tenant, event?.line ?? "");
  watched.set(conversation, c);
  note(c, info);
  if (info.k === "context" && kept && event) {
    absorb(c, await openFacts(keys, event));
    c.context.push({ info, kept });
    remind(c, info.offset, { info, kept });
  } else if (info.k === "held" && kept && event) {
    const said = saidOf(await openFacts(keys, event));
    if (said) c.held.set(info.ordinal, { info, kept, said });
  } else if (info.k === "turn") {
    const held = c.held.get(info.ordinal);
    c.held.delete(info.ordinal);
    remind(c, info.cause, { info, kept: held?.kept ?? null });
  } else if (info.k === "grant" && kept) {
    remind(c, info.cause, { info, kept });
  } else if (info.k === "shredded") {
    remind(c, info.cause, { info });
  }
};

const remind = (c: Watched, cause: number, what: Replay): void => {
  const list = c.replays.get(cause) ?? [];
  list.push(what);
  c.replays.set(cause, list);
};

/**
 * Says again what entries of this cause say, deciding nothing anew. False when there are none: the record was not
 * handled before.
 */
export const replay = (c: Watched, fx: Effects, record?: LogRecord): boolean => {
  const again = c.replays.get(fx.cause) ?? [];
  c.replays.delete(fx.cause);
  for (const what of again) repeat(c, what, fx, record);
  return again.length > 0;
};

const repeat = (c: Watched, what: Replay, fx: Effects, record: LogRecord | undefined): void => {
  const { info } = what;
  switch (info.k) {
    case "grant":
      if (!("kept" in what) || !what.kept) return;
      send(fx, c.id, what.kept);
      if (!info.first) return;
      for (const earlier of c.context) {
        if (earlier.info.offset > fx.cause) continue;
        admit(fx, c, earlier.kept, { grant: info.grant.id, ordinal: 0, cut: fx.now });
      }
      return;
    case "context":
      if (info.grant && "kept" in what && what.kept) {
        admit(fx, c, what.kept, { grant: info.grant, ordinal: 0, cut: fx.now });
      }
      return;
    case "shredded":
      sayShredded(c, info.window, info.fingerprint, fx);
      return;
    case "turn": {
      const { ordinal, grant, end, offset, cut } = info;
      const kept = ("kept" in what && what.kept) || (record?.offset === offset ? keptOf(record) : null);
      if (end) sayEnd(c, { kept, ordinal, offset, end }, fx);
      else if (grant && kept) admit(fx, c, kept, { grant, ordinal, cut });
      fx.tombstones.push(`${c.id}/held/${ordinal}`);
    }
  }
};

const keptOf = (record: LogRecord) => ({ headers: record.headers, value: record.value ?? new Uint8Array() });
