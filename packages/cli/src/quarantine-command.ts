import { yes } from "./agree.ts";
import type { Command } from "./command.ts";

export const quarantine: Command = {
  name: "quarantine",
  summary: "what was put aside: lists it, puts it back, gives it up",
  usage: "list [--reason R] | show ORIGIN | release ORIGIN [--yes] | drop ORIGIN [--yes]",
  about: [
    "A record that can be handled neither now nor by trying again lies here for 14 days, sealed as it came. These commands",
    "tell facts about it, never what is in it. ORIGIN is where it came from, TOPIC/PARTITION/OFFSET, as `list` says it.",
    "`release` puts it back there as it was, once the cause is mended, and refuses (exit 3) what would only come back;",
    "`drop` gives it up: its turns end as discarded. Both are audited. Runbook: docs/runbooks/quarantine.md.",
  ],
  options: {
    reason: { type: "string", value: "R", help: "list: of that reason only" },
    yes,
  },
  positionals: { min: 1, max: 2 },
  examples: [
    ["./sotto quarantine list --reason HANDLER_FAILED", "what did a bug of ours put aside?"],
    ["./sotto quarantine show redacted/3/17", "facts about one, and whether it can be put back"],
    ["./sotto quarantine release redacted/3/17 --yes", "once the cause is mended"],
  ],
  run: async (given, io) => {
    const { runQuarantine } = await import("./quarantine/run-quarantine.ts");
    return runQuarantine(quarantine.usage, given, io);
  },
};
