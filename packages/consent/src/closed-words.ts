import type { Policy } from "./policy.ts";

/**
 * Purposes and notices are words of the policy. A sender can put any code in their place, a telephone number too: what goes
 * where everybody reads it (the audit log) is only what the policy knows.
 */
export const knownPurposes = (purposes: readonly string[], policy: Policy): string[] =>
  purposes.filter((purpose) => purpose in policy.purposes);

/** Whether the policy has that version of that notice. */
export const isKnownNotice = (
  notice: { readonly id: string; readonly version: string },
  policy: Policy,
): boolean => notice.version in (policy.notices[notice.id]?.versions ?? {});

/** A language as far as redaction tells them apart: `de`, `en-GB`. The rest of a tag (BCP 47) may be anything. */
export const languageOf = (tag: string): string =>
  /^[a-z]{2,3}(?:-[A-Z]{2})?(?![A-Za-z0-9])/.exec(tag)?.[0] ?? "und";
