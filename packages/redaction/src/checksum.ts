/** Check digits of identifiers. Each takes symbols without separators, in upper case, of the right shape. */

const value = (symbol: string): number => {
  const code = symbol.charCodeAt(0);
  return code >= 65 ? code - 55 : code - 48;
};
const digits = (symbols: string): number[] => Array.from(symbols, value);

const weighted = (symbols: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + weight * value(symbols.charAt(i)), 0);

/** Luhn's formula (ISO/IEC 7812-1, annex B). */
export const luhn = (number: string): boolean => {
  let sum = 0;
  for (let i = 0; i < number.length; i += 1) {
    const digit = value(number.charAt(number.length - 1 - i));
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

/** Remainder of a long alphanumeric number by 97, letters as 10 to 35 (ISO 7064 MOD 97-10). */
const mod97 = (symbols: string): number => {
  let rest = 0;
  for (const symbol of symbols) {
    const n = value(symbol);
    rest = (rest * (n > 9 ? 100 : 10) + n) % 97;
  }
  return rest;
};

/** IBAN lengths by country (ISO 13616 registry). */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

export const iban = (symbols: string): boolean =>
  ibanLengths[symbols.slice(0, 2)] === symbols.length && mod97(symbols.slice(4) + symbols.slice(0, 4)) === 1;

/** ISO 7064 MOD 11,10: German tax id, German VAT id. */
const mod11_10 = (number: string): boolean => {
  let product = 10;
  for (const digit of digits(number.slice(0, -1))) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === value(number.slice(-1));
};

/** German tax id (§ 139b AO): no leading zero, check digit; test ids in sequence are let through. */
export const steuerId = (number: string): boolean => number[0] !== "0" && mod11_10(number);
export const germanVat = (symbols: string): boolean => mod11_10(symbols.slice(2));

/** Weights 7, 3, 1 over digits and letters (ICAO 9303, part 3): German identity card and passport. */
export const icao = (symbols: string): boolean => {
  const sum = digits(symbols.slice(0, -1)).reduce((total, n, i) => total + n * ([7, 3, 1][i % 3] ?? 0), 0);
  return sum % 10 === value(symbols.slice(-1));
};

const crossSum = (n: number) => Math.floor(n / 10) + (n % 10);

/** German pension insurance number (VKVV § 4): area, birth date, letter, serial, check digit. */
export const pension = (symbols: string): boolean => {
  const [day, month] = [Number(symbols.slice(2, 4)) % 50, Number(symbols.slice(4, 6))];
  if (day < 1 || day > 31 || month > 12 || month < 1) return false;
  const spelled =
    symbols.slice(0, 8) + String(value(symbols.charAt(8)) - 9).padStart(2, "0") + symbols.slice(9, 11);
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  const sum = weights.reduce((total, weight, i) => total + crossSum(weight * value(spelled.charAt(i))), 0);
  return sum % 10 === value(symbols.slice(-1));
};

/** German health insurance number (SGB V § 290): letter, eight digits, check digit. */
export const kvnr = (symbols: string): boolean => {
  const spelled = String(value(symbols.charAt(0)) - 9).padStart(2, "0") + symbols.slice(1, 9);
  const sum = digits(spelled).reduce((total, n, i) => total + crossSum(n * (i % 2 === 0 ? 1 : 2)), 0);
  return sum % 10 === value(symbols.slice(-1));
};

/** German doctor's number: weights 4 and 9 over six digits, check digit, subject group. */
export const lanr = (number: string): boolean =>
  (10 - (weighted(number, [4, 9, 4, 9, 4, 9]) % 10)) % 10 === value(number.charAt(6)) &&
  Number(number.slice(7)) > 0;

/** UK NHS number: weights 10 to 2, modulus 11. */
export const nhs = (number: string): boolean => {
  const check = 11 - (weighted(number, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (check === 11 ? 0 : check) === value(number.slice(-1));
};

/** US Social Security number: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA, 2011 randomisation). */
export const ssn = (number: string): boolean =>
  !/^(?:000|666|9)/.test(number) &&
  !/^...00/.test(number) &&
  !number.endsWith("0000") &&
  !/^(\d)\1+$/.test(number);
/** US ITIN: 9xx, group in 50–65, 70–88, 90–92, 94–99. */
export const itin = (number: string): boolean => /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(number);
/** US routing number: Federal Reserve district and weights 3, 7, 1. */
export const aba = (number: string): boolean =>
  /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(number) &&
  weighted(number, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
/** US National Provider Identifier: Luhn over 80840 and the number. */
export const npi = (number: string): boolean =>
  /^[12]/.test(number) && !/^(\d)\1+/.test(number.slice(1)) && luhn(`80840${number}`);

export const auAbn = (number: string): boolean =>
  weighted(String(Number(number.charAt(0)) - 1) + number.slice(1), [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) %
    89 ===
  0;
export const auAcn = (number: string): boolean =>
  (10 - (weighted(number, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === value(number.slice(-1));
export const auTfn = (number: string): boolean => weighted(number, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
export const auMedicare = (number: string): boolean =>
  /^[2-6]/.test(number) && weighted(number, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === value(number.charAt(8));

/** Dutch BSN: the eleven test. */
export const bsn = (number: string): boolean =>
  Number(number) > 0 && (weighted(number, [9, 8, 7, 6, 5, 4, 3, 2]) - value(number.charAt(8))) % 11 === 0;
/** Spanish NIF and NIE: letter by remainder of 23. */
export const nif = (symbols: string): boolean => {
  const number = Number(symbols.slice(0, -1).replace(/^[XYZ]/, (c) => String("XYZ".indexOf(c))));
  return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(number % 23) === symbols.slice(-1);
};
/** Finnish personal identity code: remainder of 31. */
export const hetu = (symbols: string): boolean =>
  "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(Number(symbols.slice(0, 6) + symbols.slice(-4, -1)) % 31) ===
  symbols.slice(-1);
export const pesel = (number: string): boolean =>
  (10 - (weighted(number, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === value(number.slice(-1)) &&
  hasDate(number.slice(2, 6), 20);
/** Italian partita IVA. */
export const partitaIva = (number: string): boolean => Number(number) > 0 && luhn(number);
export const turkishId = (number: string): boolean => {
  const n = digits(number);
  const at = (i: number) => n[i] ?? 0;
  const odd = at(0) + at(2) + at(4) + at(6) + at(8);
  const even = at(1) + at(3) + at(5) + at(7);
  return at(0) > 0 && (odd * 7 - even + 100) % 10 === at(9) && (odd + even + at(9)) % 10 === at(10);
};
/** French NIR: two check digits, modulus 97. */
export const nir = (symbols: string): boolean =>
  97 - Number(BigInt(symbols.slice(0, 13).replace("2A", "19").replace("2B", "18")) % 97n) ===
  Number(symbols.slice(13));
export const thaiId = (number: string): boolean =>
  number[0] !== "0" &&
  (11 - (weighted(number, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === value(number.slice(-1));

const permutations = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];
const dihedral = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
/** Verhoeff's check: Aadhaar. */
export const aadhaar = (number: string): boolean => {
  let check = 0;
  for (let i = 0; i < number.length; i += 1) {
    const digit = value(number.charAt(number.length - 1 - i));
    check = Number(dihedral[check]?.charAt(Number(permutations[i % 8]?.charAt(digit))));
  }
  return check === 0 && /^[2-9]/.test(number) && number !== Array.from(number).toReversed().join("");
};

/** Does "MMDD" or "MMYY…" begin with a month; Polish months have the century added, up to `plus` × 4. */
const hasDate = (monthDay: string, plus = 0): boolean => {
  const month = Number(monthDay.slice(0, 2)) % (plus || 100);
  const day = Number(monthDay.slice(2, 4));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
};
/** Swedish personal number of ten or twelve digits: date and Luhn. */
export const personnummer = (number: string): boolean =>
  luhn(number.slice(-10)) && hasDate(number.slice(-8, -4));
/** South African id: date and Luhn. */
export const southAfricanId = (number: string): boolean =>
  luhn(number) && hasDate(number.slice(2, 6)) && /^.{10}[01289]/.test(number);
/** Korean registration number: date and century digit. */
export const koreanId = (number: string): boolean => hasDate(number.slice(2, 6));
