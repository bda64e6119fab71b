import { writeSync } from "node:fs";

import { openDirectoryLock } from "../src/directory-lock.ts";

/** A process of its own that takes the lock and does not give it back. */
await openDirectoryLock(process.argv[2] ?? "").hold(() => {
  writeSync(1, "held\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
