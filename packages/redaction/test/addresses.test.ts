import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["we are at 4563 Emily Renzelli Boulevard now", ["ADDRESS 4563 Emily Renzelli Boulevard"]],
  ["ship it to 700 Oak Street, Brockton, MA 02301", ["ADDRESS 700 Oak Street, Brockton, MA 02301"]],
  ["my address is 32 basant vihar moscow and so on", ["ADDRESS 32 basant vihar moscow"]],
  ["write to PO Box 3462 please as always", ["ADDRESS PO Box 3462"]],
  ["I live in Manchester now with my family", ["PLACE Manchester"]],
])("finds in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  ["ich wohne in der Lindenstraße 12a in 44137 Dortmund", ["ADDRESS Lindenstraße 12a in 44137 Dortmund"]],
  ["die Lieferung ging in die Berliner Str. 7 statt zu mir", ["ADDRESS Berliner Str. 7"]],
  ["Postfach 1234 reicht als Angabe völlig aus", ["ADDRESS Postfach 1234"]],
  ["ich wohne in Hamburg und arbeite dort auch", ["PLACE Hamburg"]],
])("finds in German %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "I want to change my address for the order",
  "there are 3 people on the way to the place",
  "the address is wrong and I need it changed",
  "2 minutes of walk down the road from here",
  "a train from London to Cambridge on Friday please",
])("leaves %j alone", (text) => expect(found(text)).toEqual([]));

test.each([
  ["my username is cminh730 and it fails", ["USERNAME cminh730"]],
  ["password: Tr0ub4dor&3 is what I type", ["PASSWORD Tr0ub4dor&3"]],
  ["name melina pwd 4569", ["PERSON melina", "PASSWORD 4569"]],
  ["the password is sunflower", ["PASSWORD sunflower"]],
])("finds the secret in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  ["mein Kennwort lautet Sonnenblume7 und geht nicht", ["PASSWORD Sonnenblume7"]],
  ["Benutzername: m.klein, bitte prüfen Sie das", ["USERNAME m.klein"]],
])("finds the secret in German %j: %j", (text, expected) => expect(found(text, "de")).toEqual(expected));

test.each([
  "I forgot my password and need a reset",
  "the password is wrong again",
  "my pin does not work at all",
])("takes no talk about secrets for one: %j", (text) => expect(found(text)).toEqual([]));

test("finds a firm by its legal form", () => {
  expect(found("I work for Meyer & Söhne GmbH these days")).toEqual(["ORGANISATION Meyer & Söhne GmbH"]);
});
