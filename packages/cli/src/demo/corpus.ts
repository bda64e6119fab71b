import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { z } from "zod";

const line = z.strictObject({
  channel: z.enum(["voice", "chat", "email"]),
  language: z.string(),
  title: z.string(),
  source: z.enum(["evi", "abcd", "multiwoz", "sotto"]),
  turns: z.array(z.strictObject({ role: z.enum(["customer", "agent", "bot"]), text: z.string() })),
  /** Identifiers known to be said in it. */
  planted: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
});
export type Dialogue = z.infer<typeof line>;

const file = join(import.meta.dirname, "../../demo/conversations.jsonl.gz");

/** The bundled conversations (attribution in NOTICE). */
export const readCorpus = (): Dialogue[] =>
  gunzipSync(readFileSync(file))
    .toString("utf8")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => line.parse(JSON.parse(text)));
