import { yes } from "./agree.ts";
import type { Command } from "./command.ts";

export const erase: Command = {
  name: "erase",
  summary: "erases a conversation for good, and certifies it",
  usage: "CONVERSATION [--dry-run] [--yes] [-o FILE] [--json]",
  about: [
    "Sets a fence, takes the conversation's keys away, deletes its documents, ends its turns as erased, and prints a",
    "certificate: what went, what cannot be reached and until when, and the proof that the audit log has it. Nobody can",
    "open any of it afterwards, wherever a copy lies, and what is sent for it again is not kept. There is no way back.",
    "Give it again after a crash or a failure: it finishes what is left. A certificate that lacks its proof comes with it",
    "then. Runbook: docs/runbooks/erasure.md.",
  ],
  options: {
    "dry-run": { type: "boolean", help: "says what would go, changes nothing" },
    yes,
    out: { type: "string", short: "o", value: "FILE", help: "the certificate into a file, too" },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    ["./sotto erase c_0abc --dry-run", "what would go?"],
    ["./sotto erase c_0abc", "asks first"],
    ["./sotto erase c_0abc --yes -o c_0abc.json", "in a script; the certificate in a file"],
  ],
  run: async (given, io) => {
    // Only now: what it stands on takes longer to load than most commands take to run.
    const { runErase } = await import("./erase/run-erase.ts");
    return runErase(given, io);
  },
};
