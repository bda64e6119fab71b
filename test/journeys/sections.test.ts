import { expect, test } from "vitest";

import { decodeCbor, section as sectionSchema, topics, type Section } from "@sotto/contracts";
import { open } from "@sotto/envelope";
import { headerText } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy, until, type Changes, type Deployment } from "./deployment.ts";

/** Raw words are kept for a day, as in production: with them lives what one section tells the next. */
const keepWords: NonNullable<Changes["policy"]> = (policy) => ({
  ...policy,
  retention: { ...policy.retention, rawHours: 24 },
});
const mail = "my email is ada.lovelace@example.com";

/** What the redactor has sent, in order. */
const sectionsOf = async (d: Deployment): Promise<Section[]> =>
  Promise.all(
    (await d.records(topics.redacted.name)).map(async ({ key, value, headers }) => {
      const [tenant = "", n = "", generation = ""] = ["tenant", "section", "generation"].map((h) =>
        headerText(headers, h),
      );
      const address = { slot: "archive", tenant, conversation: key, generation: Number(generation) } as const;
      const place = { ...address, kind: "section", name: `${key}/${n}`, headers: null } as const;
      const clear = open(value ?? new Uint8Array(), await d.platform.keys("cli").toOpen(address), place);
      return sectionSchema.parse(decodeCbor(clear));
    }),
  );

const landed = async (d: Deployment, count: number): Promise<void> =>
  until(`${count} turns have landed`, async () => (await d.turns()).length === count);

test("4: a late turn lands in a section of its own, with the numbers that the first section gave, across a restart", async () => {
  await using d = await deploy({ policy: keepWords });
  const chat = aChat({ subject: "late", texts: [mail, "thank you"] });
  await d.send([...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()]);
  await landed(d, 2);
  await d.restart();
  const late = chat.turn(2, "again, ada.lovelace@example.com, not bob@example.com", { seconds: 40 });
  await d.send([late]);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 3, ends: { archived: 3 }, surplus: 0 });
  expect((await sectionsOf(d)).map((s) => [s.section, s.cause, s.turns.map((turn) => turn.text)])).toEqual([
    [1, "ended", ["my email is [EMAIL_1]", "thank you"]],
    [2, "ended", ["again, [EMAIL_1], not [EMAIL_2]"]],
  ]);
});

test("once the words have died a late turn is given new numbers, and none twice", async () => {
  await using d = await deploy();
  const chat = aChat({ subject: "forgotten", texts: [mail] });
  await d.send([...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()]);
  await landed(d, 1);
  const conversation = (await sectionsOf(d))[0]?.conversation ?? "";
  const keys = d.platform.keys("cli");
  await until(
    "the words have died",
    async () => (await keys.inspect("acme", conversation))?.raw.length === 0,
  );
  // What a redactor has opened it may keep for ten minutes; one that starts has nothing.
  await d.restart();
  await d.send([chat.turn(2, mail, { seconds: 40 })]);
  await landed(d, 2);
  expect((await d.turns()).map((turn) => turn.text)).toEqual([
    "my email is [EMAIL_1]",
    "my email is [EMAIL_2]",
  ]);
});

test("4: a change of line begins a section: what was said before it stays with the line it was said on", async () => {
  await using d = await deploy({ policy: keepWords });
  const chat = aChat({ subject: "moved", texts: ["one", "two", "three"] });
  const [one, two, three] = chat.turns();
  const moved = chat.event("conversation.updated", 28, { at: chat.at(28), line: "sales" });
  await d.send([
    ...chat.opening(),
    chat.consent("given", 5),
    one ?? {},
    two ?? {},
    moved,
    three ?? {},
    chat.ending(),
  ]);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 3, ends: { archived: 3 }, surplus: 0 });
  expect((await sectionsOf(d)).map((s) => [s.line, s.cause, s.turns.map((turn) => turn.text)])).toEqual([
    ["support", "line", ["one", "two"]],
    ["sales", "ended", ["three"]],
  ]);
});

test("a turn that is replaced before it lands ends; one that has landed is superseded, one taken back is marked", async () => {
  await using d = await deploy({ policy: keepWords });
  const chat = aChat({ subject: "replaced", texts: ["one", "two"] });
  const replaced = (i: number, text: string, seconds: number) =>
    chat.event("turn.replaced", seconds, {
      turn: `turn-${i}`,
      at: chat.at(seconds),
      reason: "edited",
      with: { ...(chat.turn(i, text).data as object), startAt: chat.at(20 + i * 5) },
    });
  await d.send([
    ...chat.opening(),
    chat.consent("given", 5),
    ...chat.turns(),
    replaced(1, "two, edited", 31),
    chat.ending(),
  ]);
  await landed(d, 2);
  await d.restart();
  const removed = chat.event("turn.removed", 42, { turn: "turn-1", at: chat.at(42), reason: "retracted" });
  await d.send([replaced(0, "one, edited", 41), removed]);
  const { account } = await d.settled();
  expect(account).toMatchObject({ accepted: 4, ends: { archived: 3, replaced: 1 }, surplus: 0 });
  const [first, second, ...more] = await sectionsOf(d);
  expect(more).toEqual([]);
  expect(first?.ends).toEqual([{ ordinal: 2, part: 0, end: "replaced", reason: "REPLACED" }]);
  expect(second?.turns.map((turn) => [turn.text, turn.replaces])).toEqual([
    ["one, edited", first?.turns[0]?.id],
  ]);
  expect(second?.removes).toEqual([first?.turns[1]?.id]);
  const told = (await d.audit()).flatMap((e) => (e.type === "sotto.audit.turns.ended.v1" ? e.ends : []));
  expect(told.map((end) => [end.ordinal, end.end])).toEqual([[2, "replaced"]]);
});
