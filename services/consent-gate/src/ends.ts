import type { Keys } from "@sotto/envelope";
import { readLanded, type LogRecord, type Outcome } from "@sotto/stream";

import { note, type Watched } from "./conversation.ts";
import { remember, type Effects } from "./effects.ts";

/** What a record on `landed` says of ordinals that have an end now: nobody needs their raw words any more. */
export const hearEnds = async (keys: Keys, c: Watched, record: LogRecord, fx: Effects): Promise<Outcome> => {
  const said = await readLanded(keys, record);
  const ordinals = [...new Set([...said.ordinals, ...said.ends.map((end) => end.ordinal)])];
  if (ordinals.length === 0) return {};
  const info = { k: "ended", offset: record.offset, ordinals } as const;
  note(c, info);
  remember(fx, c, info);
  return fx;
};
