import type { Candidate, Kind } from "./finding.ts";
import { identifiersOf } from "./identifiers.ts";
import { isPublished, phoneNumber } from "./phone.ts";
import type { Run } from "./runs.ts";
import { cuesBetween, span, startOf, wordSet } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { topics } from "./topics.ts";
import type { Topic } from "./topics.ts";

/** Digits, letters and codes: what they are by check digits, by the cue beside them, by what was asked, or by their length. */
export const findNumbers = (scene: Scene): Candidate[] => {
  const found: Candidate[] = [];
  for (const run of scene.runs) {
    if (isQuantity(scene, run)) continue;
    const topic = cueOf(scene, run) ?? askedOf(scene, run);
    matchIdentifiers(scene, run, topic, found);
    const whole = byTopic(scene, run, topic) ?? byLength(scene, run);
    if (whole !== undefined) found.push(whole);
  }
  return found;
};

/** How many digits, and how many symbols, make a run an answer to a topic. A strong cue names the number itself. */
const least: Partial<Record<Topic, { digits: number; weak: number }>> = {
  phone: { digits: 5, weak: 6 },
  card: { digits: 3, weak: 4 },
  security: { digits: 3, weak: 3 },
  expiry: { digits: 3, weak: 4 },
  iban: { digits: 4, weak: 4 },
  bank: { digits: 3, weak: 4 },
  routing: { digits: 4, weak: 4 },
  account: { digits: 3, weak: 4 },
  order: { digits: 2, weak: 4 },
  government: { digits: 3, weak: 4 },
  tax: { digits: 4, weak: 5 },
  health: { digits: 4, weak: 5 },
  passport: { digits: 4, weak: 4 },
  licence: { digits: 4, weak: 5 },
  plate: { digits: 1, weak: 2 },
  postcode: { digits: 1, weak: 2 },
  username: { digits: 2, weak: 3 },
  password: { digits: 2, weak: 3 },
  pin: { digits: 3, weak: 3 },
  code: { digits: 1, weak: 4 },
  birth: { digits: 2, weak: 4 },
  email: { digits: 2, weak: 9 },
};

const near = 7;

/** The topic of the nearest cue: before the run, or just behind it ("4585 is my ssn"). */
const cueOf = (scene: Scene, run: Run): { topic: Topic; asked: boolean } | undefined => {
  let best: { topic: Topic; distance: number } | undefined;
  for (const cue of cuesBetween(scene, run.first - near, run.last + 3)) {
    if (least[cue.topic] === undefined) continue;
    if (cue.first > run.last && isLaterLine(scene, run.last, cue.first)) continue;
    const distance =
      cue.last < run.first ? run.first - cue.last : cue.first > run.last ? (cue.first - run.last) * 2 : 99;
    const limit = cue.first > run.last ? 6 : near;
    if (distance <= limit && distance < (best?.distance ?? 99)) best = { topic: cue.topic, distance };
  }
  if (best === undefined || !isEnough(best.topic, run, best.distance)) return undefined;
  return { topic: best.topic, asked: false };
};

/** A cue on a line below speaks of what follows it. */
const isLaterLine = ({ tokens }: Scene, from: number, to: number): boolean => {
  for (let i = from + 1; i <= to; i += 1) if (tokens[i]?.line === true) return true;
  return false;
};

const isEnough = (topic: Topic, run: Run, distance: number): boolean => {
  const needed = least[topic];
  if (needed === undefined) return false;
  const wanted = distance <= 3 ? needed.digits : needed.weak;
  // One code in one piece ("BMUKPTG6") needs but one digit.
  const code = run.elements.length === 1 && run.digits >= 1 && run.symbols.length >= 5 && distance <= 3;
  if (run.digits < wanted && !code) return false;
  if (topic === "postcode" || topic === "code") return run.symbols.length >= 4;
  if (topic === "order") return run.symbols.length >= (distance <= 2 ? 4 : 5);
  return run.symbols.length >= 3;
};

/** Of what was asked for, the topic that a run of this length answers best; a digit or two answer nothing by themselves. */
const askedOf = (scene: Scene, run: Run): { topic: Topic; asked: boolean } | undefined => {
  if (run.digits < 1 || run.symbols.length < 2) return undefined;
  let best: { topic: Topic; miss: number } | undefined;
  for (const topic of scene.asked) {
    if (least[topic] === undefined) continue;
    const miss = Math.abs(run.symbols.length - (usual[topic] ?? 9));
    if (miss < (best?.miss ?? 99)) best = { topic, miss };
  }
  return best === undefined ? undefined : { topic: best.topic, asked: true };
};

/** How many symbols an answer usually has. */
const usual: Partial<Record<Topic, number>> = {
  phone: 10.5,
  card: 16,
  security: 3,
  expiry: 4,
  iban: 22,
  birth: 8,
  postcode: 6,
  pin: 4.5,
  code: 6,
  government: 9.5,
  plate: 7,
  order: 8,
  account: 9,
};

const byTopic = (
  scene: Scene,
  run: Run,
  cue: { topic: Topic; asked: boolean } | undefined,
): Candidate | undefined => {
  if (cue === undefined) return undefined;
  const kind: Kind = topics[cue.topic];
  const recognizer = `${cue.asked ? "asked" : "cue"}_${cue.topic}`;
  const phone = cue.topic === "phone" ? phoneOf(scene, run) : undefined;
  const first = kind === "PHONE" ? startOf(scene, run.first, run.last) : run.first;
  return span(scene, first, run.last, {
    kind,
    score: 0.75,
    recognizer,
    value: phone ?? run.symbols.toLowerCase(),
  });
};

const phoneOf = (scene: Scene, run: Run): string | undefined => {
  if (run.digits !== run.symbols.length || scene.budget.phones <= 0) return undefined;
  scene.budget.phones -= 1;
  const plus = scene.tokens[run.first - 1]?.lower === "+" ? "+" : "";
  return phoneNumber(plus + run.symbols.replace(/^00/, "+"), scene.language) ?? undefined;
};

/** What length alone decides: seven typed digits, four that were read out, and long mixed codes. */
const byLength = (scene: Scene, run: Run): Candidate | undefined => {
  const value = run.symbols.toLowerCase();
  const first = startOf(scene, run.first, run.last);
  const plain = run.digits === run.symbols.length;
  if (plain && run.digits >= 7) {
    if (isPublished(run.symbols)) return undefined;
    const phone = run.digits <= 15 ? phoneOf(scene, run) : undefined;
    if (phone !== undefined)
      return span(scene, first, run.last, { kind: "PHONE", score: 0.65, recognizer: "phone", value: phone });
    return span(scene, first, run.last, { kind: "NUMBER", score: 0.4, recognizer: "long_number", value });
  }
  if (run.read >= 4 && !isSpokenYear(run))
    return span(scene, run.first, run.last, {
      kind: "NUMBER",
      score: 0.45,
      recognizer: "spoken_digits",
      value,
    });
  const letters = run.symbols.length - run.digits;
  if (run.digits === 0) return spelling(scene, run, value);
  const spelled = run.elements.filter((e) => e.spoken || e.symbols.length === 1).length;
  if (letters > 0 && spelled >= 3 && run.symbols.length >= 4)
    return span(scene, run.first, run.last, {
      kind: "NUMBER",
      score: 0.45,
      recognizer: "spelled_code",
      value,
    });
  if (run.digits >= 6 && run.symbols.length >= 8)
    return span(scene, run.first, run.last, { kind: "NUMBER", score: 0.4, recognizer: "long_code", value });
  return undefined;
};

/** Letters one by one: four by themselves, two where one stands for a word ("M wie Martha") or a spelling was asked for. */
const spelling = (scene: Scene, run: Run, value: string): Candidate | undefined => {
  const named = run.elements.some((e) => e.last > e.first);
  if (run.symbols.length < (named || scene.asked.size > 0 ? 2 : 4)) return undefined;
  const kind = scene.asked.has("email")
    ? "EMAIL"
    : scene.asked.has("username")
      ? "USERNAME"
      : scene.asked.has("password")
        ? "PASSWORD"
        : "PERSON";
  return span(scene, run.first, run.last, {
    kind,
    score: named ? 0.72 : 0.45,
    recognizer: "spelling",
    value,
  });
};

/** "nineteen ninety five", "twenty twenty six": pairs that say a year. */
const isSpokenYear = (run: Run): boolean =>
  run.digits === 4 &&
  run.elements.length <= 3 &&
  run.elements[0]?.symbols.length === 2 &&
  /^(?:19|20)\d\d$/.test(run.symbols);

/**
 * Tries stretches of whole elements against the identifiers of their length: those that begin or end with the run, and
 * those between elements of three symbols or more. When the turn's budget is spent, what is left is masked unlabelled.
 */
const matchIdentifiers = (scene: Scene, run: Run, cue: { topic: Topic } | undefined, found: Candidate[]) => {
  const { elements } = run;
  const edge = (index: number) => (elements[index]?.symbols.length ?? 9) >= 3;
  for (let i = 0; i < elements.length; i += 1) {
    let symbols = "";
    for (let j = i; j < elements.length; j += 1) {
      symbols += elements[j]?.symbols ?? "";
      if (symbols.length > 33) break;
      const open =
        (i === 0 || edge(i) || edge(i - 1)) &&
        (j === elements.length - 1 || edge(j) || edge(j + 1) || i === 0);
      if (symbols.length < 5 || !open) continue;
      if (scene.budget.stretches <= 0) {
        if (run.digits >= 4)
          found.push(span(scene, run.first, run.last, { kind: "NUMBER", score: 0.5, recognizer: "crowded" }));
        return;
      }
      scene.budget.stretches -= 1;
      const best = bestIdentifier(symbols, run, i, j, cue?.topic);
      if (best === undefined) continue;
      const first = elements[i]?.first ?? run.first;
      const last = elements[j]?.last ?? run.last;
      found.push(span(scene, first, last, { ...best, value: symbols.toLowerCase() }));
    }
  }
};

const bestIdentifier = (symbols: string, run: Run, i: number, j: number, topic: Topic | undefined) => {
  let best: { kind: Kind; score: number; recognizer: string } | undefined;
  for (const identifier of identifiersOf[symbols.length] ?? []) {
    if (!identifier.shape.test(symbols) || identifier.accept?.(symbols) === false) continue;
    const cued = topic !== undefined && identifier.topics.includes(topic);
    const score = cued
      ? Math.max(0.9, identifier.score)
      : Math.min(0.99, identifier.score + grouping(identifier.recognizer, run, i, j));
    if (score > (best?.score ?? 0))
      best = { kind: identifier.kind, score, recognizer: identifier.recognizer };
  }
  return best;
};

/** 078-05-1120: three, two and four digits between separators are how one identifier alone is written. */
const grouping = (recognizer: string, run: Run, i: number, j: number): number => {
  const lengths = run.elements
    .slice(i, j + 1)
    .map((e) => e.symbols.length)
    .join("-");
  if ((recognizer === "us_ssn" || recognizer === "us_itin") && lengths === "3-2-4") return 0.5;
  if (recognizer === "uk_nhs" && lengths === "3-3-4") return 0.1;
  return 0;
};

const money = wordSet(
  "$ € £ ¥ ₹ usd eur gbp inr rs dollar dollars euro euros pound pounds rupee rupees cent cents bucks quid pence chf franken",
);
const units = wordSet(
  "% percent prozent am pm a.m p.m o'clock oclock uhr minute minutes minuten minuten second seconds sekunden hour hours hrs stunde stunden day days tag tage tagen week weeks woche wochen month months monat monate monaten year years jahr jahre jahren times mal people persons person guests personen gäste nights night nacht nächte gb mb tb kb kg km miles mile meilen kilometer meter metres meters feet foot inch inches stars star sterne pieces piece stück units items artikel pounds lbs liter litre litres liters points punkte degrees grad mbps mbit gigabyte megabyte adults kids children kinder erwachsene tickets rooms zimmer pizzas x mg ml watt kwh volt",
);

/** Money, percentages, times, amounts of things: what everybody may know. */
export const isQuantity = (scene: Scene, run: Run): boolean => {
  const before = scene.tokens[run.first - 1]?.lower ?? "";
  const after = scene.tokens[run.last + 1]?.lower ?? "";
  if (money.has(before) || money.has(after)) return true;
  if (units.has(after) && run.digits <= 6) return true;
  // "1,250,000" and "1.250.000": groups of three behind a first group without a leading zero.
  if (run.scaled && run.digits <= 7) return true;
  if (isAmount(scene, run) || gluedUnit.test(run.symbols)) return true;
  return run.elements.length >= 2 && run.read === 0 && isGrouped(scene, run);
};

const gluedUnit = /^\d{1,8}(?:GBP|USD|EUR|CHF|INR|AUD|CAD|JPY|KWH)$/;

/** "39,90", "129.00": two digits behind a point or comma, and no more, when nothing is asked that dates answer. */
const isAmount = ({ text, tokens, asked }: Scene, run: Run): boolean =>
  run.elements.length === 2 &&
  !asked.has("expiry") &&
  !asked.has("birth") &&
  /^(?:[1-9]\d{0,4}|0)[.,]\d\d$/.test(text.slice(tokens[run.first]?.start, tokens[run.last]?.end)) &&
  !/^(?:0?[1-9]|1[0-2])\.\d\d$/.test(text.slice(tokens[run.first]?.start, tokens[run.last]?.end));

const isGrouped = (scene: Scene, run: Run): boolean => {
  const [head, ...rest] = run.elements;
  if (head === undefined || head.symbols.length > 3 || head.symbols.startsWith("0")) return false;
  const mark = scene.tokens[head.last + 1]?.lower;
  return (
    (mark === "," || mark === ".") &&
    rest.every(
      (e) =>
        /^\d{3}$/.test(e.symbols) &&
        scene.tokens[e.first - 1]?.lower === mark &&
        scene.tokens[e.first]?.spaced === false,
    )
  );
};
