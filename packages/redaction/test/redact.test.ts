import { expect, test } from "vitest";

import { highest, redact, resume } from "../src/index.ts";
import type { RedactOptions, Role, Turn } from "../src/index.ts";

const turns = (lines: readonly (readonly ["agent" | "customer", string])[]): Turn[] =>
  lines.map(([role, text], i) => ({ id: `t${i}`, role: role as Role, text }));
const texts = (lines: Parameters<typeof turns>[0], o: RedactOptions = { language: "en-GB" }) =>
  redact(turns(lines), o).turns.map((t) => t.text);

test("masks an English call: asks, spellings, fragments and read-backs", () => {
  expect(
    texts([
      ["agent", "Thank you for calling Acme, my name is Sandra. May I have your full name please?"],
      ["customer", "It's Katie Marshall"],
      ["agent", "Thanks Katie. And your postcode?"],
      ["customer", "whiskey 2 0 alpha bravo"],
      ["agent", "So that's W20AB, correct?"],
      ["customer", "yes"],
      ["agent", "Can I take the long card number?"],
      ["customer", "four one one one, one one one one"],
      ["customer", "one one one one, one one one one"],
      ["agent", "And the expiry date and security code?"],
      ["customer", "oh nine twenty seven, and one two three"],
      ["agent", "Your email?"],
      ["customer", "katie underscore marshall at g mail dot com"],
      ["customer", "my order is 3348917502, two pizzas for 23.50 pounds at 7 pm"],
      ["customer", "thanks, bye Sandra"],
    ]),
  ).toEqual([
    "Thank you for calling Acme, my name is [PERSON_1]. May I have your full name please?",
    "It's [PERSON_2]",
    "Thanks [PERSON_3]. And your postcode?",
    "[POSTCODE_1]",
    "So that's [POSTCODE_1], correct?",
    "yes",
    "Can I take the long card number?",
    "[PAYMENT_CARD_1]",
    "[PAYMENT_CARD_2]",
    "And the expiry date and security code?",
    "[CARD_EXPIRY_1], and [CARD_SECURITY_CODE_1]",
    "Your email?",
    "[EMAIL_1]",
    "my order is [ORDER_ID_1], two pizzas for 23.50 pounds at 7 pm",
    "thanks, bye [PERSON_1]",
  ]);
});

test("masks a German call: numbers in words, spelling alphabets, street and town", () => {
  expect(
    texts(
      [
        ["agent", "Guten Tag, hier ist Frau Schneider von den Stadtwerken. Wie ist Ihr Name bitte?"],
        ["customer", "Ja hallo, mein Name ist Katrin Müller-Lüdenscheidt"],
        ["agent", "Nennen Sie mir bitte Ihre Kundennummer."],
        ["customer", "Das ist die vier sieben eins eins null acht fünfzehn"],
        ["agent", "Und Ihr Geburtsdatum?"],
        ["customer", "dritter mai neunzehnhundertachtzig"],
        ["agent", "Ihre Telefonnummer?"],
        ["customer", "null eins sieben sechs, dreiundzwanzig fünfundvierzig siebenundsechzig neun"],
        [
          "agent",
          "also null eins sieben sechs dreiundzwanzig fünfundvierzig siebenundsechzig neun, richtig?",
        ],
        ["customer", "genau. Meine Mail ist katrin punkt mueller at web punkt de"],
        [
          "customer",
          "Ich wohne in der Lindenstraße 12 in 44137 Dortmund. Der Vertrag kostet 49,90 Euro im Monat.",
        ],
        ["customer", "Sie erreichen mich zwischen 14:30 und 16 Uhr, der Zähler steht bei 12.345 kWh"],
      ],
      { language: "de-DE" },
    ),
  ).toEqual([
    "Guten Tag, hier ist Frau [PERSON_1] von den Stadtwerken. Wie ist Ihr Name bitte?",
    "Ja hallo, mein Name ist [PERSON_2]",
    "Nennen Sie mir bitte Ihre Kundennummer.",
    "Das ist die [ACCOUNT_ID_1]",
    "Und Ihr Geburtsdatum?",
    "[DATE_OF_BIRTH_1]",
    "Ihre Telefonnummer?",
    "[PHONE_1]",
    "also [PHONE_1], richtig?",
    "genau. Meine Mail ist [EMAIL_1]",
    "Ich wohne in der [ADDRESS_1]. Der Vertrag kostet 49,90 Euro im Monat.",
    "Sie erreichen mich zwischen 14:30 und 16 Uhr, der Zähler steht bei 12.345 kWh",
  ]);
});

test("masks an order as chats hold them, and leaves the business talk", () => {
  expect(
    texts([
      ["agent", "sure, may I have your name please?"],
      ["customer", "Crystal Minh"],
      ["agent", "ok, may I have your username, email address and order ID please?"],
      ["customer", "Username: cminh730"],
      ["customer", "cminh730@email.com"],
      ["customer", "Order ID: 3348917502"],
      ["agent", "ok, was the purchase made in the last 90 days?"],
      ["customer", "No, I bought it in November."],
      ["agent", "Would you like the address of the store?"],
      ["customer", "No thanks, that will be all for today."],
      ["agent", "I'd just need your phone number, Crystal."],
      ["customer", "(977) 625-2661"],
    ]),
  ).toEqual([
    "sure, may I have your name please?",
    "[PERSON_1]",
    "ok, may I have your username, email address and order ID please?",
    "Username: [USERNAME_1]",
    "[EMAIL_1]",
    "Order ID: [ORDER_ID_1]",
    "ok, was the purchase made in the last 90 days?",
    "No, I bought it in November.",
    "Would you like the address of the store?",
    "No thanks, that will be all for today.",
    "I'd just need your phone number, [PERSON_2].",
    "[PHONE_1]",
  ]);
});

test.each([
  ["What is your full name?", "colon cancer", "[PERSON_1]"],
  ["Please spell your full name.", "k a t i e", "[PERSON_1]"],
  ["What is your postcode?", "t for Tommy q for Queen 6 all for Raja 4", "[POSTCODE_1]"],
  ["What is your date of birth?", "27th of the 9th 1979", "[DATE_OF_BIRTH_1]"],
  ["What is your date of birth?", "the 7th of April", "the [DATE_OF_BIRTH_1]"],
  ["Could you tell me the booking reference?", "it is k t r 236", "it is [ORDER_ID_1]"],
  ["What are the last four digits of your social?", "ate two for one", "ate [GOVERNMENT_ID_1]"],
  ["What is your password?", "sunflower", "[PASSWORD_1]"],
])("asked %j, takes %j for an answer", (ask, answer, expected) => {
  expect(
    texts([
      ["agent", ask],
      ["customer", answer],
    ])[1],
  ).toBe(expected);
});

test.each([
  ["What is your full name?", "why do you need that"],
  ["What is your postcode?", "I don't know it by heart"],
  ["What is your date of birth?", "hold on a moment please"],
  ["Is the address right?", "yes"],
  ["Would you like their phone number?", "That sounds perfect, thanks"],
])("asked %j, takes %j for no answer", (ask, answer) => {
  expect(
    texts([
      ["agent", ask],
      ["customer", answer],
    ])[1],
  ).toBe(answer);
});

test("a question is closed when the agent turns to something else", () => {
  const lines = texts([
    ["agent", "What is your password?"],
    ["agent", "Actually, let us talk about the broken lamp first, that is more urgent today."],
    ["customer", "tomorrow morning"],
  ]);
  expect(lines[2]).toBe("tomorrow morning");
});

test("a question stays open when the agent asks to hear it once more", () => {
  const lines = texts([
    ["agent", "What is your password?"],
    ["customer", "sorry, can you repeat the question"],
    ["agent", "Of course, I will say it again for you once more now."],
    ["customer", "sunflower"],
  ]);
  expect(lines[3]).toBe("[PASSWORD_1]");
});

test("what one turn gives away is masked in the turns before and after it", () => {
  const lines = texts([
    ["customer", "the parcel for Abernathy did not come, reference 99817263"],
    ["agent", "May I have your name?"],
    ["customer", "my name is Robin Abernathy"],
    ["agent", "I see 99817263 here, and it ends in 7263 as you say"],
  ]);
  expect(lines.join(" ")).not.toMatch(/abernathy|99817263|7263/i);
});

test("the same value gets the same placeholder, read out or typed, in the next section too", () => {
  const first = redact(
    turns([["customer", "my phone is oh seven seven double oh nine double oh one two three, really"]]),
    { language: "en-GB" },
  );
  const second = redact(turns([["customer", "call me at 07700 900123 or at 020 7946 0958"]]), {
    language: "en-GB",
    memory: first.memory,
  });
  expect(first.turns[0]?.text).toBe("my phone is [PHONE_1], really");
  expect(second.turns[0]?.text).toBe("call me at [PHONE_1] or at [PHONE_2]");
  expect(highest(second.memory)).toEqual({ PHONE: 2 });
});

test("a question that was open at the end of a section is open in the next", () => {
  const first = redact(turns([["agent", "What is your password?"]]), { language: "en" });
  const second = redact(turns([["customer", "sunflower"]]), { language: "en", memory: first.memory });
  expect(second.turns[0]?.text).toBe("[PASSWORD_1]");
});

test("without the memory, numbers go on behind the highest ones given", () => {
  const { turns: out } = redact(turns([["customer", "my name is Katie Marshall"]]), {
    language: "en",
    memory: resume({ PERSON: 7 }),
  });
  expect(out[0]?.text).toBe("my name is [PERSON_8]");
});

test("the memory is plain data that survives JSON", () => {
  const { memory } = redact(
    turns([
      ["agent", "Your name?"],
      ["customer", "my name is Katie Marshall"],
    ]),
    { language: "en" },
  );
  expect(JSON.parse(JSON.stringify(memory))).toEqual(memory);
});

test.each(["fr-FR", "es", "pl", "xx", "english", ""])("withholds a turn in %j", (language) => {
  const { turns: out, receipt } = redact(
    [{ id: "1", role: "customer", text: "4111 1111 1111 1111", language }],
    { language: "en" },
  );
  expect(out).toEqual([
    {
      id: "1",
      role: "customer",
      text: null,
      withheld: "LANGUAGE_NOT_COVERED",
      findings: [],
      placeholders: [],
    },
  ]);
  expect(receipt.withheld).toBe(1);
});

test("a turn on which a recognizer throws is withheld, and its neighbours are not", () => {
  const broken: Turn = {
    id: "2",
    role: "customer",
    get text(): string {
      throw new Error("out of order");
    },
  };
  const { turns: out, receipt } = redact([...turns([["customer", "good morning"]]), broken], {
    language: "en",
  });
  expect(out.map((t) => [t.text, t.withheld])).toEqual([
    ["good morning", undefined],
    [null, "REDACTION_FAILED"],
  ]);
  expect(receipt.withheld).toBe(1);
});

test("masks the parties that the events name, wherever they stand", () => {
  const known = [
    { kind: "PERSON", value: "Robert Ashworth" },
    { kind: "PHONE", value: "+447700900456" },
    { kind: "EMAIL", value: "rob@ash.example" },
    { kind: "PERSON", value: "May Fields" },
  ] as const;
  const line =
    "robert here, Ashworth family. call 07700 900 456 or 7700900456, not Roberta; mail ROB@ash.example. it may be in fields, May Fields";
  expect(texts([["customer", line]], { language: "en-GB", known })[0]).toBe(
    "[PERSON_1] here, [PERSON_2] family. call [PHONE_1] or [PHONE_1], not [PERSON_3]; mail [EMAIL_1]. it may be in fields, [PERSON_4]",
  );
});

test("what the source redacted is masked whole, under our kind, each by itself", () => {
  const text = "I am [NAME] and he is [NAME], card ####";
  const spans = [
    { start: 5, end: 11, kind: "NAME" },
    { start: 22, end: 28, kind: "name" },
    { start: 35, end: 39, kind: "SOMETHING_ELSE" },
  ];
  const { turns: out } = redact([{ id: "1", role: "customer", text, sourceSpans: spans }], {
    language: "en",
  });
  expect(out[0]?.text).toBe("I am [PERSON_1] and he is [PERSON_2], card [NUMBER_1]");
  expect(out[0]?.findings.every((f) => f.recognizer === "source" && f.score === 1)).toBe(true);
});

test("a placeholder that came with the text is left, and its number is not given again", () => {
  const { turns: out } = redact(turns([["customer", "I am [PERSON_4], my name is Katie Marshall"]]), {
    language: "en",
  });
  expect(out[0]?.text).toBe("I am [PERSON_4], my name is [PERSON_5]");
});

test("the receipt counts kinds and tells no value", () => {
  const { receipt } = redact(
    turns([["customer", "my name is Katie Marshall, mail katie@x.example or kate@x.example"]]),
    { language: "en-GB" },
  );
  expect(receipt).toEqual({
    engine: expect.stringMatching(/^@sotto\/redaction@\d/),
    kinds: { PERSON: 1, EMAIL: 2 },
    languages: ["en-GB"],
    withheld: 0,
  });
  expect(JSON.stringify(receipt)).not.toMatch(/katie|x\.example/i);
});

test("timed words never come back", () => {
  const [turn] = redact(
    [
      {
        id: "1",
        role: "customer",
        text: "it is 5551234567",
        words: [{ text: "5551234567", startMs: 0, endMs: 9 }],
      },
    ],
    { language: "en" },
  ).turns;
  expect(Object.keys(turn ?? {})).toEqual(["id", "role", "text", "findings", "placeholders"]);
});
