import { expect } from "vitest";

import { auditLogOf, readEntries, verifyLog } from "@sotto/audit";
import { topics } from "@sotto/contracts";

import { aChat } from "./chat.ts";
import { until, type Deployment } from "./deployment.ts";

type Chat = ReturnType<typeof aChat>;
type Event = ReturnType<Chat["event"]>;

const name = "Ottilie Brandtner";
const email = "ottilie.brandtner@example.org";
const phone = "+44 20 7946 0987";
export const words = "the heron on the weir";

/** A chat of a customer who can be told by name, address and number. */
export const chatOf = (
  subject: string,
  texts: readonly string[] = [`I am ${name}, ${email}, ${words}`, "Thank you"],
) => {
  const chat = aChat({ subject, texts });
  const [started, ...rest] = chat.opening() as [Event, ...Event[]];
  const data = started.data as { readonly parties: readonly object[] };
  const identifiers = [
    { kind: "phone", value: phone },
    { kind: "email", value: email },
  ];
  const parties = data.parties.map((party, n) => (n === 0 ? { ...party, name, identifiers } : party));
  return { ...chat, opening: () => [{ ...started, data: { ...data, parties } }, ...rest] };
};

/** Sends events of one chat, and answers the id that its conversation has here. */
export const send = async (d: Deployment, events: readonly object[]): Promise<string> => {
  const answer = await fetch(d.door.url, {
    method: "POST",
    headers: {
      "content-type": "application/cloudevents-batch+json",
      authorization: `Bearer ${d.door.credential}`,
    },
    body: JSON.stringify(events),
  });
  const items = (await answer.json()) as { readonly status: number; readonly conversation: string }[];
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set([202]));
  return items[0]?.conversation ?? "";
};

const windowsOf = async (d: Deployment, conversation: string): Promise<readonly number[]> => {
  const about = (await d.records(topics.conversations.name)).filter(({ key }) => key === conversation);
  const { rawWindowMs } = d.platform.policy.timing;
  return [...new Set(about.map(({ timestamp }) => Math.floor(timestamp / rawWindowMs)))];
};

export const documentsOf = async (d: Deployment, conversation: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name: object } of d.platform.archive.list("conversations/")) {
    if (object.includes(conversation)) names.push(object);
  }
  return names;
};

/** Nothing of it is there, and no process opens or makes a key for it, whatever that held before. */
export const expectGone = async (d: Deployment, conversation: string): Promise<void> => {
  expect(await documentsOf(d, conversation)).toEqual([]);
  const state = await d.platform.keys("cli").inspect("acme", conversation);
  expect(state).toEqual({ state: "erased", archive: [], raw: [] });
  const gone = { name: "KeyGoneError", state: "erased" };
  for (const generation of await windowsOf(d, conversation)) {
    const raw = { slot: "raw", tenant: "acme", conversation, generation } as const;
    await expect(d.platform.keys("redactor").toOpen(raw)).rejects.toMatchObject(gone);
    await expect(d.platform.keys("ingest").toSeal(raw)).rejects.toMatchObject(gone);
  }
  const archive = { slot: "archive", tenant: "acme", conversation, generation: 1 } as const;
  await expect(d.platform.keys("archiver").toOpen(archive)).rejects.toMatchObject(gone);
  await expect(d.platform.keys("archiver").toSeal(archive)).rejects.toMatchObject(gone);
  await expect(d.platform.keys("redactor").toSeal(archive)).rejects.toMatchObject(gone);
};

/** The account of one conversation, once nothing of it is under way. */
export const accountOf = async (d: Deployment, conversation: string) =>
  (await d.settled()).account.of([conversation]);

/** Whole, signed to its end, and without a word about who it was. */
export const expectSilentLog = async (d: Deployment): Promise<void> => {
  const place = { ...auditLogOf(0), store: d.platform.auditStore, publicKey: d.platform.signer.publicKey };
  await until("the log is signed to its end", async () => {
    const [{ high } = { high: 0 }] = await d.platform.log.ends(topics.audit.name);
    return (await verifyLog(place)).checkpoint?.size === high;
  });
  expect(await verifyLog(place)).toMatchObject({ ok: true });
  let said = "";
  for await (const { entry } of readEntries(place)) said += Buffer.from(entry).toString("utf8");
  for (const secret of [name, "Brandtner", email, phone, "79460987", words, "heron"]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain(Buffer.from(secret).toString("base64").slice(0, -4));
  }
  expect(said).not.toMatch(/s\d+_[0-9a-z]{26}/);
};

/** The events of one chat, made once: a repeat has the same ids and the same data. */
export interface Sent {
  readonly opening: readonly object[];
  readonly consent: object;
  readonly turns: readonly object[];
  readonly ending: object;
}

export const sentOf = (chat: Chat): Sent => ({
  opening: chat.opening(),
  consent: chat.consent("given", 5),
  turns: chat.turns(),
  ending: chat.ending(),
});
export const allOf = ({ opening, consent, turns, ending }: Sent): object[] => [
  ...opening,
  consent,
  ...turns,
  ending,
];
