import type { RefusalReason } from "@sotto/contracts";

/** Which field, as a JSON pointer (RFC 6901) into the event, and what is wrong with it. Never what stood there. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Why an event, or a whole request, was not taken. A value: the sender is told, and nothing is kept. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly errors?: readonly FieldError[];
}

/** A problem document (RFC 9457). `reason` is the word to program against, `type` leads to its description. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly reason: RefusalReason;
  readonly errors?: readonly FieldError[];
}

export const problemType = "application/problem+json";
export const problemPath = "/problems/";

export const problemOf = ({ reason, errors }: Refusal): Problem => ({
  type: problemPath + reason,
  title: texts[reason].title,
  status: texts[reason].status,
  reason,
  ...(errors !== undefined && errors.length > 0 && { errors }),
});

/** What stands at a problem's `type`; undefined for a reason that there is not. */
export const describeProblem = (reason: string): string | undefined =>
  Object.hasOwn(texts, reason) ? texts[reason as RefusalReason].help : undefined;

interface Text {
  readonly status: number;
  readonly title: string;
  readonly help: string;
}

const again = "Send it again, the same id and the same data: what was taken the first time counts once.";
const texts: Readonly<Record<RefusalReason, Text>> = {
  UNAUTHENTICATED: {
    status: 401,
    title: "No valid credential",
    help: "Send `Authorization: Bearer …` with the credential that `sotto source add` printed for this source.",
  },
  SOURCE_MISMATCH: {
    status: 403,
    title: "The credential is of another source",
    help: "The attribute `source` must be the one that the credential was made for.",
  },
  TENANT_MISMATCH: {
    status: 403,
    title: "The credential is of another tenant",
    help: "Leave the attribute `tenant` out, or name the tenant that the credential was made for.",
  },
  LINE_NOT_ALLOWED: {
    status: 403,
    title: "The credential does not cover this line",
    help: "A line must be among those of the credential, and in the policy as a line of its tenant.",
  },
  NOT_FOUND: { status: 404, title: "There is nothing here", help: "Events are taken at `POST /v1/events`." },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: "Only POST is taken here",
    help: "Events are taken at `POST /v1/events`; what became of them is read elsewhere.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "Not a media type of events",
    help:
      "Send application/cloudevents+json, application/cloudevents-batch+json, or application/json with `ce-` " +
      "headers; in UTF-8.",
  },
  COMPRESSED: {
    status: 415,
    title: "Compressed bodies are not taken",
    help: "Send the body without Content-Encoding: a few compressed bytes can become more than any limit.",
  },
  TIMED_OUT: { status: 408, title: "The request came too slowly", help: again },
  MALFORMED: {
    status: 400,
    title: "Not a CloudEvent",
    help: "The body must be JSON in UTF-8: one event, or in batch mode an array of events (CloudEvents 1.0).",
  },
  UNKNOWN_TYPE: {
    status: 422,
    title: "No such type of event",
    help: "`type` must be one of the event types of Sotto, such as sotto.turn.added.v1.",
  },
  INVALID: {
    status: 422,
    title: "The event does not fit its type",
    help: "`errors` names each field by a JSON pointer and says what was expected there.",
  },
  TOO_LARGE: {
    status: 413,
    title: "Larger than what is taken",
    help: "An event may have 256 KiB as JSON, a batch 4 MiB.",
  },
  TOO_DEEP: {
    status: 422,
    title: "Nested too deeply",
    help: "Objects and arrays may lie 8 deep inside each other, the event itself counted.",
  },
  TOO_MANY: { status: 422, title: "Too many events in a batch", help: "A batch may have 1,000 events." },
  BAD_TEXT: {
    status: 422,
    title: "Text that is no text",
    help: "A string holds U+0000 or half of a surrogate pair.",
  },
  TIME_IN_FUTURE: {
    status: 422,
    title: "A time that has not come yet",
    help: "Events tell what has happened; at most 5 minutes ahead of our clock are forgiven.",
  },
  OVERLOADED: { status: 503, title: "Too much at once", help: `Wait as Retry-After says. ${again}` },
  UNAVAILABLE: { status: 503, title: "Cannot be kept now", help: `Wait as Retry-After says. ${again}` },
  FAILED: {
    status: 500,
    title: "A fault of ours",
    help: "This event met a fault of Sotto and was not taken; an operator finds it in the log.",
  },
};
