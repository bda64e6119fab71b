import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A directory that the running test has to itself and that goes with it. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "sotto-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};
