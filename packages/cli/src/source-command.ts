import type { Command } from "./command.ts";

export const source: Command = {
  name: "source",
  summary: "credentials of those who send events",
  usage: "add NAME --tenant T --line L[,L] | rotate NAME | list",
  about: [
    "NAME is the CloudEvents `source` of the sender, /VENDOR/ACCOUNT. A credential is shown once and stored hashed. What",
    "comes with it is of its tenant, and of its lines only, whatever the events say. Each change is audited.",
  ],
  options: {
    tenant: { type: "string", value: "T", help: "add: whose conversations these are" },
    line: {
      type: "string",
      value: "L,L",
      help: "add: lines of that tenant (policy/lines) that it may send to",
    },
  },
  positionals: { min: 1, max: 2 },
  examples: [
    ["./sotto source add /genesys/acme --tenant acme --line sales,support", "prints its credential"],
    ["./sotto source rotate /genesys/acme", "a new one; the old one ends within a second"],
    ["./sotto source list", "who may send"],
  ],
  run: async (given, io) => {
    const { runSource } = await import("./source.ts");
    return runSource(source.usage, given, io);
  },
};
