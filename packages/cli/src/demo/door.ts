import type { SentEvent } from "./scenario.ts";

export interface Sent {
  accepted: number;
  readonly refused: Map<string, number>;
  /** Conversation id by the platform's own id. */
  readonly conversations: Map<string, string>;
}

interface BatchItem {
  readonly status: number;
  readonly conversation?: string;
  readonly problem?: { readonly type?: string; readonly reason?: string };
}

const perBatch = 100;

/** Posts events to the door in batches; each conversation's in order. */
export const sendAll = async (
  url: string,
  credential: string,
  events: readonly SentEvent[],
  sent: Sent,
  progress: (done: number) => void,
): Promise<void> => {
  for (let from = 0; from < events.length; from += perBatch) {
    const batch = events.slice(from, from + perBatch);
    const answer = await fetch(`${url}/v1/events`, {
      method: "POST",
      headers: {
        "content-type": "application/cloudevents-batch+json",
        authorization: `Bearer ${credential}`,
      },
      body: JSON.stringify(batch),
    });
    const items = (await answer.json()) as readonly BatchItem[] | { readonly title?: string };
    if (!Array.isArray(items)) throw new Error(`The door answered ${answer.status} to a batch`);
    for (const [i, item] of (items as readonly BatchItem[]).entries()) note(sent, batch[i], item);
    progress(batch.length);
  }
};

const note = (sent: Sent, event: SentEvent | undefined, item: BatchItem): void => {
  if (item.status === 202) {
    sent.accepted += 1;
    if (event && item.conversation) sent.conversations.set(event.subject, item.conversation);
    return;
  }
  const reason = item.problem?.reason ?? String(item.status);
  sent.refused.set(reason, (sent.refused.get(reason) ?? 0) + 1);
};

/** Posts one body as it is and answers the problem's reason; null when it was accepted. */
export const tryDoor = async (url: string, credential: string, body: string): Promise<string | null> => {
  const answer = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/cloudevents+json", authorization: `Bearer ${credential}` },
    body,
  });
  if (answer.status === 202) return null;
  const problem = (await answer.json()) as { readonly reason?: string };
  return problem.reason ?? String(answer.status);
};
