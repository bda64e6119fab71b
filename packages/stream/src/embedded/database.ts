import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { UnavailableError } from "@sotto/envelope";

import { backoffMs, monotonicMs, sleep } from "../clock.ts";

/** "Sott": tells our file from any other SQLite database. */
const applicationId = 0x536f7474;
/** Raised with every change of the tables or of the row coding; a program reads exactly one. */
const formatVersion = 1;
/** How long a lock held by another process is waited for before a call fails as unavailable. */
export const busyMs = 2_000;

const tables = `
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL,
    cleanup TEXT NOT NULL,
    retention_ms INTEGER,
    max_record_bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL REFERENCES topics (id),
    number INTEGER NOT NULL,
    low INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0,
    last_at INTEGER NOT NULL DEFAULT 0,
    cleaned INTEGER NOT NULL DEFAULT 0,
    cleaned_at INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, number)
  ) STRICT;
  CREATE TABLE batches (
    partition INTEGER NOT NULL,
    last INTEGER NOT NULL,
    base INTEGER NOT NULL,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (partition, last)
  ) STRICT;
  CREATE TABLE members (
    grp TEXT NOT NULL,
    member TEXT NOT NULL,
    topics TEXT NOT NULL,
    session_ms INTEGER NOT NULL,
    joined REAL NOT NULL,
    beat REAL NOT NULL,
    PRIMARY KEY (grp, member)
  ) STRICT;
  CREATE TABLE leases (
    grp TEXT NOT NULL,
    partition INTEGER NOT NULL,
    member TEXT,
    epoch INTEGER NOT NULL DEFAULT 0,
    revoking REAL,
    PRIMARY KEY (grp, partition)
  ) STRICT;
  CREATE TABLE offsets (
    grp TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition)
  ) STRICT;
`;

/**
 * Opens or makes the file: directory 0700, file 0600, WAL, every commit synced. Refuses a file that is not ours or has
 * another format, changing nothing. Throws UnavailableError when another process holds it for long.
 */
export const openDatabase = async (file: string): Promise<DatabaseSync> => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
  // Never the driver's own busy wait: it would block the event loop, and with it the heartbeats.
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    await whenFree(`open the log ${file}`, () => prepare(db, file));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Tries until the lock is free, with a jittered pause that leaves the event loop to others; then UnavailableError. */
export const whenFree = async <T>(doing: string, run: () => T): Promise<T> => {
  const deadline = monotonicMs() + busyMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (monotonicMs() > deadline) throw new UnavailableError(`Cannot ${doing}: locked`, { cause: error });
      await sleep(backoffMs(attempt, 2, 20));
    }
  }
};

/** SQLITE_BUSY (5) or SQLITE_LOCKED (6) with any extension: another connection holds the file; nothing was done. */
export const isBusy = (error: unknown): boolean => {
  const code = sqliteCode(error);
  return code !== null && ((code & 0xff) === 5 || (code & 0xff) === 6);
};

/** The engine's result code, null when the error is not the engine's. */
export const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : null;

/** First column of the one row of a pragma. */
export const pragma = (db: DatabaseSync, name: string): unknown =>
  Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

const prepare = (db: DatabaseSync, file: string): void => {
  const known = check(db, file);
  if (!known) db.exec("PRAGMA page_size = 8192");
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864");
  if (known) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have made the tables since the first look.
    if (!check(db, file)) {
      db.exec(tables);
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
};

/** True: a log of our format. False: an empty database. Throws for anything else. */
const check = (db: DatabaseSync, file: string): boolean => {
  const application = pragma(db, "application_id");
  const version = pragma(db, "user_version");
  const count = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"];
  if (application === 0 && version === 0 && count === 0) return false;
  if (application !== applicationId) throw new Error(`Cannot open the log ${file}: it is not a Sotto log`);
  if (version !== formatVersion) {
    throw new Error(
      `Cannot open the log ${file}: it has format ${String(version)}, this program reads format ${formatVersion}`,
    );
  }
  return true;
};
