import { endOnBug } from "@sotto/service";

import { commands } from "./commands.ts";
import { run } from "./run.ts";

endOnBug();
// Who reads our output may have seen enough (`./sotto status | head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await run(
  process.argv.slice(2),
  {
    in: process.stdin,
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    isOutTty: process.stdout.isTTY,
    isErrTty: process.stderr.isTTY,
    isInTty: process.stdin.isTTY,
  },
  commands,
);
