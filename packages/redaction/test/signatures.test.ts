import { expect, test } from "vitest";

import { redact } from "../src/index.ts";
import { found } from "./found.ts";

test.each([
  ["Danke vorab.\n\nMit freundlichen Grüßen\nDr. Waltraud Ebersbach", ["PERSON Waltraud Ebersbach"]],
  ["Bis bald!\n\nViele Grüße,\nOkonkwo", ["PERSON Okonkwo"]],
  ["passt so\nlg\nmelanie", ["PERSON melanie"]],
  ["Gut.\nFreundliche Grüße\nNuri Haverkamp, Buchhaltung", ["PERSON Nuri Haverkamp"]],
  ["Sehr geehrte Frau Prof. Dr. Ebersbach,\nes geht", ["PERSON Ebersbach"]],
  ["Sehr geehrter Hr. Wolpert,\nes geht nicht", ["PERSON Wolpert"]],
  ["Liebe Traudlinde!\nes geht nicht mehr", ["PERSON Traudlinde"]],
  ["guten tag frau ebersbach hier ist der kundendienst", ["PERSON ebersbach"]],
  ["Herr Anton Haverkamp kommt am Freitag vorbei", ["PERSON Anton Haverkamp"]],
  ["kann mein Kollege Chidi Okonkwo meinen Platz haben", ["PERSON Chidi Okonkwo"]],
  ["der Wagen von Torben Haverkamp steht draußen", ["PERSON Torben Haverkamp"]],
])("finds who wrote or is written to in German %j: %j", (text, expected) =>
  expect(found(text, "de")).toEqual(expected),
);

test.each([
  "Alles klar.\n\nMit freundlichen Grüßen\nIhr Serviceteam",
  "Alles klar.\n\nViele Grüße\nDas Team der Buchhaltung",
  "Vielen Dank\nRechnung folgt",
  "Liebe Kolleginnen,\nliebe Freunde, Hallo Team!",
  "meine frau von zu hause arbeitet und der herr da auch",
  "Er ist Herr der Lage und Doktor der Medizin",
  "Sehr geehrter Herr Bürgermeister, es eilt",
  "Was hältst du davon, in 5 Min oder so",
  "Der Weg war 3 Fr. teurer, sagt man",
])("takes no name from German %j", (text) => expect(found(text, "de")).toEqual([]));

test.each([
  ["It works.\n\nKind regards,\nImogen Thackwray\nHead of Post", ["PERSON Imogen Thackwray"]],
  ["It works. Thanks,\nThackwray", ["PERSON Thackwray"]],
  ["It works.\nBest wishes, Oluwaseun", ["PERSON Oluwaseun"]],
])("finds who wrote %j: %j", (text, expected) => expect(found(text)).toEqual(expected));

test.each([
  "It works. Thanks! Now, where do I go?",
  "Thank you . Goodbye .",
  "It works.\nCheers, Kestrelflight, we call it so",
  "It works.\n\nKind regards,\nThe Privacy Team",
  "It works.\n\nThanks\nAlso the other one does",
])("takes no name from %j", (text) => expect(found(text)).toEqual([]));

test("the word with a capital before a known surname is a first name", () => {
  const { turns } = redact(
    [
      { id: "1", role: "customer", text: "Ich bin Rolf Steinhauer und habe eine Frage" },
      { id: "2", role: "customer", text: "Bitte erstatten an: Gesinia Steinhauer" },
    ],
    { language: "de" },
  );
  expect(turns[1]?.text).toMatch(/^Bitte erstatten an: \[PERSON_\d\] \[PERSON_\d\]$/);
});
