import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import type { AuditEvent } from "@sotto/contracts";

import { aChat } from "./chat.ts";
import { until } from "./deployment.ts";
import { deployFaulty, type FaultyDeployment } from "./faulty-deployment.ts";
import { faults, parts, Spoiler, type Fault, type Part } from "./faulty.ts";
import { chance } from "./seeded.ts";

/** NTH_SEED=n has another sample of calls spoiled; NTH_CALL=n that one alone. */
const seed = Number(process.env["NTH_SEED"] ?? 1);
const onlyCall = process.env["NTH_CALL"];
const sampled = 8;
const sideBySide = 16;

/** Ten turns: four agreed to, three agreed to late, three refused. */
const beginStory = async (d: FaultyDeployment): Promise<void> => {
  const agreed = aChat({ subject: "agreed", texts: ["one", "two", "three to a@example.com", "four"] });
  await d.send([...agreed.opening(), agreed.consent("given", 5), ...agreed.turns(), agreed.ending()]);
};
const endStory = async (d: FaultyDeployment): Promise<void> => {
  const late = aChat({ subject: "late", texts: ["five", "six to b@example.com", "seven"] });
  const refused = aChat({ subject: "refused", texts: ["eight", "nine", "ten"] });
  const lateTurns = [...late.opening(), ...late.turns()];
  await Promise.all([
    d.send([...lateTurns, late.consent("given", 5)]),
    d.send([...refused.opening(), refused.consent("refused", 5), ...refused.turns(), refused.ending()]),
  ]);
  await d.send([late.ending()]);
};

const settled = async (d: FaultyDeployment) => {
  let reading = await d.account();
  await until(
    "every turn has an end",
    async () => {
      reading = await d.account();
      const { account: a } = reading;
      return reading.isIdle && a.accepted === 10 && a.held + a.open + a.inFlight === 0;
    },
    25_000,
  ).catch((error: unknown) => {
    const { accepted, ends, held, open, inFlight } = reading.account;
    const said = { accepted, ends, held, open, inFlight, health: d.services.health() };
    throw new Error(`Not settled: ${JSON.stringify(said)}`, { cause: error });
  });
  return reading.account;
};

/** Ends of turns by conversation and ordinal, as often as the audit log tells of them. */
const endsIn = (audit: readonly AuditEvent[]): string[] =>
  audit.flatMap((e) => {
    if (e.type === "sotto.audit.document.landed.v1")
      return e.ordinals.map((ordinal) => `${e.conversation} ${ordinal} archived`);
    if (e.type === "sotto.audit.turns.ended.v1")
      return e.ends.map(({ ordinal, end }) => `${e.conversation} ${ordinal} ${end}`);
    return [];
  });

const outcomeOf = async (d: FaultyDeployment) => {
  const { accepted, ends, surplus, quarantined } = await settled(d);
  const told = endsIn(await d.audit());
  return {
    account: { accepted, ends, surplus, quarantined: [...quarantined] },
    told: told.length,
    toldOnce: new Set(told).size,
    auditProblems: await d.auditProblems(),
    turns: await d.turns(),
  };
};

/** The story with one call spoiled; how many calls there were is of use to choose which. */
const storyWith = async (part: Part, nth: number, fault: Fault) => {
  const spoiler = new Spoiler(part, nth, fault);
  await using d = await deployFaulty(spoiler);
  await beginStory(d);
  await endStory(d);
  return { outcome: await outcomeOf(d), calls: spoiler.calls };
};

const undisturbed = {
  account: {
    accepted: 10,
    ends: { archived: 7, discarded: 3, replaced: 0, removed: 0, erased: 0, expired: 0, quarantined: 0 },
    surplus: 0,
    quarantined: [],
  },
  turns: ["1 five", "1 one", "2 six to [EMAIL_1]", "2 two", "3 seven", "3 three to [EMAIL_1]", "4 four"],
  told: 10,
  toldOnce: 10,
  auditProblems: [],
};

/** All calls if they are few, else some of them, the same for the same seed. */
const chosen = (calls: number, random: () => number): number[] => {
  if (onlyCall !== undefined) return [Number(onlyCall)];
  const all = Array.from({ length: calls }, (_, n) => n + 1);
  return all
    .map((n) => ({ n, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, sampled)
    .map(({ n }) => n);
};

for (const part of parts) {
  test(`2, 3, 5: whichever call of the ${part} fails, loses its answer or is slow: nothing is lost or doubled (seed ${seed})`, async () => {
    const { outcome, calls } = await storyWith(part, 0, "fails");
    expect(outcome).toEqual(undisturbed);
    expect(calls).toBeGreaterThan(1);
    const random = chance(seed);
    const cases = faults.flatMap((fault) => chosen(calls, random).map((nth) => ({ fault, nth })));
    const seen: { readonly fault: Fault; readonly nth: number; readonly outcome: unknown }[] = [];
    const work = async (): Promise<void> => {
      for (let one = cases.shift(); one; one = cases.shift()) {
        const story = storyWith(part, one.nth, one.fault);
        seen.push({ ...one, outcome: await story.then((told) => told.outcome, String) });
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
    expect(seen.length).toBeGreaterThanOrEqual(faults.length);
    expect(seen).toEqual(seen.map((one) => ({ ...one, outcome: undisturbed })));
  });
}

/** How health tells of it, by the part. */
const toldBy: Record<Part, RegExp> = {
  "key service": /^(consent-gate|redactor|archiver): .*the key service is away/,
  "key store": /^(consent-gate|redactor|archiver): .*the key store is away/,
  archive: /^archiver: .*the archive is away/,
  "audit store": /^auditor: audit log: unavailable/,
  log: /^(consent-gate|redactor|archiver): .*append: the log is away/,
  "commits of the log": /^(consent-gate|redactor|archiver): .*commit: the commits of the log is away/,
  "reads of the log": /^(consent-gate|redactor|archiver): .*read [a-z.]+: the reads of the log is away/,
};

test.concurrent.each(parts)(
  "%s away for 2 s: health says so, all stay alive, and it is made good",
  async (part) => {
    const spoiler = new Spoiler(part, 0, "fails");
    await using d = await deployFaulty(spoiler);
    spoiler.downAfterSend();
    const sending = beginStory(d);
    await until("the part is away", async () => spoiler.isDown);
    const seen = new Set<string>();
    let isLive = true;
    for (const end = performance.now() + 2000; performance.now() < end; await sleep(20)) {
      const health = d.services.health();
      isLive &&= health.live;
      if (!health.ready) for (const reason of health.reasons) seen.add(reason);
    }
    spoiler.up();
    expect(isLive).toBe(true);
    expect([...seen].filter((reason) => toldBy[part].test(reason))).not.toEqual([]);
    await sending;
    await endStory(d);
    expect(await outcomeOf(d)).toEqual(undisturbed);
    await until("all is well again", async () => d.services.health().ready);
    expect(d.services.health().reasons).toEqual([]);
  },
);
