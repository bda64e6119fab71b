import { detect } from "../src/index.ts";
import type { Profile } from "../src/index.ts";

/** What `detect` finds in a text, as "KIND text", for tables. */
export const found = (text: string, language = "en", profile: Profile = "speech"): string[] =>
  detect(text, { language, profile }).map((f) => `${f.kind} ${text.slice(f.start, f.end)}`);
