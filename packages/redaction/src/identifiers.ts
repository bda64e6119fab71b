import * as check from "./checksum.ts";
import type { Kind } from "./finding.ts";
import type { Topic } from "./topics.ts";

/** An identifier with a shape of its own, tested on symbols without separators, typed or read out. */
export interface Identifier {
  readonly recognizer: string;
  readonly kind: Kind;
  /** Lengths it can have: only these are tried. */
  readonly lengths: readonly number[];
  readonly shape: RegExp;
  readonly accept?: (symbols: string) => boolean;
  /** How sure one can be without a cue: 0.9 and more for letters and a strong check, 0.2 for a bare shape. */
  readonly score: number;
  /** What a cue beside it must be about to make it sure. */
  readonly topics: readonly Topic[];
}

const id = (
  recognizer: string,
  kind: Kind,
  lengths: readonly number[],
  shape: RegExp,
  score: number,
  topics: readonly Topic[],
  accept?: (symbols: string) => boolean,
): Identifier => ({ recognizer, kind, lengths, shape, score, topics, ...(accept && { accept }) });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// Issuer ranges of the card schemes (ISO/IEC 7812-1): Visa, Mastercard, Amex, Diners, Discover, JCB, Maestro, UnionPay, UATP.
const issuers =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|(?:50|5[6-9]|6[0-9])\d{10,17}|1\d{14})$/;

/** In the order they are tried; of several that fit, the highest score counts. */
export const identifiers: readonly Identifier[] = [
  id("payment_card", "PAYMENT_CARD", range(12, 19), issuers, 0.95, ["card"], check.luhn),
  id("iban", "IBAN", range(15, 33), /^[A-Z]{2}\d{2}[A-Z0-9]+$/, 0.99, ["iban", "bank"], check.iban),
  id(
    "uk_postcode",
    "POSTCODE",
    range(5, 7),
    /^(?:GIR0AA|(?:[A-PR-UWYZ]\d[\dA-HJKPSTUW]?|[A-PR-UWYZ][A-HK-Y]\d[\dABEHMNPRVWXY]?)\d[ABD-HJLNP-UW-Z]{2})$/,
    0.8,
    ["postcode", "address"],
    ukArea,
  ),
  id("ca_postcode", "POSTCODE", [6], /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d$/, 0.6, [
    "postcode",
    "address",
  ]),
  id("us_ssn", "GOVERNMENT_ID", [9], /^\d{9}$/, 0.3, ["government", "tax"], check.ssn),
  id("us_itin", "TAX_ID", [9], /^9\d{8}$/, 0.5, ["tax", "government"], check.itin),
  id(
    "us_mbi",
    "HEALTH_ID",
    [11],
    /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/,
    0.85,
    ["health"],
  ),
  id("us_npi", "HEALTH_ID", [10], /^\d{10}$/, 0.45, ["health"], check.npi),
  id("us_routing", "ROUTING_NUMBER", [9], /^\d{9}$/, 0.45, ["routing", "bank"], check.aba),
  id(
    "uk_nino",
    "GOVERNMENT_ID",
    [9],
    /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/,
    0.9,
    ["government"],
  ),
  id("uk_nhs", "HEALTH_ID", [10], /^\d{10}$/, 0.45, ["health"], check.nhs),
  id(
    "uk_driving_licence",
    "DRIVING_LICENCE",
    [16],
    /^[A-Z][A-Z9]{4}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}$/,
    0.9,
    ["licence"],
  ),
  id("uk_passport", "PASSPORT", [9], /^[A-Z]{2}\d{7}$/, 0.5, ["passport"]),
  id(
    "uk_plate",
    "LICENCE_PLATE",
    range(5, 7),
    /^(?:[A-HJ-PR-Y][A-HJ-PR-Y](?:0[2-9]|[1-2]\d|5[1-9]|[67]\d)[A-HJ-PR-Z]{3}|[A-HJ-NPR-TV-Y]\d{1,3}[A-HJ-PR-Z]{3}|[A-Z]{3}\d{1,3}[A-HJ-NPR-TV-Y])$/,
    0.5,
    ["plate"],
  ),
  id("de_tax_id", "TAX_ID", [11], /^[1-9]\d{10}$/, 0.5, ["tax"], check.steuerId),
  id("de_tax_number", "TAX_ID", [13], /^\d{4}0\d{8}$/, 0.35, ["tax"]),
  id("de_vat_id", "TAX_ID", [11], /^DE\d{9}$/, 0.9, ["tax"], check.germanVat),
  id("de_pension", "GOVERNMENT_ID", [12], /^\d{8}[A-Z]\d{3}$/, 0.9, ["government"], check.pension),
  id("de_health", "HEALTH_ID", [10], /^[A-Z]\d{9}$/, 0.85, ["health"], check.kvnr),
  id(
    "de_identity_document",
    "GOVERNMENT_ID",
    [9, 10],
    /^(?=.*[A-Z])[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7,8}\d$/,
    0.6,
    ["government", "passport"],
    check.icao,
  ),
  id("de_id_card_old", "GOVERNMENT_ID", [9], /^T\d{8}$/, 0.55, ["government"]),
  id("de_doctor", "HEALTH_ID", [9], /^\d{9}$/, 0.4, ["health"], check.lanr),
  id(
    "de_practice",
    "HEALTH_ID",
    [9],
    /^(?:0[1-3]|1[37]|20|2[15]|3[5-9]|[4-6]\d|7[1-4]|78|83|88|9[3689])\d{7}$/,
    0.35,
    ["health"],
  ),
  id("at_vat_id", "TAX_ID", [11], /^ATU\d{8}$/, 0.9, ["tax"]),
  id("au_abn", "TAX_ID", [11], /^[1-9]\d{10}$/, 0.55, ["tax"], check.auAbn),
  id("au_acn", "TAX_ID", [9], /^\d{9}$/, 0.45, ["tax"], check.auAcn),
  id("au_tfn", "TAX_ID", [9], /^\d{9}$/, 0.45, ["tax"], check.auTfn),
  id("au_medicare", "HEALTH_ID", [10], /^\d{10}$/, 0.45, ["health"], check.auMedicare),
  id("ca_sin", "GOVERNMENT_ID", [9], /^[1-79]\d{8}$/, 0.45, ["government"], check.luhn),
  id("nl_bsn", "GOVERNMENT_ID", [9], /^\d{9}$/, 0.3, ["government"], check.bsn),
  id("es_nif", "GOVERNMENT_ID", [8, 9], /^(?:\d{7,8}|[XYZ]\d{7})[A-Z]$/, 0.9, ["government"], check.nif),
  id(
    "fi_identity_code",
    "GOVERNMENT_ID",
    [10, 11],
    /^(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[A-FU-Y]?\d{3}[0-9A-Y]$/,
    0.85,
    ["government"],
    check.hetu,
  ),
  id("pl_pesel", "GOVERNMENT_ID", [11], /^\d{11}$/, 0.5, ["government"], check.pesel),
  id("se_personnummer", "GOVERNMENT_ID", [10, 12], /^\d+$/, 0.5, ["government"], check.personnummer),
  id("it_fiscal_code", "GOVERNMENT_ID", [16], /^[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]$/, 0.9, [
    "government",
    "tax",
  ]),
  id("it_vat", "TAX_ID", [11], /^\d{11}$/, 0.4, ["tax"], check.partitaIva),
  id(
    "fr_nir",
    "GOVERNMENT_ID",
    [15],
    /^[12]\d{4}(?:\d{2}|2[AB])\d{8}$/,
    0.9,
    ["government", "health"],
    check.nir,
  ),
  id("tr_identity", "GOVERNMENT_ID", [11], /^[1-9]\d{10}$/, 0.6, ["government"], check.turkishId),
  id("th_identity", "GOVERNMENT_ID", [13], /^\d{13}$/, 0.5, ["government"], check.thaiId),
  id("kr_registration", "GOVERNMENT_ID", [13], /^\d{6}[1-8]\d{6}$/, 0.45, ["government"], check.koreanId),
  id("za_identity", "GOVERNMENT_ID", [13], /^\d{13}$/, 0.6, ["government"], check.southAfricanId),
  id("sg_identity", "GOVERNMENT_ID", [9], /^[STFGM]\d{7}[A-Z]$/, 0.7, ["government"]),
  id("sg_business", "TAX_ID", [9, 10], /^(?:\d{8,9}[A-Z]|[ST]\d{2}[A-Z]{2}\d{4}[A-Z])$/, 0.5, ["tax"]),
  id("in_pan", "TAX_ID", [10], /^[A-Z]{3}[ABCFGHJLPTND][A-Z]\d{4}[A-Z]$/, 0.8, ["tax", "government"]),
  id("in_aadhaar", "GOVERNMENT_ID", [12], /^\d{12}$/, 0.5, ["government"], check.aadhaar),
  id("in_gstin", "TAX_ID", [15], /^(?:0[1-9]|[12]\d|3[0-8])[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]$/, 0.9, [
    "tax",
  ]),
  id("in_voter", "GOVERNMENT_ID", [10], /^[A-Z]{3}\d{7}$/, 0.5, ["government"]),
  id("in_passport", "PASSPORT", [8], /^[A-Z][1-9]\d{6}$/, 0.4, ["passport", "government"]),
  id(
    "in_plate",
    "LICENCE_PLATE",
    range(8, 10),
    /^(?:AN|AP|AR|AS|BR|CG|CH|DD|DL|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|PB|PY|RJ|SK|TN|TR|TS|UK|UP|WB)\d{1,2}[A-Z]{1,3}\d{4}$/,
    0.5,
    ["plate"],
  ),
  id("us_passport", "PASSPORT", [9], /^(?:[A-Z]\d{8}|\d{9})$/, 0.3, ["passport", "government"]),
  id("es_passport", "PASSPORT", [9], /^[A-Z]{3}\d{6}$/, 0.4, ["passport"]),
  id(
    "it_driving_licence",
    "DRIVING_LICENCE",
    [10],
    /^(?:[A-Z]{2}\d{7}[A-Z]|U1[B-HJ-NP-Z0-9]{7}[A-Z])$/,
    0.5,
    ["licence"],
  ),
  id("kr_passport", "PASSPORT", [9], /^[MSRODG](?:\d{8}|\d{3}[A-Z]\d{4})$/, 0.4, ["passport"]),
  id("iata_locator", "ORDER_ID", [6], /^(?=.*\d)(?=.*[A-Z])[A-Z0-9]{6}$/, 0.2, ["order"]),
];

/** By length, so that a run is tried only against what it can be. */
export const identifiersOf: readonly (readonly Identifier[])[] = Array.from({ length: 34 }, (_, length) =>
  identifiers.filter((i) => i.lengths.includes(length)),
);

const areas = new Set(
  "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE GIR".split(
    " ",
  ),
);

/** Is it one of the 124 postcode areas of the Royal Mail? */
function ukArea(symbols: string): boolean {
  return areas.has(/^[A-Z]+/.exec(symbols)?.[0] ?? "");
}
