// Leak and over-redaction on labelled text. The data is not part of the project: its folder is an argument.
//   node packages/redaction/bench/measure.ts DIR [SET…] [--show N] [--written]
// DIR holds LABELS.json and SET.jsonl.gz, lines {id, lang, text, spans: [{start, end, label}]}, offsets in UTF-16 units.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { detect, redact } from "../src/index.ts";
import type { Finding, Turn } from "../src/index.ts";

interface Doc {
  readonly id: string;
  readonly lang: string;
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number; readonly label: string }[];
  readonly meta?: { readonly recognizer?: string };
}

const args = process.argv.slice(2);
const show = args.includes("--show") ? Number(args[args.indexOf("--show") + 1]) : 0;
const profile = args.includes("--written") ? "written" : "speech";
const [dir = ".", ...names] = args.filter((a, i) => !a.startsWith("--") && args[i - 1] !== "--show");
const labels = JSON.parse(readFileSync(`${dir}/LABELS.json`, "utf8"));
const commonOf = new Map<string, string>();
for (const [common, kinds] of Object.entries<string[]>(labels.contract))
  for (const kind of kinds) commonOf.set(kind, common);

const load = (name: string): Doc[] =>
  gunzipSync(readFileSync(`${dir}/${name}.jsonl.gz`))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Lines "Agent: …" and "Customer: …" become turns; offsets are moved back afterwards. */
const asDialogue = (text: string): { turns: Turn[]; starts: number[] } => {
  const turns: Turn[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const line of text.split("\n")) {
    const head = /^(Agent|Customer): ?/.exec(line);
    if (head !== null) {
      turns.push({
        id: String(turns.length),
        role: head[1] === "Agent" ? "agent" : "customer",
        text: line.slice(head[0].length),
      });
      starts.push(at + head[0].length);
    }
    at += line.length + 1;
  }
  return { turns, starts };
};

const find = (doc: Doc, language: string): Finding[] => {
  if (!/^(?:Agent|Customer): /.test(doc.text)) return detect(doc.text, { language, profile });
  const { turns, starts } = asDialogue(doc.text);
  return redact(turns, { language, profile }).turns.flatMap((turn, i) =>
    turn.findings.map((f) => ({ ...f, start: f.start + (starts[i] ?? 0), end: f.end + (starts[i] ?? 0) })),
  );
};

const isAlnum = (text: string) => Uint8Array.from(text, (c) => (/[\p{L}\p{N}]/u.test(c) ? 1 : 0));

const measure = (name: string) => {
  const docs = load(name);
  const set = labels[name];
  const scored = new Set<string>(set.eval);
  const total = { gold: 0, leak: 0, other: 0, over: 0 };
  const by = new Map<string, { gold: number; leak: number }>();
  const missed: string[] = [];
  const extra: string[] = [];
  let chars = 0;
  const begun = performance.now();
  const results = docs.map((doc) => find(doc, doc.lang));
  const ms = performance.now() - begun;
  docs.forEach((doc, d) => {
    chars += doc.text.length;
    const units = doc.text.split("");
    const alnum =
      isAlnum("x".repeat(0)).length === 0 ? units.map((c) => (/[\p{L}\p{N}]/u.test(c) ? 1 : 0)) : [];
    const gold: (string | null | undefined)[] = units.map(() => undefined);
    for (const s of doc.spans) {
      const label = set.map[s.label];
      for (let i = s.start; i < s.end; i += 1)
        if (label === undefined || label === null) gold[i] ??= null;
        else gold[i] = label;
    }
    const covered = new Uint8Array(doc.text.length);
    const counted = new Uint8Array(doc.text.length);
    for (const f of results[d] ?? []) {
      const common = commonOf.get(f.kind) ?? "";
      for (let i = f.start; i < f.end; i += 1) {
        covered[i] = 1;
        if (scored.has(common)) counted[i] = 1;
      }
    }
    let missedHere = "";
    units.forEach((_, i) => {
      if (alnum[i] === 0) return;
      const label = gold[i];
      if (label !== undefined && label !== null && scored.has(label)) {
        total.gold += 1;
        const entry = by.get(label) ?? { gold: 0, leak: 0 };
        by.set(label, entry);
        entry.gold += 1;
        if (covered[i] === 0) {
          total.leak += 1;
          entry.leak += 1;
          missedHere = label;
        }
      } else if (label === undefined) {
        total.other += 1;
        if (counted[i] === 1) total.over += 1;
      }
    });
    if (missedHere !== "")
      missed.push(
        `${missedHere} | ${view(doc, results[d] ?? [])} | gold ${doc.spans.map((s) => `${s.label}=${doc.text.slice(s.start, s.end)}`).join("; ")}`,
      );
    const wrong = (results[d] ?? []).filter(
      (f) => !doc.spans.some((s) => s.start < f.end && s.end > f.start),
    );
    if (wrong.length > 0)
      extra.push(
        wrong
          .map(
            (f) =>
              `${f.kind}/${f.recognizer} «${doc.text.slice(f.start, f.end)}» in ${doc.text.slice(Math.max(0, f.start - 50), f.end + 30).replaceAll("\n", " ⏎ ")}`,
          )
          .join(" ## "),
      );
  });
  const percent = (a: number, b: number) => (b === 0 ? "–" : ((100 * a) / b).toFixed(2));
  console.log(
    `${name}: leak ${percent(total.leak, total.gold)} %, over ${percent(total.over, total.other)} %, ${(chars / 1e3 / ms).toFixed(2)} MB/s, ${docs.length} docs`,
    [...by].map(([l, e]) => `${l} ${percent(e.leak, e.gold)} (${e.gold})`).join(", "),
  );
  sample("MISSED", missed);
  sample("EXTRA", extra);
};

const view = (doc: Doc, findings: readonly Finding[]) => {
  if (doc.text.length > 400) return `${doc.id}`;
  let out = "";
  let at = 0;
  for (const f of findings) {
    out += `${doc.text.slice(at, f.start)}[${f.kind}]`;
    at = f.end;
  }
  return out + doc.text.slice(at);
};

const sample = (title: string, list: readonly string[]) => {
  if (show === 0) return;
  console.log(`  ${title} ${list.length}`);
  const step = Math.max(1, Math.floor(list.length / show));
  for (let i = 0; i < list.length; i += step) console.log("   ", list[i]?.slice(0, 330));
};

/** Unit examples: an entity counts as found when findings cover its letters and digits; a negative is flagged by any finding. */
const measureExamples = (name: string) => {
  let [entities, found, negatives, flagged] = [0, 0, 0, 0];
  const missed: string[] = [];
  const wrong: string[] = [];
  for (const doc of load(name)) {
    if (!/^(?:en|de)/.test(doc.lang)) continue;
    const findings = detect(doc.text, { language: doc.lang, profile });
    for (const s of doc.spans) {
      entities += 1;
      const all = Array.from({ length: s.end - s.start }, (_, i) => s.start + i).every(
        (i) => !/[\p{L}\p{N}]/u.test(doc.text.charAt(i)) || findings.some((f) => f.start <= i && f.end > i),
      );
      if (all) found += 1;
      else
        missed.push(`${doc.meta?.recognizer} ${doc.text.slice(0, 120)} || ${doc.text.slice(s.start, s.end)}`);
    }
    if (doc.spans.length > 0) continue;
    negatives += 1;
    if (findings.length > 0) {
      flagged += 1;
      wrong.push(
        `${doc.meta?.recognizer} ${doc.text.slice(0, 100)} => ${findings.map((f) => `${f.kind}/${f.recognizer}`).join()}`,
      );
    }
  }
  console.log(
    `${name} (${profile}): found ${((100 * found) / entities).toFixed(1)} % of ${entities}, flagged ${((100 * flagged) / negatives).toFixed(1)} % of ${negatives} negatives`,
  );
  sample("MISSED", missed);
  sample("FLAGGED", wrong);
};

/** Dialogues without labels, business text: everything masked is over-redaction. */
const measureBusiness = (path: string) => {
  const kinds = new Map<string, { n: number; chars: number }>();
  const seen: string[] = [];
  let [chars, all, masked, ms] = [0, 0, 0, 0];
  for (const line of gunzipSync(readFileSync(path)).toString().trim().split("\n")) {
    const dialogue: { turns: { role: Turn["role"]; text: string }[] } = JSON.parse(line);
    const turns = dialogue.turns.map((t, i): Turn => ({
      id: String(i),
      role: t.role === "customer" ? "customer" : "agent",
      text: t.text,
    }));
    const begun = performance.now();
    const out = redact(turns, { language: "en", profile });
    ms += performance.now() - begun;
    out.turns.forEach((t, i) => {
      const text = turns[i]?.text ?? "";
      chars += text.length;
      all += text.replaceAll(/[^\p{L}\p{N}]/gu, "").length;
      for (const f of t.findings) {
        const n = text.slice(f.start, f.end).replaceAll(/[^\p{L}\p{N}]/gu, "").length;
        masked += n;
        const key = `${f.kind}/${f.recognizer}`;
        const entry = kinds.get(key) ?? { n: 0, chars: 0 };
        kinds.set(key, { n: entry.n + 1, chars: entry.chars + n });
        seen.push(
          `${key} «${text.slice(f.start, f.end)}» in ${text.slice(Math.max(0, f.start - 40), f.end + 30)}`,
        );
      }
    });
  }
  console.log(
    `${path.split("/").at(-1)}: masked ${((100 * masked) / all).toFixed(2)} % of letters and digits, ${(chars / 1e3 / ms).toFixed(2)} MB/s`,
  );
  console.log(
    "  ",
    [...kinds]
      .toSorted((a, b) => b[1].chars - a[1].chars)
      .slice(0, 25)
      .map(([k, e]) => `${k} ${e.n} (${((100 * e.chars) / all).toFixed(2)} %)`)
      .join(", "),
  );
  sample("MASKED", seen);
};

for (const name of names) {
  if (name.endsWith(".gz")) measureBusiness(name);
  else if (labels[name] === undefined) measureExamples(name);
  else measure(name);
}
