import { expect } from "vitest";

import { encodeCbor, topics, type Fence } from "@sotto/contracts";
import { seal, yearOf } from "@sotto/envelope";
import { headerText, readLanded, type LogClient, type LogRecord } from "@sotto/stream";

import { aChat } from "./chat.ts";
import type { Changes, Deployment } from "./deployment.ts";
import { overLog } from "./over-log.ts";

export type Event = ReturnType<ReturnType<typeof aChat>["event"]>;

/** A chat of a person who is known by that number; `pre` sent, it waits in an open section. */
export const chatOf = (subject: string, phone: string | null, texts: readonly string[] = ["one", "two"]) => {
  const chat = aChat({ subject, texts });
  const [started, ...rest] = chat.opening() as [Event, ...Event[]];
  const data = started.data as { readonly parties: readonly object[] };
  const identifiers = phone === null ? [] : [{ kind: "phone", value: phone }];
  const parties = data.parties.map((party, n) => (n === 0 ? { ...party, identifiers } : party));
  return { ...chat, opening: () => [{ ...started, data: { ...data, parties } }, ...rest] };
};

/** A record that names a person and no conversation. */
export const standing = (status: string, seconds: number, phone: string, purposes?: readonly string[]) => {
  const chat = aChat({ subject: `standing-${status}-${seconds}` });
  const event = chat.consent(status, seconds, purposes ? { purposes } : {});
  const { party: _, ...data } = event.data as Record<string, unknown>;
  const { subject: _s, ...rest } = event;
  return { ...rest, data: { ...data, scope: "standing", subject: { kind: "phone", value: phone } } };
};

export const isTurn = (record: LogRecord): boolean =>
  headerText(record.headers, "ce_type") === "sotto.turn.added.v1" &&
  record.headers.some(([name]) => name === "admission");
export const admittedTurns = async (d: Deployment): Promise<LogRecord[]> =>
  (await d.records(topics.admitted.name)).filter(isTurn);
export const admitted = async (d: Deployment): Promise<number> => (await admittedTurns(d)).length;
export const send = async (d: Deployment, ...events: readonly object[]): Promise<void> => {
  const statuses = await d.send(events);
  expect(new Set(statuses)).toEqual(new Set([202]));
};
export const textsOf = async (d: Deployment): Promise<string[]> =>
  (await d.turns()).map(({ text }) => text ?? "").toSorted();
export const endsOf = async (d: Deployment): Promise<string[]> =>
  (await d.audit()).flatMap((e) =>
    e.type === "sotto.audit.turns.ended.v1" ? e.ends.map(({ end, reason }) => `${end} ${reason}`) : [],
  );

/** As an operator's command will put one there: sealed under the register key, by who may. */
export const setFence = async (
  d: Deployment,
  fence: Fence,
  scope: string,
): Promise<{ key: string; at: number }> => {
  const key = `${fence.tenant}/${scope}/${fence.id}`;
  const generation = yearOf(fence.receivedAt);
  const place = { tenant: fence.tenant, conversation: null, slot: "register", generation } as const;
  const register = await d.platform.keys("cli").toSeal(place);
  const value = seal(encodeCbor(fence), register, { ...place, kind: "fence", name: key, headers: null });
  const [ack] = await d.platform.log.append([{ topic: topics.fences.name, key, value, headers: [] }]);
  expect(ack?.ok).toBe(true);
  return { key, at: Date.now() };
};

export const killSwitch = (scope: Fence["scope"]): Fence => {
  const now = Date.now();
  return {
    v: 1,
    id: `f_kill_${now}`,
    kind: "kill_switch",
    tenant: "acme",
    scope,
    purposes: null,
    at: now,
    receivedAt: now,
  };
};

/** Held turns wait long enough for what these tests do to them. */
export const patient: NonNullable<Changes["policy"]> = (p) => ({
  ...p,
  timing: { ...p.timing, holdMs: 60_000 },
});

/** A log whose topic of fences stands still for everybody while `stalled`. */
export const stalling = () => {
  let release: (() => void) | null = null;
  let stalled: Promise<void> = Promise.resolve();
  const changes: Pick<Changes, "beneath"> = {
    beneath: (log: LogClient) =>
      overLog(log, {
        ends: async (topic) => {
          if (topic === topics.fences.name) await stalled;
          return log.ends(topic);
        },
        follow: async function* (topic, partition, from, signal) {
          for await (const records of log.follow(topic, partition, from, signal)) {
            if (topic === topics.fences.name) await stalled;
            yield records;
          }
        },
      }),
  };
  return {
    changes,
    stall: () => {
      stalled = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release?.(),
    /** To be had after the deployment: it cannot be stopped while something in it stands still. */
    inTheEnd: () => ({ [Symbol.dispose]: () => release?.() }),
  };
};

/** Turns that were let through, and documents that landed, with the log's time. */
export const moves = async (
  d: Deployment,
): Promise<{ readonly what: string; readonly at: number; readonly conversation: string | null }[]> => {
  const turns = (await admittedTurns(d)).map((r) => ({
    what: "admitted",
    at: r.timestamp,
    conversation: r.key,
  }));
  const landed = [];
  for (const record of await d.records(topics.landed.name)) {
    const said = await readLanded(d.platform.keys("cli"), record);
    if (said.object !== null) landed.push({ what: "landed", at: record.timestamp, conversation: record.key });
  }
  return [...turns, ...landed];
};

/** Two seconds are until the last append is begun; it takes its own time on a busy machine. */
export const oneAppendMs = 200;
