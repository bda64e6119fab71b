import type { Landed } from "@sotto/contracts";

import type { Watched } from "./conversation.ts";
import { remember, type Effects } from "./effects.ts";

/**
 * What a record on `landed` says of ordinals that have an end now: nobody needs their raw words any more. What is still
 * held here nobody else can have ended, and what has an end needs no second one.
 */
export const hearEnds = (c: Watched, said: Landed, fx: Effects): void => {
  const named = new Set([...said.ordinals, ...said.ends.map((end) => end.ordinal)]);
  const ordinals = [...named].filter((ordinal) => c.open.has(ordinal) && !c.held.has(ordinal));
  if (ordinals.length > 0) remember(fx, c, { k: "ended", offset: fx.cause, ordinals });
};
