import { type AuditEvent } from "@sotto/contracts";

/** How the consent of one conversation went, read from its audit entries alone. */
export type Course =
  | "admitted"
  | "late"
  | "withdrawn"
  | "refused"
  | "expired"
  | "captured"
  | "quarantined"
  | "other";

export interface CourseRow {
  conversations: number;
  turns: number;
  /** Of the turns: those that a fence stopped after they had been admitted. */
  stopped: number;
  readonly reasons: Set<string>;
}

interface Told {
  readonly ends: Map<number, { end: string; reason: string; service: string }>;
  /** Decisions on the leading purpose, in order. */
  readonly decisions: { decision: string; reason: string }[];
  expired: boolean;
  unnumbered: number;
  readonly reasons: Set<string>;
}

/** Sorts conversations by what became of them; turns are counted by their ends. */
export const courses = (events: readonly AuditEvent[]): Map<Course, CourseRow> => {
  const told = new Map<string, Told>();
  for (const event of events) if (event.conversation !== undefined) note(told, event.conversation, event);
  const rows = new Map<Course, CourseRow>();
  for (const [, one] of told) {
    const course = courseOf(one);
    const row = rows.get(course) ?? { conversations: 0, turns: 0, stopped: 0, reasons: new Set() };
    rows.set(course, row);
    row.conversations += 1;
    for (const reason of one.reasons) row.reasons.add(reason);
    row.turns += one.ends.size + one.unnumbered;
    const ends = [...one.ends.values()];
    row.stopped += ends.filter((e) => e.end === "discarded" && e.service !== "consent-gate").length;
  }
  return rows;
};

const note = (told: Map<string, Told>, conversation: string, event: AuditEvent): void => {
  const one: Told = told.get(conversation) ?? {
    ends: new Map(),
    decisions: [],
    expired: false,
    unnumbered: 0,
    reasons: new Set(),
  };
  told.set(conversation, one);
  const { service } = event;
  switch (event.type) {
    case "sotto.audit.decision.made.v1":
      if (event.purpose === "transcription")
        one.decisions.push({ decision: event.decision, reason: event.reason });
      return;
    case "sotto.audit.document.landed.v1":
      for (const ordinal of event.ordinals) one.ends.set(ordinal, { end: "archived", reason: "", service });
      return;
    case "sotto.audit.turns.ended.v1":
      for (const { ordinal, end, reason } of event.ends) one.ends.set(ordinal, { end, reason, service });
      return;
    case "sotto.audit.hold.expired.v1":
      one.expired = true;
      return;
    case "sotto.audit.turn.quarantined.v1":
      if (event.ordinal === undefined) one.unnumbered += 1;
      else one.ends.set(event.ordinal, { end: "quarantined", reason: event.reason, service });
      one.reasons.add(event.reason);
  }
};

const courseOf = (one: Told): Course => {
  const ends = [...one.ends.values()];
  const discarded = (reason: string) => ends.some((e) => e.end === "discarded" && e.reason === reason);
  if (one.unnumbered > 0 || ends.some((e) => e.end === "quarantined")) return "quarantined";
  if (discarded("CONSENT_WITHDRAWN")) return "withdrawn";
  if (discarded("CONSENT_REFUSED")) return "refused";
  if (one.expired) return "expired";
  if (discarded("CAPTURED_WITHOUT_CONSENT")) return "captured";
  if (ends.some((e) => e.end === "archived"))
    return one.decisions[0]?.decision === "admit" ? "admitted" : "late";
  return "other";
};
