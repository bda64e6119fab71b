import { decodeAudit, encodeAudit, topics, type AuditEvent, type Grant } from "@sotto/contracts";
import { readAdmission, type Keys } from "@sotto/envelope";
import {
  checkAdmission,
  headerText,
  openContent,
  openEntry,
  openFacts,
  openGrant,
  QuarantineError,
  readEntry,
  readEvent,
  type LogRecord,
  type Outcome,
} from "@sotto/stream";

/** An output as the room behind the gate would read it; whatever does not hold throws. */
export type Output =
  | { readonly grant: Grant }
  | {
      readonly event: string;
      readonly kind: string;
      readonly ordinal: number;
      readonly under: string | null;
      readonly cut: number;
      readonly words: boolean;
    }
  | { readonly aside: string; readonly origin: string }
  | "tick";

/** An outcome with everything opened: nothing in it depends on a nonce. */
export interface Told {
  readonly entries: readonly { readonly key: string; readonly info: Readonly<Record<string, unknown>> }[];
  readonly audit: readonly AuditEvent[];
  readonly outputs: readonly Output[];
  readonly tombstones: readonly string[];
}

interface Reading {
  readonly keys: { readonly behind: Keys; readonly gate: Keys };
}

export const read = async (lab: Reading, outcome: Outcome): Promise<Told> => {
  const entries: Told["entries"][number][] = [];
  for (const { key, value } of outcome.entries ?? []) {
    const sealed = readEntry(value);
    const conversation = key.split("/")[0] ?? "";
    const address = {
      slot: "facts",
      tenant: sealed.tenant,
      conversation: null,
      generation: sealed.day,
    } as const;
    const at = {
      key: await lab.keys.gate.toOpen(address),
      worker: "consent-gate",
      tenant: sealed.tenant,
      conversation,
    };
    entries.push({ key, info: openEntry(at, key, sealed) as Record<string, unknown> });
  }
  const outputs: Output[] = [];
  for (const output of outcome.outputs ?? []) {
    const { key, value, headers = [], topic } = output;
    outputs.push(
      await readOutput(lab, { key, value, headers, topic, partition: 0, offset: 0, timestamp: 0 }),
    );
  }
  return {
    entries,
    audit: (outcome.audit ?? []).map((event) => decodeAudit(encodeAudit(event))),
    outputs,
    tombstones: [...(outcome.tombstones ?? [])],
  };
};

const readOutput = async ({ keys: { behind } }: Reading, record: LogRecord): Promise<Output> => {
  const header = (name: string): string => headerText(record.headers, name) ?? "";
  if (record.topic === topics.quarantine.name) return { aside: header("reason"), origin: header("origin") };
  if (record.key === null) return "tick";
  if (header("type") === "grant") return { grant: await openGrant(behind, record) };
  const event = readEvent(record);
  const { grant, ordinal, cut, day } = await checkAdmission(behind, record, event);
  const raw = record.headers.find(([name]) => name === "admission")?.[1];
  if (readAdmission(raw ?? new Uint8Array()).admission.day !== day) throw new Error("Two admissions");
  const facts = await openFacts(behind, event);
  const words = (await ifThere(openContent(behind, event))) !== null;
  return { event: event.event, kind: facts.kind, ordinal, under: grant, cut, words };
};

/** null also where the words have died in time. */
const ifThere = async <T>(content: Promise<T>): Promise<T | null> => {
  try {
    return await content;
  } catch (error) {
    if (error instanceof QuarantineError && error.reason === "KEY_GONE") return null;
    throw error;
  }
};

/** A story in short: what was let through, put aside and told, in order. */
export const briefly = (told: Told): string[] => [
  ...told.audit.map((event) => brief(event)),
  ...told.outputs.flatMap((output) => {
    if (output === "tick") return [];
    if ("grant" in output) return [`grant from ${output.grant.from}`];
    if ("aside" in output) return [`aside ${output.aside}`];
    return [output.ordinal === 0 ? `sent ${output.kind}` : `sent turn ${output.ordinal}`];
  }),
];

const brief = (event: AuditEvent): string => {
  switch (event.type) {
    case "sotto.audit.decision.made.v1":
      return `told ${event.purpose} ${event.decision} ${event.reason} from ${event.from}`;
    case "sotto.audit.turns.ended.v1":
      return event.ends.map(({ ordinal, end, reason }) => `ended ${ordinal} ${end} ${reason}`).join(", ");
    case "sotto.audit.hold.expired.v1":
      return `expired ${event.ordinals.join(", ")} ${event.reason}`;
    case "sotto.audit.turn.quarantined.v1":
      return `quarantined ${event.ordinal ?? "-"} ${event.reason}`;
    case "sotto.audit.key.shredded.v1":
      return `shredded ${event.fingerprint === null ? "what was gone" : "a key"}`;
    default:
      return event.type.replace(/^sotto\.audit\.(.*)\.v1$/, "$1");
  }
};

/** What the leading purpose decides stands for all of them where a story is about the turn. */
export const inShort = (told: Told): string[] =>
  briefly(told).filter((line) => !line.startsWith("told ") || line.startsWith("told transcription "));
