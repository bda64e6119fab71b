import { expect, test } from "vitest";

import { topics, type Content } from "@sotto/contracts";
import { headerText, openContent, openFacts, readEvent } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";

interface Part {
  readonly kind: string;
  readonly text?: string;
  readonly name?: string;
  readonly mediaType?: string;
}
interface Telling {
  readonly content: readonly Part[];
  readonly words?: readonly { readonly text: string }[];
  readonly language?: string;
}

const number = "4111 1111 1111 1111";
const body = (text: string, mediaType?: string): Part => ({
  kind: "text",
  text,
  ...(mediaType && { mediaType }),
});
const spoken = "my security code is four one seven thanks".split(" ");

const typed: Readonly<Record<string, Telling>> = {
  "in a sentence": { content: [body(`My card is ${number}, expiry 12/27, CVV 417`)] },
  "in short": { content: [body(`${number} 12/27 cvc: 417`)] },
  "before its name": { content: [body("417 is the security code on the back")] },
  "in German": {
    content: [body(`Kartennummer ${number}, gültig bis 12/27, Prüfziffer 417`)],
    language: "de",
  },
  "in HTML": { content: [body(`<p>Card ${number}</p><p>CVV:&nbsp;<b>417</b></p>`, "text/html")] },
  "on the keypad, asked for before": {
    content: [body(`My card is ${number}`), body("and the security code?"), { kind: "keypad", text: "417" }],
  },
  "in words with times": {
    content: [body(`${number} and`)],
    words: spoken.map((text, n) => ({ text, startMs: n * 100, endMs: n * 100 + 90 })),
  },
};

/** Three digits are looked for where people's words are; anywhere else they are a time. */
const shows = /(?<!\d)417(?!\d)|four one seven/;
const said = (o: {
  readonly parts?:
    | readonly { readonly text?: string | undefined; readonly name?: string | undefined }[]
    | undefined;
  readonly words?: readonly { readonly text: string }[] | undefined;
}): string =>
  [
    ...(o.parts ?? []).flatMap(({ name = "", text = "" }) => [name, text]),
    ...(o.words ?? []).map((w) => w.text),
  ].join(" ");

/** What is sealed of a turn, and of one that is corrected to the same; opened while its key is still there. */
const keep = async ({ content, words, language }: Telling) => {
  await using d = await deploy({ policy: (p) => ({ ...p, retention: { ...p.retention, rawHours: 1 } }) });
  const chat = aChat({ subject: "card" });
  const turn = chat.turn(0, "", { party: "customer" });
  const data = { ...turn.data, content, ...(words && { words }), ...(language && { language }) };
  const change = { turn: "turn-0", at: chat.at(60), reason: "edited", with: { ...data, id: "turn-1" } };
  const events = [{ ...turn, data }, chat.event("turn.replaced", 60, change), chat.ending()];
  const statuses = await d.send([...chat.opening(), chat.consent("given", 5), ...events]);
  expect(new Set(statuses)).toEqual(new Set([202]));
  await d.settled();
  const keys = d.platform.keys("redactor");
  const contents: Content[] = [];
  const stripped: number[] = [];
  for (const record of await d.records(topics.conversations.name)) {
    if (!headerText(record.headers, "ce_type")?.startsWith("sotto.turn.")) continue;
    const event = readEvent(record);
    const facts = await openFacts(keys, event);
    if (facts.kind === "turn.added") stripped.push(facts.data.stripped ?? 0);
    if (facts.kind === "turn.replaced") stripped.push(facts.data.with.stripped ?? 0);
    const opened = await openContent(keys, event);
    if (opened) contents.push(opened);
  }
  return { contents, stripped, landed: await openedDocuments(d.platform) };
};

test.each(Object.entries(typed))(
  "2: a card's security code is cut out before the first seal: %s",
  async (_, telling) => {
    const { contents, stripped, landed } = await keep(telling);
    expect(said({ parts: telling.content, words: telling.words })).toMatch(shows);
    expect(contents).toHaveLength(2);
    for (const content of contents) expect(said(content)).not.toMatch(shows);
    expect(stripped).toEqual([1, 1]);
    const texts = landed.flatMap(({ dialog }) => dialog.map((turn) => turn.body ?? ""));
    expect(texts).toHaveLength(1);
    expect(texts.join()).not.toMatch(shows);
  },
);

test.each<[string, Part]>([
  ["is asked for by the part's name", { kind: "keypad", name: "cvv", text: "417" }],
  ["stands in the part's name", { kind: "selection", name: "security code 417" }],
])("2: a card's security code is cut out of a part where it %s", async (_, part) => {
  const { contents } = await keep({ content: [body(`My card is ${number}`), part] });
  expect(contents).toHaveLength(2);
  for (const content of contents) expect(said(content)).not.toMatch(shows);
});
