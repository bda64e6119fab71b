import { expect, test } from "vitest";

import * as checksum from "../src/checksum.ts";

const changed = (symbols: string, at: number): string => {
  const old = symbols.charAt(at);
  return symbols.slice(0, at) + (old === "7" ? "8" : "7") + symbols.slice(at + 1);
};

test.each([
  ["luhn", checksum.luhn, "4012888888881881"],
  ["iban", checksum.iban, "DE89370400440532013000"],
  ["iban", checksum.iban, "GB82WEST12345698765432"],
  ["steuerId", checksum.steuerId, "86095742719"],
  ["germanVat", checksum.germanVat, "DE136695976"],
  ["icao", checksum.icao, "L01X00T44"],
  ["pension", checksum.pension, "65070803A019"],
  ["kvnr", checksum.kvnr, "A123456780"],
  ["nhs", checksum.nhs, "4010232137"],
  ["aba", checksum.aba, "121042882"],
  ["npi", checksum.npi, "1234567893"],
  ["auAbn", checksum.auAbn, "51824753556"],
  ["auAcn", checksum.auAcn, "006249976"],
  ["auTfn", checksum.auTfn, "876543210"],
  ["auMedicare", checksum.auMedicare, "2123456701"],
  ["bsn", checksum.bsn, "111222333"],
  ["nif", checksum.nif, "12345678Z"],
  ["nif", checksum.nif, "X9613851N"],
  ["hetu", checksum.hetu, "010594Y9032"],
  ["pesel", checksum.pesel, "44051401458"],
  ["partitaIva", checksum.partitaIva, "01333550323"],
  ["turkishId", checksum.turkishId, "76543210794"],
  ["thaiId", checksum.thaiId, "1234567890121"],
  ["personnummer", checksum.personnummer, "189004119807"],
  ["southAfricanId", checksum.southAfricanId, "9912316789285"],
  ["aadhaar", checksum.aadhaar, "312345678909"],
  ["lanr", checksum.lanr, "999999901"],
])("%s accepts a right number and refuses it with its last checked digit changed", (name, check, symbols) => {
  expect(check(symbols)).toBe(true);
  const at =
    name === "lanr"
      ? 6
      : name === "auMedicare"
        ? 8
        : name === "nif"
          ? symbols.length - 2
          : symbols.length - 1;
  expect(check(changed(symbols, at))).toBe(false);
});

test("a French number is checked with its Corsican departments", () => {
  expect(checksum.nir("255081416802538")).toBe(true);
  expect(checksum.nir("255081416802539")).toBe(false);
});

test.each([
  ["000121234", false],
  ["666121234", false],
  ["912121234", false],
  ["123001234", false],
  ["123450000", false],
  ["111111111", false],
  ["078051120", true],
])("an SSN %s: %s", (number, valid) => expect(checksum.ssn(number)).toBe(valid));
test.each([
  ["911701234", true],
  ["911891234", false],
  ["123701234", false],
])("an ITIN %s: %s", (number, valid) => expect(checksum.itin(number)).toBe(valid));
test("a Korean number must hold a date", () => {
  expect(checksum.koreanId("9601211234567")).toBe(true);
  expect(checksum.koreanId("9613211234567")).toBe(false);
});
