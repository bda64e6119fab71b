import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["i've been at Apartment 4, 9 Lime Wharf since August", ["ADDRESS Apartment 4, 9 Lime Wharf"]],
  ["it is flat 2b, 17 copper row and the bell is broken", ["ADDRESS flat 2b, 17 copper row"]],
  ["leave it with Unit C, 120 Salter Point, please", ["ADDRESS Unit C, 120 Salter Point"]],
  ["the record still has 12 Marsh End on it", ["ADDRESS 12 Marsh End"]],
  ["we moved to 3a Saint Anne's Rise last year", ["ADDRESS 3a Saint Anne's Rise"]],
  ["please post it to The Old Bakery, Priory Lane now", ["ADDRESS The Old Bakery, Priory Lane"]],
  ["write to Thistle Cottage, Low Road, Leeds as before", ["ADDRESS Thistle Cottage, Low Road, Leeds"]],
  ["and the address is still fourteen kestrel way", ["ADDRESS fourteen kestrel way"]],
  ["it went to one hundred and five church lane again", ["ADDRESS one hundred and five church lane"]],
  ["i live at forty two saint mary's road now", ["ADDRESS forty two saint mary's road"]],
])("finds the house in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  "flat 2, 3 people live here and it is cold",
  "there are 2 Park benches and 14 Green bottles",
  "the two best streets in one long row of five",
  "it is a five minute walk and a ten mile drive",
  "one way or another, two lanes close every day",
  "closed on Bank Holiday 26 as always",
  "The shop, Mill workers and all that",
  "one on the main street and one on the square",
  "I paid $40 Bank of course",
  "I have one good way and three other close friends",
])("takes no house from %j", (text) => expect(found(text)).toEqual([]));

test.each([
  ["in der schillerstraße neununddreißig vor der bäckerei", ["ADDRESS schillerstraße neununddreißig"]],
  ["ich wohne lindenallee hundertzwölf seit mai", ["ADDRESS lindenallee hundertzwölf"]],
  ["wir wohnen jetzt Am Fischteich 7c, 24103 Kiel", ["ADDRESS Am Fischteich 7c, 24103 Kiel"]],
  ["die Lieferung an Unter den Eichen 12, 12205 Berlin", ["ADDRESS Unter den Eichen 12, 12205 Berlin"]],
  ["bitte an Kirschgarten 9\n50937 Köln schicken", ["ADDRESS Kirschgarten 9\n50937 Köln"]],
])("finds the German house in %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "das auto steht auf parkplatz drei am bahnhof acht",
  "von der hauptstraße zwei minuten bis zum bahnhof",
  "wir sind von Platz 56 auf Platz 12 gestiegen",
  "auf dem Weg 3 Stunden im Stau gestanden",
  "ein Stellplatz 8 Meter lang mit Strom",
  "im Jahr 2023 kamen 50937 Besucher",
])("takes no German house from %j", (text) => expect(found(text, "de")).toEqual([]));

test("an address goes over no line between its number and its street", () => {
  const text = "auf mein Konto unter 51.\n\nMit freundlichen Grüßen\nDr. Waltraud Ebersbach";
  expect(found(text, "de")).toEqual(["PERSON Waltraud Ebersbach"]);
});
