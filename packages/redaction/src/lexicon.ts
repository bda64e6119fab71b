import names from "../data/names.json" with { type: "json" };
import places from "../data/places.json" with { type: "json" };
import words from "../data/words.json" with { type: "json" };

import { germanWords } from "./german-words.ts";
import { moreGivenNames } from "./given-names.ts";

/** What the lists know about a word, as bits; a word may be several things ("rose", "frankfurt", "mark"). */
/** An English word of every day. */
export const EVERYDAY = 1;
/** In a dictionary of English. */
export const ENGLISH = 2;
/** A German word of every day. There is no whole German vocabulary: an unknown German word says nothing. */
export const GERMAN = 4;
export const GIVEN = 8;
export const FAMILY = 16;
export const CITY = 32;
/** Begins a city of several words. */
export const CITY_HEAD = 64;

/** Bits of a lower-case word; 0 for one that no list holds. */
export const bitsOf = (lower: string): number => (bits ??= compile()).get(lower) ?? 0;

/** Further words of cities by their first: "new" → [["york"], ["delhi"], …]. */
export const cityTails = (head: string): readonly (readonly string[])[] => tails.get(head) ?? [];

// Compiled when the first word is looked up: who imports the package and redacts nothing need not wait for it.
let bits: Map<string, number> | undefined;
const tails = new Map<string, string[][]>();

// Common in talk and in no dictionary, or first names and places that are first of all words.
const talk =
  "ok okay hi hello hey hai hallo thx thanx thankyou pls plz yeah yep yup nope nah uh um er ehm hmm wow lol btw faq wifi email emails online app website url login username password pin sms vip atm asap info admin asus lte usb gps ios etc ah oh ya ur im ill ive id dont cant wont didnt doesnt isnt its thats whats lets gonna wanna gotta bro sir madam maam mam dear kindly pizza pepperoni topping toppings latte espresso cappuccino mocha burger burgers fries coke pepsi sprite diet salad smoothie smoothies hotspot laptop desktop iphone android ipad samsung microsoft windows google amazon paypal facebook twitter instagram whatsapp youtube netflix uber airbnb visa mastercard amex debit atm checkin checkout cancelation refund voucher customer agent booking internet wlan dsl router modem mac handy rückruf servus moin tschüss tschüß danke bitte genau gerne super prima klar jawohl nee nö ähm äh öh naja halt eben mal grüß gott guten sunday monday tuesday wednesday thursday friday saturday mon tue tues wed thu thur thurs fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag january february march april may june july august september october november december januar februar märz mai juni juli oktober dezember christmas easter weihnachten ostern silvester goodnight alot guesthouse guesthouses centre english british american indian chinese italian french german spanish european asian african mexican thai japanese korean turkish greek portuguese polish russian dutch swiss austrian irish scottish welsh deutsch deutsche deutscher englisch asap jesus christ saint internet paypal wifi";

const compile = (): Map<string, number> => {
  const lexicon = new Map<string, number>();
  const add = (list: string, bit: number) => {
    for (const word of list.split(" ")) lexicon.set(word, (lexicon.get(word) ?? 0) | bit);
  };
  add(words.everyday, EVERYDAY | ENGLISH);
  add(words.en, ENGLISH);
  add(germanWords, GERMAN);
  add(names.given, GIVEN);
  add(moreGivenNames, GIVEN);
  add(names.family, FAMILY);
  add(talk, EVERYDAY | ENGLISH | GERMAN);
  for (const place of places.cities.split("|")) {
    const [head = "", ...rest] = place.split(" ");
    add(head, rest.length === 0 ? CITY : CITY_HEAD);
    if (rest.length === 0) continue;
    const known = tails.get(head);
    if (known === undefined) tails.set(head, [rest]);
    else known.push(rest);
  }
  return lexicon;
};
