import { AuditLogError } from "./error.ts";

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256;

/** The longest entry: its length stands in two bytes before it, and an entry is never split. */
export const maxEntryBytes = 65_535;

/** `tile/<L>/<N>`, with `.p/<W>` for a partial tile of that width; `entries` names the bundle of a level 0 tile. */
export const tileName = (level: number | "entries", n: number, width: number = tileWidth): string =>
  `tile/${level}/${indexPath(n)}${width === tileWidth ? "" : `.p/${width}`}`;

/** 1234067 is `x001/x234/067`: no directory grows past a thousand names. */
const indexPath = (n: number): string => {
  const groups = [`${n % 1000}`.padStart(3, "0")];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${`${rest % 1000}`.padStart(3, "0")}`);
  }
  return groups.join("/");
};

/** Hashes that tile `n` of a level has in a tree of `size`: 0 to 256. */
export const widthOf = (level: number, n: number, size: number): number =>
  Math.max(0, Math.min(tileWidth, Math.floor(size / tileWidth ** level) - n * tileWidth));

/** Levels that have at least one hash in a tree of `size`. */
export const levelsOf = (size: number): number => {
  let levels = 0;
  while (size >= tileWidth ** levels) levels += 1;
  return levels;
};

/** One entry as it stands in a bundle. Throws AuditLogError `too-large`. */
export const encodeEntry = (entry: Uint8Array, index: number): Buffer => {
  if (entry.length > maxEntryBytes) {
    throw new AuditLogError(
      "too-large",
      `Cannot append entry ${index}: ${entry.length} bytes, and an entry has at most ${maxEntryBytes}`,
      index,
    );
  }
  const bytes = Buffer.allocUnsafe(2 + entry.length);
  bytes.writeUInt16BE(entry.length);
  bytes.set(entry, 2);
  return bytes;
};

/** The entries of a bundle; throws AuditLogError `malformed` when the bytes do not end where the last entry does. */
export const decodeBundle = (bytes: Uint8Array, name: string): Uint8Array[] => {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (at + 2 > bytes.length || end > bytes.length) {
      throw new AuditLogError("malformed", `${name} ends inside an entry`);
    }
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
};
