import { randomUUID } from "node:crypto";

import { monotonicMs } from "../clock.ts";
import { type JoinOptions, type Lease, type LogRecord, type Membership } from "../log-client.ts";
import type { Catalogue } from "./catalogue.ts";
import { whenFree } from "./database.ts";
import type { Groups, Member } from "./groups.ts";
import type { Hub } from "./hub.ts";
import type { Rows } from "./rows.ts";
import type { Writer } from "./writer.ts";

export interface LogParts {
  readonly catalogue: Catalogue;
  readonly rows: Rows;
  readonly groups: Groups;
  readonly writer: Writer;
  readonly hub: Hub;
}

interface Held {
  readonly lease: Lease;
  readonly end: AbortController;
}

/** How many times a session a member shows that it lives. */
const beatsASession = 6;

/** Joins a group: resolves when the log knows the member and `assigned` was called for what it got at once. */
export const joinGroup = async (parts: LogParts, options: JoinOptions): Promise<Membership> => {
  const missing = options.topics.filter((topic) => parts.catalogue.find(topic) === null);
  if (missing.length > 0)
    throw new Error(`Cannot join group ${options.group}: no topic ${missing.join(", ")}`);
  const membership = new GroupMember(parts, options);
  await membership.start();
  return membership;
};

class GroupMember implements Membership {
  readonly #parts: LogParts;
  readonly #options: JoinOptions;
  readonly #held = new Map<number, Held>();
  /** Leases that have ended here and are being wound up. */
  readonly #ending = new Set<Promise<void>>();
  #member: Member;
  #beatAt = monotonicMs();
  #left = false;
  #joining = false;
  #stop: () => void = () => undefined;

  constructor(parts: LogParts, options: JoinOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#member = this.#newMember();
  }

  async start(): Promise<void> {
    const stopLooking = this.#parts.hub.onGroups(() => {
      // A lock held elsewhere only puts the look off: every beat brings another.
      whenFree("read the group", () => this.#look()).catch(() => undefined);
    });
    const everyMs = Math.max(10, this.#options.sessionMs / beatsASession);
    const timer = setInterval(() => this.#beat(), everyMs);
    this.#stop = () => {
      stopLooking();
      clearInterval(timer);
    };
    await this.#join().catch((error: unknown) => {
      this.#stop();
      throw error;
    });
  }

  async fetch(lease: Lease, topic: string, from: number, limit: FetchLimit): Promise<readonly LogRecord[]> {
    // Its own judge before the table's: a process that slept through its session must not go on reading.
    if (this.heartbeatAgeMs() > this.#options.sessionMs) this.#endAll();
    if (!this.#isHeld(lease)) return [];
    const { maxRecords, maxBytes, waitMs } = limit;
    const range = { from, to: Infinity, maxRecords, maxBytes };
    return takeNext(this.#parts, topic, lease.partition, range, { waitMs, signal: lease.signal });
  }

  async committed(lease: Lease, topic: string): Promise<number> {
    const { catalogue, groups, rows } = this.#parts;
    const ref = catalogue.partition(topic, lease.partition);
    return whenFree("read committed offsets", () => {
      const next = groups.committed(this.#options.group, topic, lease.partition);
      return next ?? rows.ends(ref).low;
    });
  }

  commit(lease: Lease, offsets: ReadonlyMap<string, number>): Promise<"ok" | "fenced"> {
    const { groups, writer } = this.#parts;
    return writer.run(() => {
      if (!this.#isHeld(lease) || !groups.isCurrent(this.#member, lease, monotonicMs())) return "fenced";
      for (const [topic, next] of offsets) checkOffset(this.#parts, topic, lease.partition, next);
      for (const [topic, next] of offsets) groups.commit(this.#options.group, topic, lease.partition, next);
      return "ok";
    });
  }

  heartbeatAgeMs(): number {
    return monotonicMs() - this.#beatAt;
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#stop();
    this.#endAll();
    await Promise.all(this.#ending);
    await this.#parts.writer.run(() => this.#parts.groups.leave(this.#member, monotonicMs()));
    this.#parts.hub.wakeGroups();
  }

  #newMember(): Member {
    const { group, topics, sessionMs } = this.#options;
    return { group, id: randomUUID(), topics: topics.toSorted().join(","), sessionMs };
  }

  #isHeld(lease: Lease): boolean {
    return !lease.signal.aborted && this.#held.get(lease.partition)?.lease === lease;
  }

  /** Brings the leases in hand to what the table says. */
  #look(): void {
    if (this.#left || this.#joining) return;
    const rows = this.#parts.groups.held(this.#member);
    if (rows === null) return this.#rejoin();
    const current = new Map(rows.map((row) => [row.partition, row]));
    for (const [partition, { lease }] of this.#held) {
      const row = current.get(partition);
      if (row?.epoch !== lease.epoch) this.#end(partition, false);
      else if (row.revoking) this.#end(partition, true);
    }
    for (const row of rows) {
      if (!row.revoking && !this.#held.has(row.partition)) this.#begin(row.partition, row.epoch);
    }
  }

  #begin(partition: number, epoch: number): void {
    const end = new AbortController();
    const lease: Lease = { group: this.#options.group, partition, epoch, signal: end.signal };
    this.#held.set(partition, { lease, end });
    this.#options.assigned(lease);
  }

  /** The signal first, then the owner winds up; then the table is told, if it does not know. */
  #end(partition: number, giveBack: boolean): void {
    const one = this.#held.get(partition);
    if (!one) return;
    this.#held.delete(partition);
    one.end.abort();
    const whole = this.#windUp(one.lease, giveBack ? this.#member : null).finally(() =>
      this.#ending.delete(whole),
    );
    this.#ending.add(whole);
  }

  async #windUp(lease: Lease, giveBackBy: Member | null): Promise<void> {
    const { groups, hub, writer } = this.#parts;
    try {
      await this.#options.revoked(lease);
    } catch {
      // The lease is over either way; whatever its owner failed at cannot be emitted or committed any more.
    }
    if (giveBackBy === null) return;
    try {
      await writer.run(() => groups.release(giveBackBy, lease, monotonicMs()));
      hub.wakeGroups();
    } catch {
      // Not told: after a session the table stops waiting for it.
    }
  }

  #endAll(): void {
    for (const partition of this.#held.keys()) this.#end(partition, false);
  }

  async #join(): Promise<void> {
    const refs = this.#options.topics.map((topic) => this.#parts.catalogue.find(topic)?.spec.partitions ?? 0);
    this.#joining = true;
    try {
      await this.#tell((nowMs) => {
        this.#parts.groups.join(this.#member, Math.max(...refs), nowMs);
        return true;
      });
    } finally {
      this.#joining = false;
    }
    this.#parts.hub.wakeGroups();
  }

  /** The table has forgotten this member: it begins as a new one. */
  #rejoin(): void {
    this.#endAll();
    this.#member = this.#newMember();
    // A failure shows as a heartbeat that grows old; the next beat finds no member and comes here again.
    this.#join().catch(() => undefined);
  }

  #beat(): void {
    if (this.#joining) return;
    if (this.heartbeatAgeMs() > this.#options.sessionMs) this.#endAll();
    this.#tell((nowMs) => this.#parts.groups.beat(this.#member, nowMs)).then(
      () => this.#parts.hub.wakeGroups(),
      () => undefined,
    );
  }

  async #tell(op: (nowMs: number) => boolean): Promise<void> {
    let askedAt = 0;
    const isKnown = await this.#parts.writer.run(() => {
      askedAt = monotonicMs();
      return op(askedAt);
    });
    if (isKnown) this.#beatAt = askedAt;
  }
}

type FetchLimit = Parameters<Membership["fetch"]>[3];

/** Records from `range.from` on as soon as there are some; [] after the wait or when the signal aborts. */
export const takeNext = async (
  parts: LogParts,
  topic: string,
  partition: number,
  range: {
    readonly from: number;
    readonly to: number;
    readonly maxRecords: number;
    readonly maxBytes: number;
  },
  wait: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<LogRecord[]> => {
  const ref = parts.catalogue.partition(topic, partition);
  const holes = parts.catalogue.find(topic)?.spec.cleanup === "compact";
  const deadline = monotonicMs() + wait.waitMs;
  for (;;) {
    if (wait.signal.aborted) return [];
    const taken = await whenFree(`read ${topic}/${partition}`, () =>
      parts.rows.take(ref, { ...range, holes }),
    );
    if (taken.length > 0) return taken;
    const restMs = deadline - monotonicMs();
    if (restMs <= 0) return [];
    await parts.hub.grown(ref.id, restMs, wait.signal);
  }
};

const checkOffset = (parts: LogParts, topic: string, partition: number, next: number): void => {
  const { high } = parts.rows.ends(parts.catalogue.partition(topic, partition));
  if (Number.isSafeInteger(next) && next >= 0 && next <= high) return;
  throw new RangeError(`Cannot commit ${next} of ${topic}/${partition}: it ends at ${high}`);
};
