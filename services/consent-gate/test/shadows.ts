import { expect } from "vitest";

import { topics } from "@sotto/contracts";
import type { LogRecord, Outcome } from "@sotto/stream";

import type { Gate } from "./lab.ts";
import { read, type Told } from "./told.ts";

interface Done {
  readonly record: LogRecord;
  readonly outcome: Outcome;
  readonly told: Told;
  /** The entries there were before it. */
  readonly before: ReadonlyMap<string, Uint8Array>;
}

/** How a process died: so many records before the newest were not committed, so many entries of the newest written. */
export interface Crash {
  readonly uncommitted: number;
  readonly entries: number;
}

/**
 * A gate that lives, and beside it others that died at some point and were taken over from their entries: what each of
 * them asks for, record after record, must be what the living one asked for.
 */
export const withShadows = (live: Gate) => {
  const done: Done[] = [];
  const shadows: Gate[] = [];
  const tombstoned = new Set<string>();
  let since = 0;

  const handle = async (record: LogRecord): Promise<Told> => {
    const before = new Map(live.state);
    const outcome = await live.ask(record);
    const told = await read(live.lab, outcome);
    live.keep(outcome);
    for (const key of told.tombstones) tombstoned.add(key);
    for (const shadow of shadows) {
      const other = await shadow.handle(record);
      expect(comparable(other)).toEqual(comparable(told));
      expectTombstones(other, told, tombstoned);
    }
    done.push({ record, outcome, told, before });
    return told;
  };

  /** Kills a copy of the process, has it taken over, and lets it read again what was not committed. */
  const crash = async ({ uncommitted, entries }: Crash): Promise<void> => {
    // `landed` is read apart: an end that was written before a tick was committed may have a window go a tick earlier.
    const landed = done.findLastIndex(({ record }) => record.topic === topics.landed.name);
    const again = done.slice(Math.max(since, landed, done.length - 1 - uncommitted));
    const [first] = again;
    const last = again.at(-1);
    if (!first || !last) return;
    const shadow = await live.copy();
    shadow.state.clear();
    for (const [key, value] of first.before) shadow.state.set(key, value);
    for (const one of again) shadow.keep(one.outcome, one === last ? { entries } : {});
    const written = new Set(shadow.state.keys());
    await shadow.restart();
    const isOne = again.length === 1;
    for (const one of again) {
      const told = await shadow.handle(one.record);
      const { audit, outputs } = comparable(one.told);
      expect(comparable(told)).toMatchObject({ audit, outputs });
      if (isOne) {
        const all = [
          ...told.entries.map(({ key }) => key),
          ...[...written].filter((key) => !first.before.has(key)),
        ];
        expect(all.toSorted()).toEqual(
          one.told.entries
            .map(({ key }) => key)
            .filter((key) => !first.before.has(key))
            .toSorted(),
        );
      }
      expectTombstones(told, one.told, tombstoned);
    }
    shadows.push(shadow);
  };

  /** Every crash that is possible after the newest record: between any two of its entries, and after its commit. */
  const crashEverywhere = async (): Promise<void> => {
    const count = done.at(-1)?.outcome.entries?.length ?? 0;
    for (let entries = 0; entries <= count; entries += 1) await crash({ uncommitted: 0, entries });
    shadows.push(await live.copy());
  };

  /** Who reads again what came before asks other fences: rightly so, and then it need not say the same. */
  const fencesChanged = (): void => {
    since = done.length;
  };

  return { handle, crash, crashEverywhere, fencesChanged };
};

/** What a shredding says of the key depends on who came first: all else must be the same. */
const comparable = ({ entries, audit, outputs }: Told) => ({
  entries: entries.map(({ key, info }) => ({
    key,
    info: "fingerprint" in info ? { ...info, fingerprint: null } : info,
  })),
  audit: audit.map((event) =>
    event.type === "sotto.audit.key.shredded.v1" ? { ...event, fingerprint: null } : event,
  ),
  outputs,
});

/** A hold that a crash left behind may be tombstoned later, but only one that was done with. */
const expectTombstones = (other: Told, told: Told, done: ReadonlySet<string>): void => {
  for (const key of told.tombstones) if (!done.has(key)) expect(other.tombstones).toContain(key);
  for (const key of other.tombstones) expect(done).toContain(key);
};
