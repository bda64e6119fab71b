import { expect, test } from "vitest";

import { detect } from "../src/index.ts";
import { found } from "./found.ts";

test.each([
  ["my card is 4111 1111 1111 1111 please", "PAYMENT_CARD", "4111 1111 1111 1111"],
  ["amex 3714-496353-98431", "PAYMENT_CARD", "3714-496353-98431"],
  [
    "it is four one one one one one one one one one one one one one one one",
    "PAYMENT_CARD",
    "four one one one one one one one one one one one one one one one",
  ],
  ["the iban is DE89 3704 0044 0532 0130 00", "IBAN", "DE89 3704 0044 0532 0130 00"],
  ["GB82WEST12345698765432", "IBAN", "GB82WEST12345698765432"],
  [
    "iban d e eight nine three seven zero four zero zero four four zero five three two zero one three zero zero zero",
    "IBAN",
    "d e eight nine three seven zero four zero zero four four zero five three two zero one three zero zero zero",
  ],
  ["BR97 0036 0305 0000 1000 9795 493P 1", "IBAN", "BR97 0036 0305 0000 1000 9795 493P 1"],
  ["my ssn is 078-05-1120", "GOVERNMENT_ID", "078-05-1120"],
  ["NINO: AA 12 34 56 B", "GOVERNMENT_ID", "AA 12 34 56 B"],
  ["nhs 401 023 2137", "HEALTH_ID", "401 023 2137"],
  ["the MBI is 1EG4-TE5-MK73", "HEALTH_ID", "1EG4-TE5-MK73"],
  ["licence MORGA607054SM9IJ here", "DRIVING_LICENCE", "MORGA607054SM9IJ"],
  ["we live near SW1A 1AA now", "POSTCODE", "SW1A 1AA"],
  ["near cb2 1rt actually", "POSTCODE", "cb2 1rt"],
  ["routing number 121042882", "ROUTING_NUMBER", "121042882"],
  ["the plate number is AB51 ABC", "LICENCE_PLATE", "AB51 ABC"],
  ["my PAN is ABCPD1234Z now", "TAX_ID", "ABCPD1234Z"],
  ["aadhaar 3123 4567 8909", "GOVERNMENT_ID", "3123 4567 8909"],
  ["the sin is 130 692 544", "GOVERNMENT_ID", "130 692 544"],
])("finds in %j a %s", (text, kind, value) => expect(found(text)).toContain(`${kind} ${value}`));

test.each([
  ["meine Steuer-ID ist 86095742719", "TAX_ID", "86095742719"],
  ["Umsatzsteuer DE136695976 steht drauf", "TAX_ID", "DE136695976"],
  ["KVNR A123456780 bitte", "HEALTH_ID", "A123456780"],
  ["Rentenversicherung 65070803A019", "GOVERNMENT_ID", "65070803A019"],
  ["mein Ausweis ist L01X00T44", "GOVERNMENT_ID", "L01X00T44"],
  ["die Bankleitzahl 37040044", "ROUTING_NUMBER", "37040044"],
  ["BIC COBADEFFXXX", "BIC", "COBADEFFXXX"],
])("finds in German %j a %s", (text, kind, value) => expect(found(text, "de")).toContain(`${kind} ${value}`));

test.each([
  ["a card number that fails its check digit", "4111 1111 1111 1112", "PAYMENT_CARD"],
  ["an IBAN of the wrong length", "DE89 3704 0044 0532 0130 0", "IBAN"],
  ["an IBAN with a changed digit", "DE88 3704 0044 0532 0130 00", "IBAN"],
  ["a German tax id with a wrong check digit", "86095742718", "TAX_ID"],
  ["a postcode of no area", "VA1 1AA", "POSTCODE"],
  ["a postcode with a letter no inward code has", "M1 1CA", "POSTCODE"],
  ["an SSN of an area never given", "000-12-3456", "GOVERNMENT_ID"],
  ["a NINO with an unused prefix", "BG123612A", "GOVERNMENT_ID"],
])("does not label %s", (_, text, kind) => {
  const labels = detect(text, { language: "en", profile: "written" }).map((f) => f.kind);
  expect(labels).not.toContain(kind);
});

test("masks a card number with a wrong check digit all the same, unlabelled", () => {
  // A recogniser of speech swaps digits: the check picks the label, length decides.
  expect(found("it was 4111 1111 1111 1112 I think it was that one for sure")).toEqual([
    "NUMBER 4111 1111 1111 1112",
  ]);
});

test("names the document of a government id in the recognizer", () => {
  expect(detect("NINO AA123456B", { language: "en" })[0]?.recognizer).toBe("uk_nino");
});

test("finds identifiers with a form of their own in a language it was not made for", () => {
  expect(found("mi tarjeta es 4111111111111111, correo ana@ejemplo.es", "es")).toEqual([
    "PAYMENT_CARD 4111111111111111",
    "EMAIL ana@ejemplo.es",
  ]);
});
