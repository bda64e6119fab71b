import type { Command } from "./command.ts";

export const demo: Command = {
  name: "demo",
  summary: "the whole path on bundled conversations, with searches and tampering",
  usage: "[--keep] [--data DIR] [--json]",
  about: [
    "One process, 127.0.0.1 only, nothing leaves this machine. Every figure is counted from what was written. It uses",
    "short times of its own, so that what takes hours in a deployment can be seen. Exit 1 when a claim does not hold.",
  ],
  options: {
    keep: { type: "boolean", help: "leaves the data where it is; else it is deleted at the end" },
    data: { type: "string", value: "DIR", help: "a new or empty folder; else .sotto/demo" },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    ["./sotto demo", "or npm start"],
    ["./sotto demo --keep --data /tmp/demo", "and look at the files afterwards"],
    ["./sotto demo --json", "the same numbers as data"],
  ],
  run: async (given, io) => {
    const { runDemo } = await import("./demo.ts");
    const { flags, values, json } = given;
    return runDemo({ keep: flags.has("keep"), data: values.get("data") ?? null, json }, io);
  },
};
