import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { auditLogOf, verifyProof } from "@sotto/audit";
import { eraseConversation, eraseSteps, type Certificate, type EraseStep } from "@sotto/cli";
import { topics } from "@sotto/contracts";

import { sotto } from "./commands.ts";
import { deploy, until, type Changes, type Deployment } from "./deployment.ts";
import {
  accountOf,
  allOf,
  chatOf,
  documentsOf,
  expectGone,
  expectSilentLog,
  send,
  sentOf,
  words,
  type Sent,
} from "./erased.ts";

/** Fences are proved fresh sooner than in production, so that an erasure waits less; held turns wait for a consent. */
const quick: Changes["policy"] = (p) => ({ ...p, timing: { ...p.timing, freshMs: 500, holdMs: 60_000 } });

test("6: a landed conversation is erased for good, with a certificate that is in the signed log", async () => {
  await using d = await deploy();
  const chat = chatOf("landed");
  const events = [...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()];
  const conversation = await send(d, events);
  await d.settled();
  const [object = ""] = await documentsOf(d, conversation);
  const foretold = await sotto(d, ["erase", conversation, "--dry-run", "--json"]);
  expect(JSON.parse(foretold.out)).toMatchObject({
    conversation,
    tenant: "acme",
    documents: [{ object }],
    turns: { all: 2, ended: 2, held: 0, open: 0 },
    isErased: false,
  });
  expect((await sotto(d, ["erase", conversation])).code).toBe(2);
  expect((await sotto(d, ["erase", conversation], { isTty: true, stdin: "n\n" })).code).toBe(1);
  expect((await sotto(d, ["erase", "c_nobody", "--yes"])).code).toBe(4);
  expect(await documentsOf(d, conversation)).toEqual([object]);

  const file = join(d.folder, "certificate.json");
  const erased = await sotto(d, ["erase", conversation, "--yes", "--json", "-o", file]);
  expect(erased.code).toBe(0);
  const certificate = JSON.parse(erased.out) as Certificate;

  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(certificate);
  expect(certificate).toMatchObject({
    conversation,
    tenant: "acme",
    state: "erased",
    documents: [{ object }],
    counts: { documents: 1, turns: 2, quarantined: 0, slots: certificate.keys.length },
    warnings: [],
  });
  const { proof } = certificate;
  const { publicKey } = d.platform.signer;
  const entry = Buffer.from(proof?.entry ?? "");
  const proved = verifyProof(proof?.inclusion ?? "", { entry, origin: auditLogOf(0).origin, publicKey });
  expect(proved.index).toBe(certificate.audit.at(-1)?.index);
  await expectGone(d, conversation);

  // The vendor's repeat, and more of the same conversation.
  await send(d, [...events, chat.turn(9, words, { party: "customer", seconds: 200 })]);
  expect(await accountOf(d, conversation)).toMatchObject({
    accepted: 3,
    ends: { erased: 3, archived: 0, discarded: 0, quarantined: 0 },
    inFlight: 0,
  });
  await expectGone(d, conversation);
  const before = await d.records(topics.audit.name);
  const again = await sotto(d, ["erase", conversation, "--yes", "--json"]);
  expect(again).toMatchObject({ code: 0, err: expect.stringContaining("erased already") as string });
  const { proof: _p, ...same } = JSON.parse(again.out) as Certificate;
  const { proof: _q, ...first } = certificate;
  expect(same).toEqual(first);
  expect(await d.records(topics.audit.name)).toHaveLength(before.length);

  // Somebody new, the same person.
  const next = chatOf("next", ["I am back"]);
  const welcome = await send(d, [
    ...next.opening(),
    next.consent("given", 5),
    ...next.turns(),
    next.ending(),
  ]);
  await d.settled();
  expect(await documentsOf(d, welcome)).toHaveLength(1);
  expect((await d.turns()).map(({ text }) => text)).toEqual(["I am back"]);
  await expectSilentLog(d);
});

const stages: Record<string, (d: Deployment, chat: Sent) => Promise<string>> = {
  "its turns are held": async (d, { opening, turns }) => {
    const conversation = await send(d, [...opening, ...turns]);
    await until("two turns are held", async () => (await waiting(d, topics.gateState.name, "held")) === 2);
    return conversation;
  },
  "its section is open": async (d, { opening, consent, turns }) => {
    const conversation = await send(d, [...opening, consent, ...turns]);
    await until("two turns wait", async () => (await waiting(d, topics.redactorState.name, "open")) === 2);
    return conversation;
  },
  "nobody has said anything yet": (d, { opening }) => send(d, opening),
  "its turns are on their way": (d, chat) => send(d, allOf(chat)),
};

const waiting = async (d: Deployment, topic: string, what: string): Promise<number> => {
  const live = new Map((await d.records(topic)).map(({ key, value }) => [key, value]));
  return [...live].filter(([key, value]) => value !== null && key?.includes(`/${what}/`)).length;
};

test.each(Object.keys(stages))("6: a conversation is erased while %s", async (stage) => {
  await using d = await deploy({ policy: quick });
  const chat = sentOf(chatOf("midway"));
  const conversation = (await stages[stage]?.(d, chat)) ?? "";
  const certificate = await eraseConversation(d.platform, conversation);
  expect(certificate).toMatchObject({ state: "erased", warnings: [] });
  expect(certificate.proof).not.toBeNull();
  await send(d, allOf(chat));
  expect(await accountOf(d, conversation)).toMatchObject({
    accepted: 2,
    ends: { erased: 2, archived: 0, discarded: 0, quarantined: 0 },
    inFlight: 0,
  });
  await expectGone(d, conversation);
  await expectSilentLog(d);
});

test("6: a conversation whose words were dropped at the door has no key, and is erased all the same", async () => {
  await using d = await deploy({ policy: quick });
  await sotto(d, ["fence", "set", "kill-switch", "--tenant", "acme"]);
  await until("the door has heard of it", () => Promise.resolve(d.platform.fences.index.size === 1));
  const { opening, turns } = sentOf(chatOf("dropped"));
  const conversation = await send(d, [...opening, ...turns]);
  expect(await d.platform.keys("cli").inspect("acme", conversation)).toBeNull();
  await until("two turns are held", async () => (await waiting(d, topics.gateState.name, "held")) === 2);
  expect(await eraseConversation(d.platform, conversation)).toMatchObject({ keys: [], documents: [] });
  expect(await accountOf(d, conversation)).toMatchObject({ ends: { erased: 2 }, inFlight: 0 });
  await expectGone(d, conversation);
});

class Crash extends Error {}

/** What the audit log has of the erasure: ids of its entries, each once. */
const ownIds = (certificate: Certificate): string[] => certificate.audit.map(({ id }) => id);

test("6: an erasure that crashed after any of its steps is finished by the next, with the same entries", async () => {
  await using d = await deploy({ policy: quick });
  const chats = [...eraseSteps].map((step) => ({ step, chat: chatOf(step.replaceAll(" ", "-")) }));
  const conversations = new Map<EraseStep, string>();
  for (const { step, chat } of chats) {
    const events = [...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()];
    conversations.set(step, await send(d, events));
  }
  await d.settled();
  const erased = await Promise.all(
    [...conversations].map(async ([step, conversation]) => {
      const crash = (done: EraseStep): void => {
        if (done === step) throw new Crash();
      };
      await expect(eraseConversation(d.platform, conversation, { step: crash })).rejects.toBeInstanceOf(
        Crash,
      );
      const first = await eraseConversation(d.platform, conversation);
      const second = await eraseConversation(d.platform, conversation);
      expect([step, ownIds(second)]).toEqual([step, ownIds(first)]);
      return first;
    }),
  );
  for (const [n, certificate] of erased.entries()) {
    const step = eraseSteps[n];
    // One entry for the fence, one a key, one for the turns, one for the end: however often it was begun.
    const types = new Set(certificate.audit.map(({ type }) => type.split(".")[2]));
    expect([step, types]).toEqual([step, new Set(["conversation", "fence", "key", "turns"])]);
    expect(certificate.audit).toHaveLength(3 + certificate.keys.length);
    expect(certificate.audit.filter(({ type }) => type.includes("key.shredded"))).toHaveLength(
      certificate.keys.length,
    );
    expect([step, certificate.counts]).toEqual([
      step,
      { documents: 1, turns: 2, quarantined: 0, slots: certificate.keys.length },
    ]);
    await expectGone(d, certificate.conversation);
    expect((await accountOf(d, certificate.conversation)).ends.erased).toBe(2);
  }
  expect((await d.settled()).account).toMatchObject({ accepted: 18, ends: { erased: 18 }, surplus: 0 });
  const fences = new Set((await d.records(topics.fences.name)).map(({ key }) => key));
  expect(fences.size).toBe(eraseSteps.length);
  await expectSilentLog(d);
});

test("6: the fence first, then the keys; what can be deleted only when every process holds the fence", async () => {
  await using d = await deploy({ policy: quick });
  const conversation = await send(d, allOf(sentOf(chatOf("ordered"))));
  await d.settled();
  const seen: unknown[] = [];
  const times = new Map<EraseStep, number>();
  await eraseConversation(d.platform, conversation, {
    step: async (done) => {
      times.set(done, performance.now());
      const told = (await d.audit())
        .filter(({ service }) => service === "cli")
        .map(({ type }) => type.split(".")[2]);
      seen.push([
        done,
        new Set(told).size,
        (await d.records(topics.fences.name)).length,
        (await d.platform.keys("cli").inspect("acme", conversation))?.state,
        (await documentsOf(d, conversation)).length,
      ]);
    },
  });
  expect(seen).toEqual([
    ["fence told", 1, 0, "live", 1],
    ["fence set", 1, 1, "live", 1],
    ["keys taken away", 1, 1, "erased", 1],
    ["keys told", 2, 1, "erased", 1],
    ["fence held by all", 2, 1, "erased", 1],
    ["documents deleted", 2, 1, "erased", 0],
    ["looked for again", 2, 1, "erased", 0],
    ["ends told", 3, 1, "erased", 0],
    ["erasure told", 4, 1, "erased", 0],
  ]);
  // No process acts on fences older than this: one that did not hear of it by then stands still.
  const waited = (times.get("fence held by all") ?? 0) - (times.get("fence set") ?? 0);
  expect(waited).toBeGreaterThanOrEqual(d.platform.policy.timing.freshMs);
});

test("6: a document that lands while it is erased is found and deleted, and opens for nobody in between", async () => {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isWriting = false;
  await using d = await deploy({
    policy: quick,
    platform: (p) => ({
      ...p,
      archive: {
        ...p.archive,
        putIfAbsent: async (object, bytes) => {
          isWriting = true;
          await gate;
          return p.archive.putIfAbsent(object, bytes);
        },
      },
    }),
  });
  const chat = chatOf("landing");
  const conversation = await send(d, [
    ...chat.opening(),
    chat.consent("given", 5),
    ...chat.turns(),
    chat.ending(),
  ]);
  await until("the archiver writes", () => Promise.resolve(isWriting));
  const certificate = await eraseConversation(d.platform, conversation, {
    step: async (done) => {
      if (done !== "documents deleted") return;
      letGo();
      await until("it lands", async () => (await documentsOf(d, conversation)).length === 1);
      expect((await d.platform.keys("cli").inspect("acme", conversation))?.state).toBe("erased");
    },
  });
  expect(certificate.counts["documents"]).toBe(1);
  expect(await accountOf(d, conversation)).toMatchObject({ ends: { erased: 2, archived: 0 }, inFlight: 0 });
  await expectGone(d, conversation);
});

test("6: what workers say of it at the horizon does not undo an erasure", async () => {
  const archiver = stalling();
  await using d = await deploy({ policy: quick, platform: archiver.platform });
  const conversation = await send(d, allOf(sentOf(chatOf("later"))));
  await until("the archiver has its section in hand", () => Promise.resolve(archiver.isWaiting()));
  await eraseConversation(d.platform, conversation);
  archiver.letGo();
  await until("the archiver is done with it", async () => (await d.records(topics.landed.name)).length > 0);
  // Seven days later: whatever the gate still waits for by then has to go.
  await d.restart({
    platform: (p) => ({ ...p, policy: { ...p.policy, timing: { ...p.policy.timing, horizonMs: 1 } } }),
  });
  const ticks = async () =>
    (await d.records(topics.conversations.name)).filter(({ key }) => key === null).length;
  const before = await ticks();
  await until("ticks have passed", async () => (await ticks()) > before + 80);
  expect(await accountOf(d, conversation)).toMatchObject({ ends: { erased: 2, quarantined: 0 } });
  expect((await sotto(d, ["status"])).code).toBe(0);
});

/** An archiver that has a section in hand and does not come to open it before it is let go. */
const stalling = () => {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isWaiting = false;
  const platform: NonNullable<Changes["platform"]> = (p) => ({
    ...p,
    keys: (service) => {
      const keys = p.keys(service);
      if (service !== "archiver") return keys;
      return {
        ...keys,
        toOpen: async (address) => {
          isWaiting = true;
          await gate;
          return keys.toOpen(address);
        },
      };
    },
  });
  return { platform, letGo: () => letGo(), isWaiting: () => isWaiting };
};
