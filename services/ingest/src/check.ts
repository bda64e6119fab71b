import { doorEvent, doorLimits, kindOf, type DoorEvent, type EventKind } from "@sotto/contracts";
import type { Policy } from "@sotto/consent";
import type { z } from "zod";

import { inspect, pointer } from "./inspect.ts";
import type { FieldError, Refusal } from "./problem.ts";
import type { Sender } from "./sources.ts";

/** An event that may come in: it fits its schema, and its sender may send it. */
export interface Checked {
  readonly kind: EventKind;
  readonly event: DoorEvent;
  readonly line: string;
  /** As it was sent, for the digest. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** Fields that no schema names: left out, counted. */
  readonly dropped: number;
}

/**
 * Everything that the door asks of one event, in this order: nesting and text, size, type, the sender's rights, the
 * schema, times ahead of `now`. What is refused is told by field, never by value. `bytes`: its size as it came, when it
 * came alone; else it is measured.
 */
export const check = (
  sent: unknown,
  sender: Sender,
  o: { readonly policy: Policy; readonly now: number; readonly bytes: number | undefined },
): { readonly ok: Checked } | { readonly refused: Refusal; readonly bytes: number } => {
  if (!isRecord(sent)) return { refused: { reason: "MALFORMED" }, bytes: o.bytes ?? 0 };
  const unfit = inspect(sent);
  // Only now: to write out what is nested without end would end the process.
  if (unfit) return { refused: unfit, bytes: o.bytes ?? 0 };
  const bytes = o.bytes ?? Buffer.byteLength(JSON.stringify(sent), "utf8");
  const judged = bytes > doorLimits.eventBytes ? { reason: "TOO_LARGE" as const } : judge(sent, sender, o);
  return "reason" in judged ? { refused: judged, bytes } : { ok: judged };
};

const judge = (
  sent: Readonly<Record<string, unknown>>,
  sender: Sender,
  o: { readonly policy: Policy; readonly now: number },
): Checked | Refusal => {
  const kind = kindOf(sent["type"]);
  if (kind === undefined) return about("UNKNOWN_TYPE", "/type", "not an event type of Sotto");
  const denied = deny(sent, sender, o.policy);
  if (denied) return denied;
  const parsed = doorEvent.safeParse(sent);
  if (!parsed.success) return { reason: "INVALID", errors: fieldErrors(parsed.error) };
  const event = parsed.data;
  const ahead = timesOf(event).find(([, at]) => at > o.now + o.policy.timing.futureMs);
  if (ahead) return about("TIME_IN_FUTURE", ahead[0], "later than now");
  const line = event.line ?? (sender.lines.length === 1 ? sender.lines[0] : undefined);
  if (line === undefined) return about("INVALID", "/line", "required");
  return { kind, event, line, sent, dropped: countDropped(sent, event) };
};

/** Tenant and lines are the credential's: what the event says of them may only agree (contract of events). */
const deny = (sent: Readonly<Record<string, unknown>>, sender: Sender, policy: Policy): Refusal | null => {
  const { source, tenant, line, data } = sent;
  if (typeof source === "string" && source !== sender.source)
    return about("SOURCE_MISMATCH", "/source", "not the credential's");
  if (tenant !== undefined && tenant !== sender.tenant)
    return about("TENANT_MISMATCH", "/tenant", "not the credential's");
  const allowed = (name: unknown): boolean =>
    typeof name !== "string" ||
    (sender.lines.includes(name) &&
      Object.hasOwn(policy.lines, name) &&
      policy.lines[name]?.tenant === sender.tenant);
  if (!allowed(line ?? (sender.lines.length === 1 ? sender.lines[0] : undefined)))
    return about("LINE_NOT_ALLOWED", "/line", "not among the credential's");
  if (isRecord(data) && !allowed(data["line"]))
    return about("LINE_NOT_ALLOWED", "/data/line", "not among the credential's");
  return null;
};

/** The times that say when it happened; `expiresAt` may well lie ahead. */
const timesOf = (event: DoorEvent): Array<[pointer: string, at: number]> => {
  const times: Array<[string, number]> = [["/time", event.time]];
  const data: Readonly<Record<string, unknown>> = event.data;
  for (const name of ["at", "startedAt", "startAt", "endAt"]) {
    const at = data[name];
    if (typeof at === "number") times.push([`/data/${name}`, at]);
  }
  if (event.type === "sotto.turn.replaced.v1") times.push(["/data/with/startAt", event.data.with.startAt]);
  return times;
};

/** How many fields of what came in are not in what went on; a field with all that it holds counts once. */
const countDropped = (came: unknown, kept: unknown): number => {
  if (Array.isArray(came) && Array.isArray(kept))
    return came.reduce((sum: number, element, n) => sum + countDropped(element, kept[n]), 0);
  if (!isRecord(came) || !isRecord(kept)) return 0;
  return Object.keys(came).reduce(
    (sum, name) => sum + (Object.hasOwn(kept, name) ? countDropped(came[name], kept[name]) : 1),
    0,
  );
};

const about = (reason: Refusal["reason"], at: string, detail: string): Refusal => ({
  reason,
  errors: [{ pointer: at, detail }],
});

const maxErrors = 20;
const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues
    .slice(0, maxErrors)
    .map((issue) => ({ pointer: pointer(issue.path), detail: expected(issue) }));

/** Of our own words and numbers only: a library's message may quote what it found. */
const expected = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${issue.expected}`;
    case "too_big":
      return `at most ${String(issue.maximum)}`;
    case "too_small":
      return `at least ${String(issue.minimum)}`;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "custom":
      return issue.message;
    default:
      return "not of the expected form";
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
