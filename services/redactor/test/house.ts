import { bundledPolicy, FenceIndex, type Policy } from "@sotto/consent";
import {
  decodeAudit,
  decodeCbor,
  deriveId,
  encodeAudit,
  section as sectionSchema,
  topics,
  type AuditEvent,
  type Ended,
  type Fence,
  type Landed,
  type Section,
} from "@sotto/contracts";
import { open } from "@sotto/envelope";
import { redact } from "@sotto/redaction";
import { openLogger } from "@sotto/service";
import { headerText, readLanded, type LogRecord, type Outcome, type OutRecord } from "@sotto/stream";

import { inOrder, onLog, type Told } from "./a-conversation.ts";
import type { Tools } from "../src/finish.ts";
import { openUnit } from "../src/unit.ts";
import { start, tenant, type KeyRing } from "./keys.ts";

/** Where a crash comes: how much of what a batch asked for was done before; of entries and tombstones so many. */
export type Crash =
  | { readonly after: "entries" | "tombstones"; readonly count: number }
  | { readonly after: "outputs" };

export type House = Awaited<ReturnType<typeof openHouse>>;

/** Keys and fences of a redactor, and what it was told; everything under it is real but for the log. */
export const openHouse = async (ring: KeyRing, over: { policy?: Policy; redact?: Tools["redact"] } = {}) => {
  const index = new FenceIndex();
  const fences = { index, isFresh: () => house.fresh };
  const lines: string[] = [];
  const house = {
    ring,
    fresh: true,
    policy: over.policy ?? bundledPolicy,
    lines,
    tools: (): Parameters<typeof openUnit>[0] => ({
      keys: ring.redactor(),
      policy: house.policy,
      fences,
      redact: over.redact ?? redact,
      logger: openLogger({ level: "warn", destination: { write: (line: string) => void lines.push(line) } }),
    }),
    fence: (kind: Fence["kind"], conversation: string, o: Partial<Fence> = {}): Fence => {
      const fence: Fence = {
        v: 1,
        id: deriveId("f", kind, conversation),
        kind,
        tenant,
        scope: { conversation },
        purposes: null,
        at: start,
        receivedAt: start,
        ...o,
      };
      index.set(`${tenant}/${conversation}/${fence.id}`, fence);
      return fence;
    },
    lift: (fence: Fence) => index.delete(`${tenant}/${fence.scope.conversation}/${fence.id}`),
  };
  return house;
};

/**
 * One partition under a small runtime of the same order as the real one: entries, audit, outputs, commit, tombstones;
 * of two entries with one key the first counts; what was not committed is read again.
 */
export const openPartition = async (house: House) => {
  const state: { key: string; value: Uint8Array | null }[] = [];
  const outputs: OutRecord[] = [];
  const audit: AuditEvent[] = [];
  const log: LogRecord[] = [];
  let committed = 0;
  let unit = openUnit(house.tools(), 3);

  const emit = (outcomes: readonly Outcome[], commit: number, crash?: Crash): void => {
    const entries = outcomes.flatMap((outcome) => outcome.entries ?? []);
    state.push(...entries.slice(0, crash?.after === "entries" ? crash.count : entries.length));
    if (crash?.after === "entries") return;
    const told = outcomes.flatMap((outcome) => outcome.audit ?? []);
    audit.push(...told.map((event) => decodeAudit(encodeAudit(event))));
    outputs.push(...outcomes.flatMap((outcome) => outcome.outputs ?? []));
    if (crash?.after === "outputs") return;
    committed = commit;
    const done = outcomes.flatMap((outcome) => outcome.tombstones ?? []).slice(0, crash?.count);
    state.push(...done.map((key) => ({ key, value: null })));
  };
  const live = (): Map<string, { value: Uint8Array; offset: number }> => {
    const entries = new Map<string, { value: Uint8Array; offset: number }>();
    for (const [offset, { key, value }] of state.entries()) {
      if (value === null) entries.delete(key);
      else if (!entries.has(key)) entries.set(key, { value, offset });
    }
    return entries;
  };
  const run = async (crash?: Crash): Promise<void> => {
    const outcomes: Outcome[] = [];
    for (const record of log.slice(committed)) outcomes.push(await unit.handle(record));
    emit(outcomes, log.length, crash);
  };
  const p = {
    state,
    outputs,
    audit,
    live: () => [...live().keys()],
    /** Appends and handles them as one batch. */
    feed: async (...records: readonly Told[]): Promise<void> => {
      log.push(...onLog(await inOrder(records), log.length));
      await run();
    },
    /** The same, with a crash on the way; `restart` goes on. */
    crash: async (crash: Crash, ...records: readonly Told[]): Promise<void> => {
      log.push(...onLog(await inOrder(records), log.length));
      await run(crash);
    },
    handle: (record: LogRecord) => unit.handle(record),
    restart: async (): Promise<void> => {
      unit = openUnit(house.tools(), 3);
      const entries = [...live()].toSorted(([, a], [, b]) => a.offset - b.offset);
      for (const [key, { value, offset }] of entries) unit.restore({ key, value, offset });
      emit([(await unit.resume?.()) ?? {}], committed);
      await run();
    },
    /** As they first got onto `redacted`, in that order: the archiver lands the first of a name. */
    sections: () => openSections(house, outputs),
    landed: async (): Promise<Landed[]> => {
      const records = outputs.filter(({ topic }) => topic === topics.landed.name);
      return Promise.all(
        records.map(async (record) => {
          const { tenant: _, ...said } = await readLanded(house.ring.others, {
            ...record,
            partition: 3,
            offset: 0,
            timestamp: 0,
            headers: record.headers ?? [],
          });
          return said;
        }),
      );
    },
    /** `REASON admitted/partition/offset` of each record put aside. */
    aside: (): string[] =>
      outputs
        .filter(({ topic }) => topic === topics.quarantine.name)
        .map(({ headers = [] }) => `${headerText(headers, "reason")} ${headerText(headers, "origin")}`),
    audited: <T extends AuditEvent["type"]>(type: T): Extract<AuditEvent, { type: T }>[] =>
      [...new Map(audit.map((event) => [event.id, event])).values()].filter(
        (event): event is Extract<AuditEvent, { type: T }> => event.type === type,
      ),
  };
  return p;
};
export type Partition = Awaited<ReturnType<typeof openPartition>>;

const openSections = async (house: House, outputs: readonly OutRecord[]): Promise<Section[]> => {
  const found = new Map<string, Section>();
  for (const record of outputs) {
    if (record.topic !== topics.redacted.name) continue;
    const headers = record.headers ?? [];
    const [conversation, n] = [record.key ?? "", headerText(headers, "section") ?? ""];
    const generation = Number(headerText(headers, "generation"));
    const address = { slot: "archive", tenant, conversation, generation } as const;
    const name = `${conversation}/${n}`;
    const key = await house.ring.others.toOpen(address);
    const clear = open(record.value ?? new Uint8Array(), key, {
      ...address,
      kind: "section",
      name,
      headers: null,
    });
    const section = sectionSchema.parse(decodeCbor(clear));
    const before = found.get(name);
    if (before && !Buffer.from(before.inputDigest).equals(section.inputDigest)) {
      throw new Error(`Section ${name} was sent twice, of different input`);
    }
    if (!before) found.set(name, section);
  }
  return [...found.values()];
};

/** What a story tells of a section. */
export const gist = (section: Section) => ({
  n: section.section,
  cause: section.cause,
  turns: section.turns.map((turn) => [turn.ordinal, turn.text]),
  ends: section.ends.map((end: Ended) => [end.ordinal, end.end, end.reason]),
  ...(section.removes.length > 0 ? { removes: section.removes } : {}),
});
