import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

import type { ConversationAccount } from "./account.ts";

/** The world as a command sees it: data goes to `out`, everything else to `err`. */
export interface Io {
  readonly in: Readable;
  readonly out: Writable;
  readonly err: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether people read `out` and `err`: colour and lines that rewrite themselves are for them only. */
  readonly isOutTty: boolean;
  readonly isErrTty: boolean;
  /** Whether somebody sits at `in` and can be asked. */
  readonly isInTty?: boolean;
}

/** Prints one line of data. */
export const print = (io: Io, line: string): void => void io.out.write(`${line}\n`);

/** Tells a person something that is not data. */
export const tell = (io: Io, line: string): void => void io.err.write(`${line}\n`);

/** Asks a question that must be answered with y or yes; anything else, and the end of input, is a no. */
export const isAgreed = async (io: Io, question: string): Promise<boolean> => {
  const lines = createInterface({ input: io.in, output: io.err, terminal: false });
  try {
    io.err.write(`${question} [y/N] `);
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
};

/** Numbers as people read them. */
export const figure = (n: number): string => n.toLocaleString("en-GB");

/** Bold where it helps and where nobody asked for none (no-color.org). */
export const bold = (io: Io, text: string): string =>
  io.isOutTty && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb"
    ? `\u001b[1m${text}\u001b[22m`
    : text;

/** Columns padded to their widest cell; numbers to the right. */
export const table = (rows: readonly (readonly (string | number)[])[]): string[] => {
  const width = (column: number): number =>
    Math.max(...rows.map((row) => String(cellOf(row[column])).length));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === "number" ? figure(cell).padStart(width(column)) : cell.padEnd(width(column)),
      )
      .join("  ")
      .trimEnd(),
  );
};
const cellOf = (cell: string | number | undefined): string =>
  typeof cell === "number" ? figure(cell) : (cell ?? "");

/** "60s", "5m", "500ms", "2h" in milliseconds; null when it is none of these. */
export const durationMs = (text: string): number | null => {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  return Number(amount) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
};

/** Seconds as people read them: 4 s, 3 min, 2 h, 5 days. */
export const ago = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
};

/** The account as a sum: the ends that came about, then what waits, then what was accepted. */
export const equation = ({ accepted, ends, held, open, inFlight }: ConversationAccount): string => {
  const always = new Set(["archived", "discarded", "held", "quarantined"]);
  const terms = Object.entries({ ...ends, held, "in open sections": open, "in flight": inFlight })
    .filter(([name, count]) => count !== 0 || always.has(name))
    .map(([name, count]) => `${figure(count)} ${name}`);
  return `${terms.join(" + ")} = ${figure(accepted)} accepted`;
};

/** Brackets around an IPv6 host (RFC 3986 §3.2.2). */
export const urlOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
