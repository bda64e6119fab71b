import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { sectionOf, type VCon } from "@sotto/archive";

import { deploy, until } from "./deployment.ts";
import { openedDocuments } from "./documents.ts";
import { chatOf, standing, admitted, send, textsOf, endsOf } from "./fence-tools.ts";

test("1: a standing withdrawal stops that person's other conversations, and nobody else's", async () => {
  await using d = await deploy();
  const chats = [
    chatOf("mine", "+44 20 7946 0011", ["mine one", "mine two"]),
    chatOf("mine too", "0044 (20) 7946-0011", ["mine three"]),
    chatOf("hers", "+44 20 7946 0012", ["hers one", "hers two"]),
    chatOf("nobody's", null, ["nobody's one"]),
  ];
  for (const chat of chats) await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("all turns are admitted", async () => (await admitted(d)) === 6);
  await send(d, standing("withdrawn", 100, "+442079460011"));
  for (const chat of chats)
    await send(d, chat.turn(9, "after", { party: "customer", seconds: 120 }), chat.ending());
  const { account } = await d.settled();
  expect(account.ends).toMatchObject({ archived: 5, discarded: 5 });
  expect(await textsOf(d)).toEqual(["after", "after", "hers one", "hers two", "nobody's one"]);
  expect(new Set(await endsOf(d))).toEqual(new Set(["discarded CONSENT_WITHDRAWN"]));
});

test("1: a standing withdrawal stops what begins after it; what that person agrees to later is taken again", async () => {
  await using d = await deploy();
  await send(d, standing("withdrawn", 1, "+44 20 7946 0011"));
  const silent = chatOf("before", "+44 20 7946 0011", ["not taken"]);
  await send(d, ...silent.opening(), ...silent.turns(), silent.ending());
  const agreed = chatOf("after", "+44 20 7946 0011", ["taken"]);
  await send(d, ...agreed.opening(), agreed.consent("given", 5), ...agreed.turns(), agreed.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual(["taken"]);
});

test("1: a standing withdrawal reaches what that person said before the platform knew who it was", async () => {
  await using d = await deploy();
  const chat = chatOf("unknown", null, ["who I am"]);
  await send(d, ...chat.opening(), chat.consent("given", 5), ...chat.turns());
  await until("the turn is admitted", async () => (await admitted(d)) === 1);
  const party = { id: "customer", role: "customer", language: "en", jurisdiction: "GB" };
  const identifiers = [{ kind: "phone", value: "+44 20 7946 0011" }];
  await send(d, chat.event("party.joined", 30, { party: { ...party, identifiers }, at: chat.at(30) }));
  await send(d, standing("withdrawn", 100, "+44 20 7946 0011"));
  await send(d, chat.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual([]);
});

const basisOf = (document: VCon | undefined) => {
  const basis = document?.attachments.find((one) => one.purpose === "lawful_basis");
  if (basis?.purpose !== "lawful_basis") throw new Error("A document has no lawful basis");
  return Object.fromEntries(basis.body.purpose_grants.map(({ purpose, granted }) => [purpose, granted]));
};

test.each(["before the turns", "after they are admitted"])(
  "1: an objection to one purpose, %s, takes that purpose and no other",
  async (when) => {
    await using d = await deploy();
    const chat = chatOf("objects", "+44 20 7946 0011");
    const objection = chat.consent("objected", 10, { purposes: ["qa_review"] });
    const begin = [...chat.opening(), chat.consent("given", 5)];
    await send(d, ...begin, ...(when === "before the turns" ? [objection] : []), ...chat.turns());
    await until("two turns are admitted", async () => (await admitted(d)) === 2);
    if (when !== "before the turns") await send(d, objection);
    await send(d, chat.ending());
    const { account } = await d.settled();
    expect(account.ends.archived).toBe(2);
    const [document] = await openedDocuments(d.platform);
    const basis = basisOf(document);
    expect({ qa_review: false, ...basis }).toEqual({
      transcription: true,
      analytics: true,
      qa_review: false,
    });
    for (const turn of await d.turns())
      expect([...turn.purposes].toSorted()).toEqual(["analytics", "transcription"]);
    if (when !== "before the turns" && document)
      expect(sectionOf(document).stopped).toMatchObject([{ purposes: ["qa_review"] }]);
  },
);

test.each<[string, readonly string[], readonly string[]]>([
  // Not for what was said before: that went with the withdrawal.
  ["said and received after it is taken", ["withdrawn 28", "given 40"], ["after"]],
  ["said after it but received before is not", ["given 40", "withdrawn 28"], []],
  ["received after it but said before is not", ["withdrawn 28", "given 20"], []],
  ["of another purpose is not", ["withdrawn 28", "given 40 qa_review"], []],
])("1: of a withdrawn consent, a new yes %s", async (_, records, texts) => {
  await using d = await deploy();
  const chat = chatOf("again", null, []);
  const say = (text: string, seconds: number) => chat.turn(seconds, text, { party: "customer", seconds });
  await send(d, ...chat.opening(), chat.consent("given", 5), say("before", 15));
  await until("it is admitted", async () => (await admitted(d)) === 1);
  for (const record of records) {
    const [status = "", seconds, purpose] = record.split(" ");
    await send(d, chat.consent(status, Number(seconds), purpose ? { purposes: [purpose] } : {}));
    await sleep(5);
  }
  await send(d, say("after", 50), chat.ending());
  await d.settled();
  expect(await textsOf(d)).toEqual([...texts].toSorted());
});
