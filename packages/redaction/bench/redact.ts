import { redact } from "../src/index.ts";
import type { Turn } from "../src/index.ts";

interface Measured {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ratio: number;
}

// One English and one German conversation of our own; numbers vary by copy so that no cache of a value helps.
const english = (n: number): [Turn["role"], string][] => [
  ["agent", "Thank you for calling Harbour Broadband, this is Sandra speaking. How can I help you today?"],
  [
    "customer",
    "hi there, the line has been down since this morning and i have already restarted the router twice",
  ],
  ["agent", "I am sorry to hear that. Could I take your full name and the postcode of the property, please?"],
  ["customer", `it's Katie Marshall and the postcode is SW1A ${n % 9}AA`],
  ["agent", "Thanks, Katie. There is an outage in your area, it should be fixed within four hours."],
  [
    "customer",
    `ok can you text me when it is back, my number is oh seven seven double oh nine ${["one", "two", "five"][n % 3]} one two three`,
  ],
  ["agent", "Of course. You will also get a credit of 12.50 pounds on the next bill, for 3 days of 24."],
  ["customer", "great, that is all I needed. thanks for the quick help, have a good one"],
];
const deutsch = (n: number): [Turn["role"], string][] => [
  ["agent", "Willkommen beim Kundenservice, mein Name ist Jonas Weber. Was kann ich für Sie tun?"],
  ["customer", "Guten Tag, ich habe gestern eine Bestellung aufgegeben und möchte die Lieferadresse ändern."],
  ["agent", "Gerne. Nennen Sie mir bitte die Bestellnummer und Ihren vollständigen Namen."],
  ["customer", `Die Bestellnummer ist 4711${100000 + n}, mein Name ist Petra Hoffmann.`],
  ["agent", "Danke, Frau Hoffmann. Wie lautet die neue Anschrift?"],
  ["customer", `Lindenstraße ${1 + (n % 90)}, 44137 Dortmund. Kostet das etwas extra?`],
  ["agent", "Nein, die Änderung ist kostenlos, die Lieferung kommt in zwei bis drei Werktagen."],
  ["customer", "Wunderbar, dann vielen Dank und einen schönen Tag noch."],
];
const asTurns = (lines: readonly (readonly [Turn["role"], string])[]): Turn[] =>
  lines.map(([role, text], i) => ({ id: String(i), role, text }));

// What the plainest redactor would run: digits, mail addresses and capitalised pairs, nothing else.
const bare = /\+?\d[\d ().-]{5,}\d|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+|\b[A-Z][a-z]+ [A-Z][a-z]+\b/g;

const rate = (characters: number, work: () => void): number => {
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    work();
    rates.push(characters / 1e3 / (performance.now() - begun));
  }
  return rates.toSorted((a, b) => a - b)[2] ?? 0;
};

const measure = (name: string, language: string, make: typeof english): Measured => {
  const conversations = Array.from({ length: 600 }, (_, n) => asTurns(make(n)));
  const characters = conversations.flat().reduce((sum, turn) => sum + turn.text.length, 0);
  const ours = rate(characters, () => {
    for (const turns of conversations) redact(turns, { language });
  });
  const baseline = rate(characters, () => {
    for (const turns of conversations) for (const turn of turns) turn.text.replaceAll(bare, "[X]");
  });
  return { name, ours, baseline, unit: "MB/s", ratio: ours / baseline };
};

/** MB of text a second through the whole of `redact`, against one bare regular expression over the same turns. */
export const benchRedact = (): Promise<Measured[]> =>
  Promise.resolve([measure("redact en", "en-GB", english), measure("redact de", "de-DE", deutsch)]);

if (process.argv[1]?.endsWith("/bench/redact.ts") === true)
  for (const m of await benchRedact())
    console.log(
      `${m.name}: ${m.ours.toFixed(2)} ${m.unit}, bare pattern ${m.baseline.toFixed(1)}, ratio ${m.ratio.toFixed(3)}`,
    );
