/**
 * Redaction: finds what is personal in a turn and replaces it by a placeholder.
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
