import type { Command } from "./command.ts";

export const fence: Command = {
  name: "fence",
  summary: "kill switch and restriction: sets, lists and lifts them",
  usage:
    "set kill-switch --tenant T [--line L] [--source S] | set restriction --conversation C | list [--tenant T] | lift ID",
  about: [
    "While a kill switch or a restriction stands, nothing in its scope is let through, opened or landed; what waits goes on",
    "when it is lifted. Every process holds it within two seconds, or stands still. A withdrawal, refusal or objection is",
    "not an operator's to lift (exit 3): the person says yes again. An erasure is for good. Each change is audited.",
  ],
  options: {
    tenant: { type: "string", value: "T", help: "whose conversations" },
    line: { type: "string", value: "L", help: "kill-switch: one line only" },
    source: { type: "string", value: "S", help: "kill-switch: one source only" },
    conversation: { type: "string", value: "C", help: "restriction: which conversation" },
  },
  positionals: { min: 1, max: 2 },
  examples: [
    ["./sotto fence set kill-switch --tenant acme --line support", "stop one line"],
    ["./sotto fence list", "what stands?"],
    ["./sotto fence lift f_0abc", "let it go on"],
  ],
  run: async (given, io) => {
    const { runFence } = await import("./fence/run-fence.ts");
    return runFence(fence.usage, given, io);
  },
};
