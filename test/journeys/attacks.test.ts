import { expect, test } from "vitest";

import { encodeCbor, encodeEventValue, decodeEventValue, topics } from "@sotto/contracts";
import { dataKey, dayOf, seal, type Place } from "@sotto/envelope";
import { headerText, type LogRecord, type OutRecord } from "@sotto/stream";

import { aChat } from "./chat.ts";
import { deploy, until, type Deployment } from "./deployment.ts";

const admissionOf = (record: LogRecord) =>
  record.headers.find(([name]) => name === "admission") ?? ["admission", null];
const without = (record: LogRecord, ...names: string[]) =>
  record.headers.filter(([name]) => !names.includes(name));
const isTurn = (record: LogRecord) => headerText(record.headers, "ce_type") === "sotto.turn.added.v1";
const again = (record: LogRecord, changes: Partial<OutRecord> = {}): OutRecord => ({
  topic: record.topic,
  partition: record.partition,
  key: record.key,
  value: record.value,
  headers: record.headers,
  ...changes,
});

/** Two chats: one agreed and admitted, one silent whose turns the gate holds or has discarded. */
const twoChats = async (d: Deployment) => {
  const agreed = aChat({ subject: "agreed", texts: ["my words"] });
  const silent = aChat({ subject: "silent", texts: ["secret words"] });
  await d.send([...agreed.opening(), agreed.consent("given", 5), ...agreed.turns()]);
  await d.send([...silent.opening(), ...silent.turns()]);
  const admitted = async () => (await d.records(topics.admitted.name)).filter(isTurn);
  await until("a turn is admitted", async () => (await admitted()).length > 0);
  const [turn] = await admitted();
  const all = await d.records(topics.conversations.name);
  const held = all.find((r) => isTurn(r) && r.key !== turn?.key);
  if (!turn || !held) throw new Error("Nothing to attack with");
  return { turn, held, finish: () => d.send([agreed.ending(), silent.ending()]) };
};

const flip = (bytes: Uint8Array | null, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes ?? []);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

test("5: no record that is forged onto `admitted` is opened, and every one of them is put aside", async () => {
  await using d = await deploy();
  const { turn, held, finish } = await twoChats(d);
  const conversation = { tenant: "acme", conversation: turn.key ?? "" };
  const day = dayOf(turn.timestamp);
  const outsider = dataKey(new Uint8Array(32).fill(7));
  const place: Place = {
    ...conversation,
    slot: "grants",
    generation: day,
    kind: "grant",
    name: "g_forged",
    headers: null,
  };
  const forgedGrant: OutRecord = {
    topic: topics.admitted.name,
    partition: turn.partition,
    key: turn.key,
    value: seal(encodeCbor({ v: 1 }), outsider, place),
    headers: [
      ["type", "grant"],
      ["tenant", "acme"],
      ["grant", "g_forged"],
      ["day", String(day)],
    ].map(([n, v]) => [n ?? "", Buffer.from(v ?? "")] as const),
  };
  const mine = decodeEventValue(turn.value ?? new Uint8Array());
  const theirs = decodeEventValue(held.value ?? new Uint8Array());
  const admitted = { topic: topics.admitted.name };
  const attacks: Record<string, OutRecord> = {
    "copied past the gate": again(held, admitted),
    "with another turn's admission": again(held, {
      ...admitted,
      headers: [...held.headers, admissionOf(turn)],
    }),
    "content of another conversation": again(turn, { value: encodeEventValue(mine.facts, theirs.content) }),
    "facts of another conversation": again(turn, { value: encodeEventValue(theirs.facts, mine.content) }),
    "content left out": again(turn, { value: encodeEventValue(mine.facts, null) }),
    "a header changed": again(turn, {
      headers: turn.headers.map(([n, v]) =>
        n === "ce_time" ? [n, Buffer.from("2026-01-01T00:00:00.000Z")] : [n, v],
      ),
    }),
    "an admission changed": again(turn, {
      headers: [...without(turn, "admission"), ["admission", flip(admissionOf(turn)[1], 20)]],
    }),
    "an admission left out": again(turn, { headers: without(turn, "admission") }),
    "moved to another key": again(turn, { key: held.key }),
    truncated: again(turn, { value: (turn.value ?? new Uint8Array()).subarray(0, 100) }),
    "one bit flipped in the seal": again(turn, { value: flip(turn.value, (turn.value?.length ?? 0) - 5) }),
    "a forged grant": forgedGrant,
  };
  const before = (await d.records(topics.quarantine.name)).length;
  const acks = await d.platform.log.append(Object.values(attacks));
  expect(acks.every((ack) => ack.ok)).toBe(true);
  await until("all are put aside", async () => {
    const aside = (await d.records(topics.quarantine.name)).filter((r) =>
      headerText(r.headers, "origin")?.startsWith("admitted/"),
    );
    const origins = new Set(aside.map((r) => headerText(r.headers, "origin")));
    return acks.every((ack) => ack.ok && origins.has(`admitted/${ack.partition}/${ack.offset}`));
  });
  expect((await d.records(topics.quarantine.name)).length - before).toBeGreaterThanOrEqual(acks.length);
  await finish();
  await until("the agreed chat lands", async () => (await d.turns()).length > 0);
  expect((await d.turns()).map((t) => t.text)).toEqual(["my words"]);
});

test("5: a replayed admitted record lands nowhere twice", async () => {
  await using d = await deploy();
  const { turn, finish } = await twoChats(d);
  await d.platform.log.append([again(turn), again(turn)]);
  await finish();
  await d.settled();
  const gathered = async () =>
    (await d.records(topics.redactorState.name)).filter((r) => r.key?.includes("/open/") && r.value).length;
  const before = await gathered();
  const [ack] = await d.platform.log.append([again(turn)]);
  await until("the redactor has read it", async () => {
    const committed = (await d.platform.log.committedOffsets("redactor")).get(topics.admitted.name);
    return ack?.ok === true && (committed?.get(ack.partition) ?? 0) > ack.offset;
  });
  expect(await gathered()).toBe(before);
  expect((await d.turns()).map((t) => t.text)).toEqual(["my words"]);
});

test("5: an end that was forged onto `landed` has no words shredded", async () => {
  await using d = await deploy();
  const { turn } = await twoChats(d);
  const day = String(dayOf(turn.timestamp));
  const frame = seal(encodeCbor({ v: 1 }), dataKey(new Uint8Array(32).fill(9)), {
    tenant: "acme",
    conversation: turn.key,
    slot: "grants",
    generation: Number(day),
    kind: "landed",
    name: `${turn.key}/1`,
    headers: null,
  });
  const headers = [
    ["type", "landed"],
    ["tenant", "acme"],
    ["day", day],
    ["name", `${turn.key}/1`],
  ];
  await d.platform.log.append([
    {
      topic: topics.landed.name,
      partition: turn.partition,
      key: turn.key,
      value: frame,
      headers: headers.map(([n, v]) => [n ?? "", Buffer.from(v ?? "")] as const),
    },
  ]);
  await until("it is put aside", async () =>
    (await d.records(topics.quarantine.name)).some(
      (r) => headerText(r.headers, "reason") === "FRAME_REFUSED",
    ),
  );
  expect((await d.platform.keys("cli").inspect("acme", turn.key ?? ""))?.raw.length).toBeGreaterThan(0);
});

test("5: garbage on any input of a worker is put aside, and the worker lives", async () => {
  await using d = await deploy();
  const garbage = [
    new Uint8Array(),
    Buffer.from("not cbor"),
    encodeCbor([1, 2, 3]),
    Buffer.alloc(5000, 0xff),
  ];
  const inputs = [topics.conversations, topics.admitted, topics.redacted, topics.landed].map((t) => t.name);
  const forged = inputs.flatMap((topic) =>
    garbage.map((value, i) => ({ topic, partition: 0, key: `c_x${i}`, value, headers: [] })),
  );
  await d.platform.log.append([
    ...forged,
    ...inputs.map((topic) => ({ topic, partition: 0, key: "c_null", value: null, headers: [] })),
  ]);
  const chat = aChat({ subject: "after", texts: ["still here"] });
  await d.send([...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()]);
  await until("the chat lands", async () => (await d.turns()).length === 1);
  expect((await d.turns()).map((t) => t.text)).toEqual(["still here"]);
});
