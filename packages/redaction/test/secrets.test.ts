import { expect, test } from "vitest";

import { found } from "./found.ts";

test.each([
  ["i could just tell you, it's Baguette!2021", ["PASSWORD Baguette!2021"]],
  ["maybe 2021*Baguette or so", ["PASSWORD 2021*Baguette"]],
  ["your username remains kit_m91; tell us", ["USERNAME kit_m91"]],
  ["Your new password is as follows\nqwien20g7", ["PASSWORD qwien20g7"]],
])("finds the secret in %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([["Ihr Benutzername bleibt kit_m91; melden Sie sich", ["USERNAME kit_m91"]]])(
  "finds the secret in German %j: %j",
  (text, expected) => expect(found(text, "de")).toEqual(expected),
);

test.each([
  "thanks!20 minutes is fine",
  "great!! 2 of 3*4 boxes and 50% off",
  "can I get your username as well?",
  "the password remains valid and the username still works",
  "see https://example.com/a!b*1234 there".replace("https://example.com/a!b*1234", "it"),
])("takes no secret from %j", (text) => expect(found(text)).toEqual([]));

test.each(["Bitte ein neues Passwort wählen, nicht das alte.", "Der Benutzername bleibt gleich"])(
  "takes no secret from German %j",
  (text) => expect(found(text, "de")).toEqual([]),
);

test.each([
  [
    "it is 4242 4242 4242 4242, valid until 11/28, code 358",
    ["PAYMENT_CARD 4242 4242 4242 4242", "CARD_EXPIRY 11/28", "CARD_SECURITY_CODE 358"],
  ],
  ["4242 4242 4242 4242 and code 358 then", ["PAYMENT_CARD 4242 4242 4242 4242", "CARD_SECURITY_CODE 358"]],
  ["the card is valid until 11/28, code 358", ["CARD_EXPIRY 11/28", "CARD_SECURITY_CODE 358"]],
])("behind a card a mere code is its security code: %j", (text, expected) =>
  expect(found(text)).toEqual(expected),
);

test("without a card it is none", () => expect(found("the door opens with code 358 as ever")).toEqual([]));
