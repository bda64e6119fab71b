import { initPlatform, readSettings } from "@sotto/service";

import type { Command } from "./command.ts";
import { exit } from "./exit.ts";
import { print, table } from "./io.ts";

export const init: Command = {
  name: "init",
  summary: "makes what a deployment needs: keys, topics, folders",
  usage: "[--dry-run] [--json]",
  about: [
    "Makes what is missing and leaves what is there as it is. Nothing else makes any of it: a worker that finds a key",
    "missing refuses to start, for a key made silently is one that nobody guards.",
  ],
  options: { "dry-run": { type: "boolean", help: "says what would be made, makes nothing" } },
  positionals: { min: 0, max: 0 },
  examples: [
    ["./sotto init --dry-run", "what is missing here?"],
    ["./sotto init", "make it"],
    ["SOTTO_KEYS=file:/secure/keys ./sotto init", "with the key objects elsewhere"],
  ],
  run: async (given, io) => {
    const steps = await initPlatform(readSettings(io.env), { dryRun: given.flags.has("dry-run") });
    if (given.json) print(io, JSON.stringify({ steps }));
    else
      for (const line of table(steps.map(({ what, state, where }) => [state, what, where]))) print(io, line);
    return exit.ok;
  },
};
