/** Why a purpose is not admitted, in the order that decides which one is named when several hold. */
export const withheldReasons = [
  "LEDGER_UNAVAILABLE",
  "ERASED",
  "PURPOSE_PROHIBITED",
  "CONSENT_REFUSED",
  "CONSENT_WITHDRAWN",
  "OBJECTION_RECORDED",
  /** Said while capture was paused, for a payment say. */
  "CAPTURE_PAUSED",
  "CAPTURED_WITHOUT_CONSENT",
  "CONSENT_NOT_PRIOR",
  "NOTICE_NOT_RECORDED",
  "PROCESSOR_CAPTURED_UNDISCLOSED",
  "KILL_SWITCH",
  "PROCESSING_RESTRICTED",
  "EVIDENCE_INTEGRITY_FAILED",
  "CONSENT_BINDING_MISMATCH",
  "GUARDIAN_CONSENT_REQUIRED",
  "AI_DISCLOSURE_MISSING",
  /** Ranks above KILL_SWITCH when capture has already happened: then it cannot be cured. */
  "INFO_DUTY_NOT_MET",
  "NOTICE_LANGUAGE",
  /** As INFO_DUTY_NOT_MET. */
  "CONSENT_EXPIRED",
  "RECONSENT_REQUIRED",
  "CONSENT_NOT_SPECIFIC",
  "CONSENT_NOT_FREE",
  "CONSENT_METHOD_INSUFFICIENT",
  "CONSENT_PENDING",
  "CONSENT_MISSING",
  "AGENT_CONSENT_MISSING",
  "JURISDICTION_UNKNOWN",
  "PROCESSOR_NOT_DISCLOSED",
  "PROCESSOR_CONTRACT_MISSING",
  "BAA_MISSING",
  "TRANSFER_MECHANISM_MISSING",
  "PROCESSOR_OWN_USE",
  "REDACTION_REQUIRED",
  "HOLD_TTL_EXPIRED",
] as const;

/** Why a purpose is admitted. */
export const admitReasons = [
  "ADMIT_NO_PERSONAL_DATA",
  "ADMIT_STRICTEST",
  "ADMIT_CONSENT",
  "ADMIT_LEGAL_BASIS",
  "ADMIT_ALL_PARTY",
  "ADMIT_ONE_PARTY",
] as const;

/** Every reason that a decision can give. */
export const consentReasons = [...withheldReasons, ...admitReasons] as const;
export type ConsentReason = (typeof consentReasons)[number];

/** Why a record went to quarantine: it was accepted, and it can be handled neither now nor by trying again. */
export const quarantineReasons = [
  /** Turns whose conversation did not start in time. */
  "NOT_STARTED",
  /** An event id that came before with other data. */
  "ID_REUSED",
  "BAD_TEXT",
  /** A recording, and no engine to hear it. */
  "NO_SPEECH_ENGINE",
  /** Still undecided when its raw key had to go. */
  "RAW_EXPIRED",
  /** Older than the horizon. */
  "TOO_LATE",
  /** Headers or value that are no record of ours. */
  "MALFORMED",
  /** A frame that did not authenticate, or not in its place. */
  "FRAME_REFUSED",
  /** On `admitted` without a valid admission. */
  "NO_ADMISSION",
  /** A handler failed on it: a bug of ours. */
  "HANDLER_FAILED",
  /** The key it needs was shredded or never made. */
  "KEY_GONE",
  /** A document of that name with another input was there. */
  "SECTION_CONFLICT",
  /** The redactor failed on it, and text that was not redacted goes nowhere. */
  "REDACTION_FAILED",
  "TOO_MANY_TURNS",
  "UNKNOWN_LINE",
] as const;
export type QuarantineReason = (typeof quarantineReasons)[number];

/** Why the door refused an event or a request: told to the sender, nothing was kept. */
export const refusalReasons = [
  "UNAUTHENTICATED",
  "SOURCE_MISMATCH",
  "TENANT_MISMATCH",
  "LINE_NOT_ALLOWED",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "UNSUPPORTED_MEDIA_TYPE",
  "COMPRESSED",
  "TIMED_OUT",
  "MALFORMED",
  "UNKNOWN_TYPE",
  "INVALID",
  "TOO_LARGE",
  "TOO_DEEP",
  "TOO_MANY",
  "BAD_TEXT",
  "TIME_IN_FUTURE",
  "OVERLOADED",
  "UNAVAILABLE",
  "FAILED",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why an ordinal ended where it did, besides the reasons of decisions and of quarantine. */
const otherEnds = [
  "LANDED",
  "REPLACED",
  "RETRACTED",
  "ERASED_BY_SOURCE",
  "STOPPED_BY_FENCE",
  /** Its content was never kept: a fence stood against it at the door. */
  "CONTENT_DROPPED",
  "EMPTY",
  /** An operator gave up a record that had been put aside. */
  "QUARANTINE_DROPPED",
] as const;
export const endReasons = [...otherEnds, ...withheldReasons, ...quarantineReasons] as const;
export type EndReason = (typeof endReasons)[number];
