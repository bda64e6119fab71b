import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["I was born on the 3rd of May 1985", ["DATE_OF_BIRTH 3rd of May 1985"]],
  ["my date of birth is 27/03/1990", ["DATE_OF_BIRTH 27/03/1990"]],
  [
    "date of birth the third of the fifth nineteen eighty",
    ["DATE_OF_BIRTH third of the fifth nineteen eighty"],
  ],
  [
    "dob twenty first of June nineteen eighty five",
    ["DATE_OF_BIRTH twenty first of June nineteen eighty five"],
  ],
  ["it arrived on March 27th, 2024 in the end", ["DATE March 27th, 2024"]],
  ["invoice of 2021-05-21 is still open", ["DATE 2021-05-21"]],
  ["logged at 2024-03-15T14:30:00.123Z by us", ["DATE 2024-03-15T14:30:00.123Z"]],
  ["due 12-Jan-2025 at the latest", ["DATE 12-Jan-2025"]],
  ["I'm 42 years old", ["AGE 42"]],
  ["a driver aged 67 was there", ["AGE 67"]],
])("finds in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  ["geboren am 3. März 1980 in der Stadt", ["DATE_OF_BIRTH 3. März 1980"]],
  ["Geburtsdatum dritter mai neunzehnhundertachtzig", ["DATE_OF_BIRTH dritter mai neunzehnhundertachtzig"]],
  ["Rechnung vom 21.05.2021 liegt vor", ["DATE 21.05.2021"]],
  ["ich bin 42 Jahre alt", ["AGE 42"]],
])("finds in German %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "you may do that in march if you must",
  "see you on Monday or tomorrow morning",
  "it takes 3 to 5 days for 2 of them",
  "open 24/7 and 365 days a year",
  "a contract of 12 months and a 2 year term",
  "that was 10 years ago already",
])("leaves %j alone", (text) => expect(found(text)).toEqual([]));
