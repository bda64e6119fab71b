import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bundledPolicy, FenceIndex, type Policy } from "@sotto/consent";
import { topics, type Fence, type StandingConsent } from "@sotto/contracts";
import {
  openKeys,
  UnavailableError,
  type Keys,
  type KeyService,
  type KeyStore,
  type Slot,
} from "@sotto/envelope";
import { openLogger, type DestinationStream } from "@sotto/service";
import { openDirectoryKeyStore, openKeyFile } from "@sotto/stores";
import { landedRecord, type Kept, type LogRecord, type Outcome, type Unit } from "@sotto/stream";

import type { Bench } from "../src/judge.ts";
import { openUnit } from "../src/unit.ts";
import { seal, type Event } from "./events.ts";
import { read, type Told } from "./told.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
/** When the conversations of these tests begin: well inside a UTC day and an hour. */
export const start = Date.parse("2026-11-21T12:10:00Z");
export const partition = 3;

/** Times that are easy to tell apart. */
export const timing = {
  ...bundledPolicy.timing,
  lingerMs: 10 * second,
  notStartedMs: 30 * second,
  holdMs: 2 * minute,
  rawWindowMs: minute,
  rawShredAfterMs: 5 * second,
};
const policy: Policy = { ...bundledPolicy, timing, retention: { ...bundledPolicy.retention, rawHours: 0 } };

/** Keys and tables of one deployment, real ones in a folder of its own; fences and consents a test sets by hand. */
export interface Lab extends AsyncDisposable {
  policy: Policy;
  readonly index: FenceIndex;
  readonly standing: StandingConsent[];
  readonly bench: Bench;
  /** What the gate and, for reading what it made, the doors behind it may use. */
  readonly keys: { readonly ingest: Keys; readonly gate: Keys; readonly behind: Keys };
  readonly counted: string[];
  readonly logLines: string[];
  /** Where the key service and the store are stood in front of: what it throws is thrown. */
  readonly trouble: { store: (name: string) => void; service: (tenant: string | undefined) => void };
  /** The clock of key caches; nothing else has one. */
  now: number;
  open(): Promise<Gate>;
}

export const openLab = async (): Promise<Lab> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-gate-"));
  const files = await openDirectoryKeyStore(join(folder, "keys"));
  const file = await openKeyFile({ path: join(folder, "kek.json"), create: true });
  const trouble: Lab["trouble"] = { store: () => {}, service: () => {} };
  const store: KeyStore = {
    create: async (name, bytes) => (trouble.store(name), files.create(name, bytes)),
    read: async (name) => (trouble.store(name), files.read(name)),
    replace: async (name, bytes, etag) => (trouble.store(name), files.replace(name, bytes, etag)),
  };
  const service: KeyService = {
    dataKey: async (kind, context) => (trouble.service(context["tenant"]), file.dataKey(kind, context)),
    open: async (wrapped, context) => (trouble.service(context["tenant"]), file.open(wrapped, context)),
  };
  const all: Keys[] = [];
  const keysOf = (seals: readonly Slot[], opens: readonly Slot[]): Keys => {
    const keys = openKeys({ service, store, seals, opens, now: () => lab.now });
    all.push(keys);
    return keys;
  };
  const index = new FenceIndex();
  const standing: StandingConsent[] = [];
  const counted: string[] = [];
  const always = {
    isFresh: () => true,
    ageMs: () => 0,
    trouble: () => null,
    [Symbol.asyncDispose]: async () => {},
  };
  const lab: Lab = {
    policy,
    index,
    standing,
    counted,
    logLines: [],
    trouble,
    now: start,
    bench: {
      get policy() {
        return lab.policy;
      },
      metrics: {
        decided: (decision, reason) => void counted.push(`${decision} ${reason}`),
        quarantined: (reason) => void counted.push(`quarantined ${reason}`),
        held: (of, turns, oldest) => void counted.push(`held ${of}: ${turns}, ${oldest} s`),
      },
      fences: { ...always, index },
      consents: { ...always, all: (tenant) => standing.filter((one) => one.tenant === tenant) },
    },
    keys: {
      ingest: keysOf(["facts", "raw"], []),
      gate: keysOf(["facts", "grants"], ["facts", "grants", "register"]),
      behind: keysOf(["grants"], ["facts", "grants", "raw"]),
    },
    open: async () => new Gate(lab),
    [Symbol.asyncDispose]: async () => {
      for (const keys of all) keys[Symbol.dispose]();
      files[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return lab;
};

/** How far a record got before the process died. */
export interface Death {
  /** So many of its entries were written; all, unless told. */
  readonly entries?: number;
  /** The holds that it no longer needs were tombstoned too. */
  readonly tidied?: boolean;
}

/** One partition: its records, the entries that were written, and a unit that lives until `restart`. */
export class Gate {
  readonly lab: Lab;
  readonly state = new Map<string, Uint8Array>();
  /** What was handled, in order. */
  readonly records: LogRecord[] = [];
  #unit: Unit;
  /** Append time: it never goes back. */
  #at = start;
  #landed = 0;

  constructor(lab: Lab, unit: Unit = unitOf(lab)) {
    this.lab = lab;
    this.#unit = unit;
  }

  /** A record as the log would give it, with the next offset. */
  async record(what: Event | Kept | "tick", at: number = this.#at): Promise<LogRecord> {
    this.#at = at;
    const kept = what === "tick" ? tick : "facts" in what ? await seal(this.lab, what, at) : what;
    const key = what === "tick" ? null : "facts" in what ? what.facts.conversation : keyOf(what);
    const offset = (this.records.at(-1)?.offset ?? 99) + 1;
    const record = { topic: topics.conversations.name, partition, offset, timestamp: at, key, ...kept };
    this.records.push(record);
    return record;
  }

  /** Sends events or a tick through, each to its end; answers what the last one asked for. */
  async send(what: Event | Kept | "tick", at?: number): Promise<Told> {
    return this.handle(await this.record(what, at));
  }

  async tick(at: number): Promise<Told> {
    return this.send("tick", at);
  }

  /** As the archiver says it, sealed under its key. */
  async landedRecord(
    conversation: string,
    ordinals: readonly number[],
    more: { readonly ends?: readonly number[]; readonly tenant?: string } = {},
  ): Promise<LogRecord> {
    const how = { end: "discarded", reason: "CONSENT_WITHDRAWN" } as const;
    const ends = (more.ends ?? []).map((ordinal) => ({ ordinal, ...how }));
    const about = { v: 1 as const, conversation, section: 1, object: null, sha256: null, at: this.#at };
    const said = { ...about, ordinals: [...ordinals], ends };
    const out = await landedRecord(this.lab.keys.behind, more.tenant ?? "acme", partition, said);
    const { key, value, headers = [] } = out;
    return this.onLanded({ key, value, headers });
  }

  async landed(...said: Parameters<Gate["landedRecord"]>): Promise<Told> {
    return this.handle(await this.landedRecord(...said));
  }

  onLanded(what: Pick<LogRecord, "key" | "value" | "headers">): LogRecord {
    this.#landed += 1;
    return { topic: topics.landed.name, partition, offset: this.#landed, timestamp: this.#at, ...what };
  }

  async handle(record: LogRecord): Promise<Told> {
    const outcome = await this.ask(record);
    this.keep(outcome);
    return read(this.lab, outcome);
  }

  /** What a record asks for; nothing of it is done. */
  ask(record: LogRecord): Promise<Outcome> {
    return this.#unit.handle(record);
  }

  keep(outcome: Outcome, death: Death = { tidied: true }): void {
    const entries = outcome.entries ?? [];
    for (const { key, value } of entries.slice(0, death.entries ?? entries.length)) {
      if (!this.state.has(key)) this.state.set(key, value);
    }
    if (death.tidied === true) for (const key of outcome.tombstones ?? []) this.state.delete(key);
  }

  /** Another process takes over with nothing but the entries. */
  async restart(): Promise<void> {
    this.#unit = unitOf(this.lab);
    let offset = 0;
    for (const [key, value] of this.state) this.#unit.restore({ key, value, offset: (offset += 1) });
    const outcome = await this.#unit.resume?.();
    this.keep(outcome ?? {});
  }

  /** The same partition at another process, from the entries that there are. */
  async copy(): Promise<Gate> {
    const copy = new Gate(this.lab);
    for (const [key, value] of this.state) copy.state.set(key, value);
    copy.records.push(...this.records);
    copy.#at = this.#at;
    copy.#landed = this.#landed;
    await copy.restart();
    return copy;
  }

  names(kind: string): string[] {
    return [...this.state.keys()].filter((key) => key.includes(`/${kind}/`));
  }
}

const unitOf = (lab: Lab): Unit => {
  const write = (line: string): void => void lab.logLines.push(line);
  const logger = openLogger({ level: "warn", destination: { write } satisfies DestinationStream });
  return openUnit({ bench: lab.bench, keys: lab.keys.gate, logger }, partition);
};

const tick = { value: null, headers: [["type", Buffer.from("tick")]] as const };
const keyOf = ({ headers }: Kept): string | null => {
  const subject = headers.find(([name]) => name === "ce_subject")?.[1];
  return subject ? Buffer.from(subject).toString() : null;
};

/** Puts something in the place of what keys do; answers how to take it away again. */
export const instead = (keys: Keys, change: (real: Keys) => Partial<Keys>): (() => void) => {
  const real = { ...keys };
  Object.assign(keys, change(real));
  return () => void Object.assign(keys, real);
};

export const away = (): Promise<never> => Promise.reject(new UnavailableError("away"));

let fences = 0;
export const aFence = (over: Partial<Fence>): Fence => ({
  v: 1,
  id: `f_${(fences += 1)}`,
  kind: "withdrawal",
  tenant: "acme",
  scope: { conversation: "c_1" },
  purposes: null,
  at: start,
  receivedAt: start,
  ...over,
});

/** Sets a fence and answers how to lift it. */
export const setFence = (lab: Lab, over: Partial<Fence>): (() => void) => {
  const fence = aFence(over);
  const key = `${fence.tenant}/x/${fence.id}`;
  lab.index.set(key, fence);
  return () => lab.index.delete(key);
};
