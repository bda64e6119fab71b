/**
 * Redaction: finds what is personal in what people said or typed, and puts a placeholder in its place.
 *
 * A turn is cut into tokens once; words, digits and letters that belong together form runs, typed or read out; recognizers
 * look at tokens and runs, never at each other; `settle` makes their claims disjoint. What the agent asked for lowers the
 * bar for the answer, what one turn gives away is masked in all, and a conversation's memory keeps numbers the same.
 *
 * It fails closed: a turn in a language other than English and German, and one on which anything throws, comes back
 * without text. Everything is synchronous and pure, takes time linear in the text, and keeps nothing between calls. What
 * is found, what is not, and how well: docs/redaction.md.
 */
export { detect } from "./detect.ts";
export type { Profile } from "./detect.ts";
export { kinds } from "./finding.ts";
export type { Finding, Kind } from "./finding.ts";
export { highest, resume } from "./memory.ts";
export type { Memory } from "./memory.ts";
export { redact } from "./redact.ts";
export type { Placeholder, Receipt, RedactedTurn, RedactOptions, Role, Turn } from "./redact.ts";
export { stripSecurityCodes } from "./security-code.ts";
