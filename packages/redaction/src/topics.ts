import type { Kind } from "./finding.ts";
import type { Token } from "./tokens.ts";

/** What a number or an answer is about: named by a cue beside it, or by what the agent asked. */
export const topics = {
  name: "PERSON",
  company: "ORGANISATION",
  birth: "DATE_OF_BIRTH",
  age: "AGE",
  address: "ADDRESS",
  place: "PLACE",
  postcode: "POSTCODE",
  phone: "PHONE",
  email: "EMAIL",
  card: "PAYMENT_CARD",
  security: "CARD_SECURITY_CODE",
  expiry: "CARD_EXPIRY",
  iban: "IBAN",
  bic: "BIC",
  bank: "BANK_ACCOUNT",
  routing: "ROUTING_NUMBER",
  account: "ACCOUNT_ID",
  order: "ORDER_ID",
  government: "GOVERNMENT_ID",
  tax: "TAX_ID",
  health: "HEALTH_ID",
  passport: "PASSPORT",
  licence: "DRIVING_LICENCE",
  plate: "LICENCE_PLATE",
  username: "USERNAME",
  password: "PASSWORD",
  pin: "PIN",
  code: "ONE_TIME_CODE",
} as const satisfies Record<string, Kind>;
export type Topic = keyof typeof topics;

/** Phrases by topic, in both languages, lower case; the longest that fits counts. */
const phrases: Readonly<Record<Topic, string>> = {
  name: "name|names|full name|first name|last name|surname|middle name|maiden name|family name|forename|cardholder|name on the card|who am i speaking|who i am speaking|whom am i speaking|whom i am speaking|whom do i have the pleasure|vorname|vornamen|nachname|nachnamen|namen|familienname|heißen sie|heissen sie|mit wem spreche|mit wem ich spreche",
  company: "company name|business name|name of your company|firmenname|firma|company",
  birth:
    "date of birth|birth date|birthdate|birthday|dob|d o b|born on|i was born|were you born|geburtsdatum|geburtstag|geboren|geb",
  age: "your age|how old are you|wie alt sind sie|alter",
  address:
    "address|home address|street address|billing address|shipping address|delivery address|mailing address|street|adresse|anschrift|lieferadresse|rechnungsadresse|straße|strasse|hausnummer",
  place:
    "your city|city name|which city do you live|city do you live|where do you live|hometown|wohnort|wo wohnen sie|in welcher stadt wohnen",
  postcode: "postcode|post code|postal code|zip|zip code|zipcode|plz|postleitzahl",
  phone:
    "phone|phone number|telephone|telephone number|tel|mobile|mobile number|mobile no|cell|cell phone|cellphone|cell number|contact number|contact no|callback number|call back number|call me|call me back|reach me|reach you|call you|fax|ph|phone no|whatsapp|telefon|telefonnummer|tel nr|handynummer|handy|mobilnummer|mobil|festnetz|rufnummer|rückrufnummer|faxnummer|erreichbar|erreichen|rufen sie mich|durchwahl",
  email:
    "email|e mail|mail|emails|email address|e mail address|mail address|mailadresse|emailadresse|e mail adresse|mail adresse",
  card: "card|card number|credit card|debit card|credit card number|debit card number|cc|visa|mastercard|amex|american express|maestro|card no|last four|last 4|last four digits|karte|kreditkarte|kreditkartennummer|kartennummer|ec karte|girocard|debitkarte",
  security:
    "cvv|cvv2|cvc|cvc2|cid|cav2|security code|card verification|verification value|card security code|three digits on the back|three digit code|3 digits on the back|3 digit code|number on the back|digits on the back|prüfziffer|pruefziffer|prüfnummer|pruefnummer|kartenprüfnummer|sicherheitscode|sicherheitsnummer|dreistellige nummer|dreistelligen code|ziffern auf der rückseite|nummer auf der rückseite|zahl auf der rückseite",
  expiry:
    "expiry|expiry date|expires|expiration|expiration date|exp|exp date|expiring|valid until|valid thru|good thru|gültig bis|ablaufdatum|gültigkeitsdatum|läuft ab",
  iban: "iban",
  bic: "bic|swift|swift code|swift bic|bic code",
  bank: "bank account|account number|account no|acct|acct number|account|ac no|ac|savings account|checking account|bank account number|kontonummer|konto|kto|kontonr",
  routing: "routing|routing number|aba|aba number|sort code|bankleitzahl|blz|transit number",
  account:
    "account id|account ids|customer number|customer id|customer no|client number|client id|member number|member id|membership number|membership id|membership|membership no|membership card|loyalty number|loyalty card|policy number|policy id|policy no|policy|user id|userid|patient id|patient number|employee id|employee number|staff id|meter number|meter serial|contract number|account reference|policies|staff number|payroll number|student number|agreement number|rental agreement|kundennummer|kunden nr|kundennr|kundenkonto|mitgliedsnummer|vertragsnummer|versicherungsnummer|versicherungsscheinnummer|policennummer|personalnummer|zählernummer|zaehlernummer|kundenkarte|vertragskontonummer|mitarbeiternummer|matrikelnummer|teilnehmernummer|versicherungsschein|mietvertrag",
  order:
    "order|order number|order id|order no|order ids|booking|booking number|booking id|booking reference|booking confirmation number|booking confirmation|booking code|reservation|reservation number|confirmation|confirmation number|confirmation code|conformation number|confirmation no|reference|reference number|ref|ref no|ref number|tracking|tracking number|tracking id|invoice|invoice number|ticket|ticket number|case number|case id|case|claim|claim number|claim no|claim id|shipment|transaction|transaction id|receipt|rma|pnr|record locator|parcel|delivery note|request number|application number|quote number|docket number|job number|serial number|incident|bestellnummer|bestell nr|bestellung|auftragsnummer|auftrag|buchungsnummer|buchung|buchungscode|rechnungsnummer|rechnung|sendungsnummer|paketnummer|vorgangsnummer|vorgang|fallnummer|ticketnummer|schadennummer|schadensnummer|referenznummer|referenz|reservierungsnummer|aktenzeichen|seriennummer|lieferschein|lieferscheinnummer|antragsnummer|angebotsnummer|anmeldenummer|reklamationsnummer",
  government:
    "ssn|social|social security|social security number|ssn number|ssn no|social number|national insurance|national insurance number|nino|ni number|national id|identity card|id card|id number|aadhaar|aadhar|sin|social insurance number|personalausweis|personalausweisnummer|ausweisnummer|ausweis|sozialversicherungsnummer|rentenversicherungsnummer|svnr|ahv nummer",
  tax: "tax id|tax number|tax identification number|tin|itin|ein|vat number|vat id|utr|tax reference|steuer id|steueridentifikationsnummer|steuernummer|steuer identifikationsnummer|ust id|umsatzsteuer id|idnr",
  health:
    "nhs|nhs number|medicare|medicare number|medicaid|mbi|health card|health insurance number|insurance id|medical record|mrn|krankenversichertennummer|krankenkassennummer|versichertennummer|kvnr|krankenversicherungsnummer|gesundheitskarte|egk nummer",
  passport:
    "passport|passport number|passport no|travel document|reisepass|reisepassnummer|passnummer|pass nummer",
  licence:
    "driving licence|driver's license|drivers license|driver license|driving license|driver's licence|licence number|license number|driving licence number|dl number|führerschein|führerscheinnummer|fuehrerschein",
  plate:
    "license plate|licence plate|number plate|plate number|registration number|reg number|vehicle registration|registration plate|car registration|kennzeichen|autokennzeichen|nummernschild|kfz kennzeichen",
  username:
    "username|user name|login name|login id|user id|screen name|handle|benutzername|benutzernamen|nutzername|benutzerkennung|login",
  password:
    "password|pass word|pwd|passwd|passphrase|passwort|kennwort|passwörter|secret answer|security answer|memorable word|security word|sicherheitsantwort",
  pin: "pin|pin number|pin code|passcode|pass code|pincode|geheimzahl|geheimnummer|telefon pin|telephone pin|pin nummer",
  code: "one time code|one time password|otp|verification code|access code|authentication code|auth code|confirmation pin|6 digit code|six digit code|tan|mtan|einmalcode|einmalpasswort|bestätigungscode|verifizierungscode|freischaltcode|zugangscode|sicherheits pin|sechsstelligen code|sechsstellige code|code we sent|code i sent|code in the message|what does the message say|what does the text say|was steht in der nachricht|was steht in der sms|code in der sms|code aus der sms",
};

/** "Order numbers", "Auftragsnummern": asked for by the several, told one by one. */
const withPlural = (phrase: string): readonly string[] => {
  if (phrase.endsWith("nummer")) return [phrase, `${phrase}n`];
  return /(?:number|code|reference)$/.test(phrase) ? [phrase, `${phrase}s`] : [phrase];
};

const byHead = new Map<string, [rest: readonly string[], topic: Topic][]>();
for (const [topic, list] of Object.entries(phrases) as [Topic, string][]) {
  for (const phrase of list.split("|").flatMap((p) => withPlural(p))) {
    const [head = "", ...rest] = phrase.split(" ");
    const known = byHead.get(head);
    if (known === undefined) byHead.set(head, [[rest, topic]]);
    else known.push([rest, topic]);
  }
}
for (const known of byHead.values()) known.sort((a, b) => b[0].length - a[0].length);

/** Does a phrase that names a topic begin with this word? */
export const isCueHead = (lower: string): boolean => byHead.has(lower);

export interface Cue {
  readonly topic: Topic;
  readonly first: number;
  readonly last: number;
}

/** All cues of a turn in order; where phrases overlap, the longer one, and words inside it cue nothing else. */
export const cuesOf = (tokens: readonly Token[]): Cue[] => {
  const cues: Cue[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind !== "word") continue;
    const cue = cueAt(tokens, i) ?? (isCardCode(tokens, i, cues.at(-1)) ? securityAt(i) : undefined);
    if (cue === undefined) continue;
    cues.push(cue);
    i = cue.last;
  }
  return cues;
};

const cueAt = (tokens: readonly Token[], first: number): Cue | undefined => {
  for (const [rest, topic] of byHead.get(tokens[first]?.lower ?? "") ?? []) {
    const last = matchTail(tokens, first, rest);
    if (last >= 0) return { topic, first, last };
  }
  return undefined;
};

const securityAt = (at: number): Cue => ({ topic: "security", first: at, last: at });

/** "4242 4242 4242 4242, 11/28, code 358": behind a card number or its expiry, "code" is the one on its back. */
const isCardCode = (tokens: readonly Token[], at: number, before: Cue | undefined): boolean => {
  if (tokens[at]?.lower !== "code") return false;
  if (before?.topic === "expiry" && at - before.last <= 8) return true;
  let digits = 0;
  for (let i = Math.max(0, at - 14); i < at; i += 1)
    if (tokens[i]?.kind === "number") digits += tokens[i]?.lower.length ?? 0;
  return digits >= 12;
};

/** Index of the last token of a phrase whose further words are `rest`, a hyphen between two allowed; -1 when it does not fit. */
const matchTail = (tokens: readonly Token[], first: number, rest: readonly string[]): number => {
  let at = first;
  for (const word of rest) {
    at += 1;
    if (tokens[at]?.lower === "-") at += 1;
    if (tokens[at]?.lower !== word) return -1;
  }
  return at;
};
