import { relative } from "node:path";

import { version } from "@sotto/contracts";
import type { Settings } from "@sotto/service";

import { bold, equation, figure, print, table, type Io } from "../io.ts";
import { countBy, type Findings, type Look } from "./inspect.ts";
import type { Course } from "./outcome.ts";
import type { Story } from "./scenario.ts";

/** A bar that rewrites itself for people, one line at the end for everybody. */
export const progressBar = (io: Io | null, total: number) => {
  let done = 0;
  const draw = (tail: string): string => {
    const filled = Math.round((done / Math.max(1, total)) * 30);
    return `[${"#".repeat(filled).padEnd(30)}] ${figure(done)} of ${figure(total)} events${tail}`;
  };
  return {
    step: (count: number): void => {
      done += count;
      if (io?.isOutTty) io.out.write(`\r${draw("")}`);
    },
    end: (seconds: number): void => {
      if (!io) return;
      const rate = `  ${seconds.toFixed(1)} s  ${figure(Math.round(done / seconds))} events/s`;
      print(io, io.isOutTty ? `\r${draw(rate)}` : `${figure(done)} of ${figure(total)} events${rate}`);
    },
  };
};

const rows: readonly (readonly [Course, string, string])[] = [
  ["admitted", "admit", "ADMIT_CONSENT"],
  ["late", "admit", "ADMIT_CONSENT that came late, held until then"],
  ["withdrawn", "admit", "then CONSENT_WITHDRAWN half-way"],
  ["refused", "discard", "CONSENT_REFUSED"],
  ["captured", "discard", "CAPTURED_WITHOUT_CONSENT: speech is not held"],
  ["expired", "hold", "CONSENT_MISSING at the deadline: discarded"],
  ["quarantined", "quarantine", ""],
  ["other", "other", ""],
];

/** What is about to happen, and where. */
export const printOpening = (stories: readonly Story[], settings: Settings, io: Io): void => {
  const counted = (key: (story: Story) => string): string =>
    Object.entries(countBy(stories, key))
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const folder = relative(process.cwd(), settings.log.path.replace(/[^/\\]+$/, "")) || ".";
  const languages = counted(({ dialogue }) => (dialogue.language.startsWith("de") ? "German" : "English"));
  print(io, `Sotto ${version} demo: one process, ${settings.http.host} only, nothing leaves this machine`);
  print(io, "");
  print(io, `log embedded (SQLite) | store directory | keys local file (0600) | data ${folder}`);
  print(
    io,
    `Sending ${stories.length} conversations (${counted((s) => s.dialogue.channel)}; ${languages}; sources: NOTICE)`,
  );
};

/** The same numbers for machines. */
export const asData = (f: Findings): object => ({
  ...f,
  courses: Object.fromEntries(
    [...f.courses].map(([course, row]) => [course, { ...row, reasons: [...row.reasons] }]),
  ),
  readers: f.readers && { ...f.readers, frame: Buffer.from(f.readers.frame).toString("hex") },
});

/** What the demo says to people: every figure read back from what was written. */
export const printRun = (f: Findings, seconds: number, io: Io): void => {
  const line = (text = "") => print(io, text);
  const head = (text: string, note: string) => line(`${bold(io, text)}  ${note}`);
  line();
  head("CONSENT", "decided before any text was opened");
  for (const text of consentTable(f)) line(`  ${text}`);
  line(`  one end for every turn: ${equation({ ...f.account })}`);
  line(
    `  refused at the door: ${f.sending.refused.length} (${f.sending.refused.map(({ what }) => what).join(", ")})`,
  );
  line();
  head("REDACTION", `${figure(f.redaction.findings)} findings in ${figure(f.redaction.turns)} turns`);
  line(
    `  ${f.redaction.kinds
      .slice(0, 9)
      .map(([kind, n]) => `${kind.toLowerCase().replaceAll("_", " ")} ${figure(n)}`)
      .join(", ")}`,
  );
  line();
  if (f.readers) {
    const { conversation, channel, language, said, frame, archived } = f.readers;
    head("ONE TURN, THREE READERS", `${conversation} (${channel}, ${language})`);
    line(`  the customer said    ${said}`);
    line(`  broker and bucket    ${hex(frame)} ...  ${frame.length} bytes, COSE_Encrypt0`);
    line(`  an analyst reads     ${archived}`);
    line();
  }
  head("LEAK SEARCH", "raw, base64, hex");
  const where = `${figure(f.files.count)} files, ${(f.files.bytes / 1e6).toFixed(1)} MB: log, store, keys; log lines`;
  line(`  every text of 8 bytes or more in every byte written (${where})`);
  line(`    ${lookLine(f.everyByte)}`);
  line("  every planted identifier of 4 bytes or more in every opened document");
  line(`    ${lookLine(f.everyDocument)}`);
  line();
  head("TAMPERING", "on copies");
  for (const text of table(f.tampering.map(({ attack, answer }) => [attack, answer]))) line(`  ${text}`);
  line();
  const { documents, auditEntries, verified } = f.landed;
  head("LANDED", `${figure(documents)} documents (vCon, sealed), ${figure(auditEntries)} audit entries`);
  const { made, shredded, conversations } = f.keys;
  line(
    `  ${figure(made)} data keys made; raw slots of ${figure(shredded)} of ${figure(conversations)} conversations already shredded: those words can be opened by nobody`,
  );
  line(
    `  audit log ${verified ? "verified to its checkpoint" : "NOT VERIFIED"}; raw words opened by the consent gate: ${f.rawOpensByGate}`,
  );
  line();
  line(bold(io, "NEXT"));
  const next = [
    ["./sotto init && ./sotto up", "keep running: POST http://127.0.0.1:8080/v1/events"],
    ["./sotto source add --help", "a credential for an event producer"],
    ["./sotto --help", "the other commands"],
  ];
  for (const text of table(next)) line(`  ${text}`);
  line(f.holds ? `Done in ${seconds.toFixed(0)} s` : "FAILED: one of the claims above does not hold");
};

const consentTable = (f: Findings): string[] => {
  const cells = rows.flatMap(([course, decision, reason]) => {
    const row = f.courses.get(course);
    const why =
      reason === "" ? [...(row?.reasons ?? [])].toSorted((a, b) => (a < b ? -1 : 1)).join(", ") : reason;
    return row ? [[decision, why, row.conversations, row.turns]] : [];
  });
  const stopped = f.courses.get("withdrawn")?.stopped ?? 0;
  return [
    ...table([["", "", "conversations", "turns"], ...cells]),
    `of the turns with a withdrawal, ${figure(stopped)} had been admitted and were stopped before landing`,
  ];
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, 16))
    .toString("hex")
    .replaceAll(/..(?=.)/g, "$& ");

const lookLine = (look: Look): string =>
  `found in the input ${figure(look.inInput)} of ${figure(look.texts)}   found ${figure(look.found)}   (shorter, skipped: ${figure(look.skipped)})`;
