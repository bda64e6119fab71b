import { expect, test } from "vitest";

import { aChat } from "./events.ts";
import { openLab, setFence, start } from "./lab.ts";
import { s, stories } from "./stories.ts";
import { inShort } from "./told.ts";

test.each(stories)("%s", async (_name, steps, expected) => {
  await using lab = await openLab();
  const gate = await lab.open();
  const lines: string[] = [];
  let lift = (): void => {};
  for (const [at, what] of steps(aChat(start))) {
    if (what === "lift") lift();
    else if (what === "restart") await gate.restart();
    else if (typeof what === "object" && "fence" in what) lift = setFence(lab, what.fence);
    else lines.push(...inShort(await gate.send(what, s(at))));
  }
  expect(lines).toEqual(expected);
});
