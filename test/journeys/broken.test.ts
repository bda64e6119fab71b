import { expect, test } from "vitest";

import { topics } from "@sotto/contracts";

import { aChat } from "./chat.ts";
import { deploy, until } from "./deployment.ts";
import { Faults } from "./faults.ts";

test("turns that never got a start do not stop their partition after a restart: ticks are handled, others go on", async () => {
  await using d = await deploy({ policy: (p) => ({ ...p, timing: { ...p.timing, rawShredAfterMs: 1500 } }) });
  await d.send(aChat({ subject: "unstarted" }).turns());
  await until("they are quarantined", async () => (await d.records(topics.quarantine.name)).length === 2);
  await d.restart();
  const [record] = (await d.records(topics.conversations.name)).filter(({ key }) => key !== null);
  await until("their words are shredded", async () => {
    const state = await d.platform.keys("cli").inspect("acme", record?.key ?? "");
    return state?.raw.length === 0;
  });
  const shredded = async () => (await d.audit()).filter((e) => e.type === "sotto.audit.key.shredded.v1");
  await until("the audit log is told", async () => (await shredded()).length > 0, 5000);
  const broken = (await d.audit()).filter(
    (e) => e.type === "sotto.audit.turn.quarantined.v1" && e.reason === "HANDLER_FAILED",
  );
  expect(broken).toEqual([]);
});

test.each(["consent-gate", "redactor", "archiver"])(
  "3: turns over which the %s breaks are accounted for",
  async (service) => {
    const faults = new Faults();
    await using d = await deploy({ platform: (platform) => faults.in(platform) });
    const chat = aChat({ subject: "broken" });
    const [first, ...opening] = chat.opening();
    await d.send([first ?? {}]);
    const [record] = (await d.records(topics.conversations.name)).filter(({ key }) => key !== null);
    faults.set(record?.key ?? "", service, "words");
    await d.send([...opening, chat.consent("given", 5), ...chat.turns(), chat.ending()]);
    await until("it has broken", async () => faults.thrown.has(service));
    const { account } = await d.settledWithin(5000);
    expect(account).toMatchObject({ accepted: 2, ends: { quarantined: 2 }, inFlight: 0, surplus: 0 });
  },
);
