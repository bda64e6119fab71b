import type { DatabaseSync, StatementSync } from "node:sqlite";

import { spread, type Holding } from "./spread.ts";

export interface HeldLease {
  readonly partition: number;
  readonly epoch: number;
  /** Wanted back for a balanced spread. */
  readonly revoking: boolean;
}

/** Tables `members`, `leases` and `offsets`. All but the reads run inside a transaction; times are monotonic ms. */
export interface Groups {
  /** Throws, before it writes, when a living member reads other topics. */
  join(m: Member, partitions: number, nowMs: number): void;
  /** False: the member was expired meanwhile and holds nothing any more. */
  beat(m: Member, nowMs: number): boolean;
  leave(m: Member, nowMs: number): void;
  /** Gives one lease back, if it is still this one. */
  release(m: Member, lease: { readonly partition: number; readonly epoch: number }, nowMs: number): void;
  /** What the member holds now; null when it is no member. */
  held(m: Member): readonly HeldLease[] | null;
  /** True when this lease may commit: it is the current one and its member's session has not run out. */
  isCurrent(m: Member, lease: { readonly partition: number; readonly epoch: number }, nowMs: number): boolean;
  committed(group: string, topic: string, partition: number): number | null;
  /** Never goes back. */
  commit(group: string, topic: string, partition: number, next: number): void;
  offsets(group: string): ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export interface Member {
  readonly group: string;
  readonly id: string;
  readonly topics: string;
  readonly sessionMs: number;
}

export const openGroups = (db: DatabaseSync): Groups => {
  const sql = prepareAll(db);
  return { ...membersOf(sql), ...offsetsOf(sql) };
};

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Offsets = Pick<Groups, "committed" | "commit" | "offsets">;

const membersOf = (sql: Statements): Omit<Groups, keyof Offsets> => ({
  join: (m, partitions, nowMs) => {
    for (const row of sql.members.all(m.group)) {
      if (isExpired(row, nowMs) || row["topics"] === m.topics) continue;
      throw new Error(
        `Cannot join group ${m.group}: a member reads ${String(row["topics"])}, not ${m.topics}`,
      );
    }
    expire(sql, m.group, nowMs);
    sql.insertMember.run(m.group, m.id, m.topics, m.sessionMs, nowMs, nowMs);
    for (let n = 0; n < partitions; n += 1) sql.insertLease.run(m.group, n);
    rebalance(sql, m.group, nowMs);
  },
  beat: (m, nowMs) => {
    expire(sql, m.group, nowMs);
    if (sql.beat.run(nowMs, m.group, m.id).changes === 0) return false;
    rebalance(sql, m.group, nowMs);
    return true;
  },
  leave: (m, nowMs) => {
    drop(sql, m.group, m.id);
    rebalance(sql, m.group, nowMs);
  },
  release: (m, lease, nowMs) => {
    sql.release.run(m.group, lease.partition, m.id, lease.epoch);
    rebalance(sql, m.group, nowMs);
  },
  held: (m) => {
    if (!sql.member.get(m.group, m.id)) return null;
    return sql.held.all(m.group, m.id).map((row) => ({
      partition: Number(row["partition"]),
      epoch: Number(row["epoch"]),
      revoking: row["revoking"] !== null,
    }));
  },
  isCurrent: (m, lease, nowMs) => {
    const member = sql.member.get(m.group, m.id);
    if (!member || isExpired(member, nowMs)) return false;
    return sql.current.get(m.group, lease.partition, m.id, lease.epoch) !== undefined;
  },
});

const offsetsOf = (sql: Statements): Offsets => ({
  committed: (group, topic, partition) => {
    const row = sql.committed.get(group, topic, partition);
    return row ? Number(row["next"]) : null;
  },
  commit: (group, topic, partition, next) => void sql.commit.run(group, topic, partition, next),
  offsets: (group) => {
    const byTopic = new Map<string, Map<number, number>>();
    for (const row of sql.offsets.all(group)) {
      const topic = String(row["topic"]);
      const inner = byTopic.get(topic) ?? new Map<number, number>();
      byTopic.set(topic, inner.set(Number(row["partition"]), Number(row["next"])));
    }
    return byTopic;
  },
});

/** A beat later than now is from before a restart of the machine, where the clock began anew. */
const isExpired = (row: Record<string, unknown>, nowMs: number): boolean =>
  Number(row["beat"]) + Number(row["session_ms"]) < nowMs || Number(row["beat"]) > nowMs + 1_000;

const drop = (sql: Statements, group: string, member: string): void => {
  sql.deleteMember.run(group, member);
  sql.freeAll.run(group, member);
};

const expire = (sql: Statements, group: string, nowMs: number): void => {
  for (const row of sql.members.all(group)) {
    if (isExpired(row, nowMs)) drop(sql, group, String(row["member"]));
  }
};

const rebalance = (sql: Statements, group: string, nowMs: number): void => {
  const members = sql.members.all(group);
  const sessions = new Map(members.map((row) => [String(row["member"]), Number(row["session_ms"])]));
  const holdings: Holding[] = sql.leases.all(group).map((row) => ({
    partition: Number(row["partition"]),
    member: row["member"] === null ? null : String(row["member"]),
    revoking: row["revoking"] === null ? null : Number(row["revoking"]),
  }));
  // Who was asked and has not given back for a whole session has lost its right to be waited for.
  for (const [index, held] of holdings.entries()) {
    const patience = sessions.get(held.member ?? "") ?? 0;
    if (held.revoking === null || held.revoking + patience >= nowMs) continue;
    sql.free.run(group, held.partition);
    holdings[index] = { partition: held.partition, member: null, revoking: null };
  }
  const { grants, revokes } = spread([...sessions.keys()], holdings);
  for (const [partition, member] of grants) sql.grant.run(member, group, partition);
  for (const partition of revokes) sql.revoke.run(nowMs, group, partition);
};

const statements = {
  members: "SELECT * FROM members WHERE grp = ? ORDER BY joined, member",
  member: "SELECT beat, session_ms FROM members WHERE grp = ? AND member = ?",
  insertMember:
    "INSERT INTO members (grp, member, topics, session_ms, joined, beat) VALUES (?, ?, ?, ?, ?, ?)",
  deleteMember: "DELETE FROM members WHERE grp = ? AND member = ?",
  beat: "UPDATE members SET beat = ? WHERE grp = ? AND member = ?",
  leases: "SELECT partition, member, revoking FROM leases WHERE grp = ? ORDER BY partition",
  insertLease: "INSERT INTO leases (grp, partition) VALUES (?, ?) ON CONFLICT DO NOTHING",
  held: "SELECT partition, epoch, revoking FROM leases WHERE grp = ? AND member = ? ORDER BY partition",
  current: "SELECT 1 FROM leases WHERE grp = ? AND partition = ? AND member = ? AND epoch = ?",
  // A new epoch with every grant: an old lease can never be taken for the new one, even of the same member.
  grant: "UPDATE leases SET member = ?, epoch = epoch + 1, revoking = NULL WHERE grp = ? AND partition = ?",
  revoke: "UPDATE leases SET revoking = ? WHERE grp = ? AND partition = ?",
  free: "UPDATE leases SET member = NULL, revoking = NULL WHERE grp = ? AND partition = ?",
  freeAll: "UPDATE leases SET member = NULL, revoking = NULL WHERE grp = ? AND member = ?",
  release:
    "UPDATE leases SET member = NULL, revoking = NULL WHERE grp = ? AND partition = ? AND member = ? AND epoch = ?",
  committed: "SELECT next FROM offsets WHERE grp = ? AND topic = ? AND partition = ?",
  commit: `INSERT INTO offsets (grp, topic, partition, next) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET next = max(next, excluded.next)`,
  offsets: "SELECT topic, partition, next FROM offsets WHERE grp = ? ORDER BY topic, partition",
} as const;

const prepareAll = (db: DatabaseSync): Statements => {
  const prepare = (name: keyof typeof statements): StatementSync => db.prepare(statements[name]);
  return {
    members: prepare("members"),
    member: prepare("member"),
    insertMember: prepare("insertMember"),
    deleteMember: prepare("deleteMember"),
    beat: prepare("beat"),
    leases: prepare("leases"),
    insertLease: prepare("insertLease"),
    held: prepare("held"),
    current: prepare("current"),
    grant: prepare("grant"),
    revoke: prepare("revoke"),
    free: prepare("free"),
    freeAll: prepare("freeAll"),
    release: prepare("release"),
    committed: prepare("committed"),
    commit: prepare("commit"),
    offsets: prepare("offsets"),
  };
};
