import type { Command } from "./command.ts";

export const up: Command = {
  name: "up",
  summary: "all services in one process, until stopped",
  usage: "[--json]",
  about: [
    "Log lines (JSON) on stdout, what is said to people on stderr. SIGTERM or Ctrl-C drains: what is in hand is finished",
    "and committed, at most SOTTO_DRAIN_SECONDS long. A second one ends at once, and loses nothing: the log has it still.",
  ],
  options: {},
  positionals: { min: 0, max: 0 },
  examples: [
    ["./sotto init && ./sotto up", "the first time"],
    ["SOTTO_HTTP=127.0.0.1:9000 ./sotto up", "on another port"],
    ["curl -s http://127.0.0.1:9464/readyz", "is it ready?"],
  ],
  run: async (given, io) => {
    // Only now: every service with what it stands on takes longer to load than most commands take to run.
    const { runUp } = await import("./up.ts");
    return runUp(given, io);
  },
};
