import { setTimeout as pause } from "node:timers/promises";

import { CommandError, exit } from "./exit.ts";

/** What the door said of one event. */
export type Answer =
  | { readonly conversation: string | null; readonly id: string }
  | { readonly refused: string; readonly fields: readonly string[] };

const patienceMs = 60_000;
const mostTries = 6;

/**
 * Posts events as one batch; one answer each, in order. Events that the door cannot keep now (429, 503) are sent again
 * as it asks, the same ids and the same data. Throws CommandError: the credential is not valid (3), nothing answers or
 * the door stays overloaded (7), it answers what no door would (1).
 */
export const postEvents = async (
  to: { readonly url: string; readonly credential: string },
  events: readonly unknown[],
): Promise<Answer[]> => {
  const answers: (Answer | null)[] = events.map(() => null);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const open = events.map((event, n) => ({ event, n })).filter(({ n }) => answers[n] === null);
    const { items, waitMs } = await post(
      to,
      open.map(({ event }) => event),
    );
    for (const [at, { n }] of open.entries()) answers[n] = items[at] ?? null;
    const done = answers.filter((answer) => answer !== null);
    if (done.length === events.length) return done;
    await pause(Math.min(waitMs, patienceMs));
  }
  throw new CommandError(exit.unavailable, "The door cannot take events now; send the same again later");
};

interface Posted {
  /** null: not kept now. */
  readonly items: readonly (Answer | null)[];
  readonly waitMs: number;
}

const post = async (
  to: { readonly url: string; readonly credential: string },
  events: readonly unknown[],
): Promise<Posted> => {
  const response = await fetch(new URL("/v1/events", to.url), {
    method: "POST",
    headers: {
      "content-type": "application/cloudevents-batch+json",
      authorization: `Bearer ${to.credential}`,
    },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(patienceMs),
  }).catch(() => {
    throw new CommandError(exit.unavailable, `Nothing answers at ${to.url}: is ./sotto up running?`);
  });
  const waitMs = 1000 * (Number(response.headers.get("retry-after")) || 1);
  const body: unknown = await response.json().catch(() => null);
  if (Array.isArray(body) && body.length === events.length) return { items: body.map(answerOf), waitMs };
  if (response.status === 401) {
    throw new CommandError(
      exit.refused,
      "The door does not know this credential (see ./sotto source --help)",
    );
  }
  if (isBusy(response.status)) return { items: events.map(() => null), waitMs };
  const refused = answerOf({ status: response.status, problem: body });
  return { items: events.map(() => refused), waitMs };
};

const isBusy = (status: unknown): boolean => status === 429 || status === 503;

const answerOf = (item: unknown): Answer | null => {
  const { status, conversation, id, problem } = asRecord(item);
  if (status === 202 && typeof id === "string") {
    return { conversation: typeof conversation === "string" ? conversation : null, id };
  }
  if (isBusy(status)) return null;
  const { reason, errors } = asRecord(problem);
  const pointers = (Array.isArray(errors) ? errors : []).map((error) => asRecord(error)["pointer"]);
  return {
    refused: typeof reason === "string" ? reason : `HTTP_${String(status)}`,
    fields: pointers.filter((pointer) => typeof pointer === "string"),
  };
};

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
