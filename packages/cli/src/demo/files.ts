import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface WrittenFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every file under a folder, in order of name: what a thief of the disk would carry off. */
export function* filesUnder(folder: string): Generator<WrittenFile> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    yield { name, bytes: readFileSync(name) };
  }
}
