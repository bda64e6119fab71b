import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["my name is Katie Marshall and I moved", ["PERSON Katie Marshall"]],
  ["hi, my name is prakash iyer and i moved", ["PERSON prakash iyer"]],
  ["this is Robin Ashworth calling about it", ["PERSON Robin Ashworth"]],
  ["Mrs. Abernathy wants a refund for that", ["PERSON Abernathy"]],
  ["I spoke to Dr van der Berg about it", ["PERSON van der Berg"]],
  ["thanks, Jennifer, that helps a lot", ["PERSON Jennifer"]],
  ["please ask Kimberley O'Brien-Smith about it", ["PERSON Kimberley O'Brien-Smith"]],
  ["the parcel went to Oluwaseun Adeyemi instead", ["PERSON Oluwaseun Adeyemi"]],
  ["my wife Svetlana ordered it for us", ["PERSON Svetlana"]],
])("finds in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  ["mein Name ist Katrin Müller-Lüdenscheidt und ich habe eine Frage", ["PERSON Katrin Müller-Lüdenscheidt"]],
  ["ich heiße Mehmet Yilmaz und rufe wegen der Rechnung an", ["PERSON Mehmet Yilmaz"]],
  ["guten Tag Frau Schneider, ich habe eine Frage dazu", ["PERSON Schneider"]],
  ["hier spricht Annegret Hoffmann aus der Buchhaltung", ["PERSON Annegret Hoffmann"]],
])("finds in German %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "I will mark the bill in May and may go",
  "the Ashley Hotel and Clare College are near the park",
  "I am hardy and it is a rose garden",
  "what is the name of the street over there",
  "this is great and it is working now",
  "San Francisco and Los Angeles are far away",
  "Grace periods and Will forms are on Sunday",
  "the company name is on the letter you sent",
])("leaves %j alone", (text) => expect(found(text)).toEqual([]));

test.each([
  "Die Rechnung ist im Vergleich zum Vorjahr im Januar höher",
  "Ich bin sehr zufrieden und hier ist alles gut",
  "Mit freundlichen Grüßen aus dem schönen Norden",
  "Der Anschluss in der Wohnung geht leider nicht",
])("leaves German %j alone", (text) => expect(found(text, "de")).toEqual([]));
