import type { Fence } from "@sotto/contracts";

import { customersToken, type Chat, type Event } from "./events.ts";
import { start } from "./lab.ts";

/** What happens, and when (seconds after the start): an event or a tick is appended, a fence set or lifted, or a crash. */
export type Step = readonly [
  at: number,
  what: Event | "tick" | "restart" | "lift" | { readonly fence: Partial<Fence> },
];

export const s = (seconds: number): number => start + seconds * 1000;
const opening = (chat: Chat): Step[] => [
  [1, chat.started()],
  [2, chat.told()],
  [3, chat.acknowledged()],
];
const yes = (chat: Chat, at = 5) => chat.consent({ at: s(at) });
const sent = (...turns: number[]) => turns.map((n) => `sent turn ${n}`);
const context = ["conversation.started", "notice.delivered", "consent.recorded", "consent.recorded"].map(
  (k) => `sent ${k}`,
);
const admitted = "told transcription admit ADMIT_CONSENT from";
const missing = "told transcription hold CONSENT_MISSING from";

/** The transcription purpose and the turns, told as they come out of the gate. */
export const stories: [name: string, steps: (chat: Chat) => Step[], expected: string[]][] = [
  [
    "everybody agreed before a word was said: the first turn makes the grant, behind it goes all that was known",
    (chat) => [...opening(chat), [6, yes(chat)], [10, chat.turn("t1", s(9))], [12, chat.turn("t2", s(11))]],
    [`${admitted} 1`, "grant from 1", ...context, ...sent(1), ...sent(2)],
  ],
  [
    "nobody says anything of consent: the turn waits its whole time, and nothing of the conversation leaves",
    (chat) => [...opening(chat), [10, chat.turn("t1", s(9))], [129, "tick"], [130, "tick"], [131, "tick"]],
    [`${missing} 1`, "expired 1 CONSENT_MISSING", "ended 1 discarded CONSENT_MISSING"],
  ],
  [
    "the yes comes while two turns wait: both go out in order, judged once",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [12, chat.turn("t2", s(11))],
      [20, yes(chat, 15)],
      [21, "tick"],
    ],
    [`${missing} 1`, `${admitted} 1`, "grant from 1", ...context, ...sent(1, 2)],
  ],
  [
    "the record of an early yes arrives out of order, behind the turn it is for",
    (chat) => [...opening(chat), [10, chat.turn("t1", s(9))], [14, yes(chat, 5)]],
    [`${missing} 1`, `${admitted} 1`, "grant from 1", ...context, ...sent(1)],
  ],
  [
    "a yes that comes later than policy lets it count does not reach back, but holds from then on",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [1000, yes(chat, 950)],
      [1010, chat.turn("t2", s(1005))],
    ],
    [
      `${missing} 1`,
      "expired 1 CONSENT_MISSING",
      "ended 1 discarded CONSENT_MISSING",
      `${admitted} 2`,
      "grant from 2",
      ...context,
      ...sent(2),
    ],
  ],
  [
    "somebody refuses: the turn lingers for a record that may still come, then it is discarded",
    (chat) => [
      ...opening(chat),
      [6, chat.consent({ at: s(5), status: "refused" })],
      [10, chat.turn("t1", s(9))],
      [19, "tick"],
      [20, "tick"],
    ],
    ["told transcription discard CONSENT_REFUSED from 1", "ended 1 discarded CONSENT_REFUSED"],
  ],
  [
    "somebody withdraws and agrees again: what was said between the two stays out, what comes after goes on",
    (chat) => [
      ...opening(chat),
      [6, yes(chat)],
      [10, chat.turn("t1", s(9))],
      [20, { fence: { at: s(20), receivedAt: s(20) } }],
      [20, chat.consent({ at: s(20), status: "withdrawn" })],
      [25, chat.turn("t2", s(24))],
      [36, "tick"],
      [40, chat.consent({ at: s(40) })],
      [45, chat.turn("t3", s(44))],
    ],
    [
      `${admitted} 1`,
      "grant from 1",
      ...context,
      ...sent(1),
      "sent consent.recorded",
      "told transcription discard CONSENT_WITHDRAWN from 2",
      "ended 2 discarded CONSENT_WITHDRAWN",
      "sent consent.recorded",
      `${admitted} 3`,
      "grant from 3",
      ...sent(3),
    ],
  ],
  [
    "a kill switch holds what comes, and lets it go on when it is lifted",
    (chat) => [
      ...opening(chat),
      [6, yes(chat)],
      [7, { fence: { kind: "kill_switch", scope: {} } }],
      [10, chat.turn("t1", s(9))],
      [60, "tick"],
      [61, "lift"],
      [62, "tick"],
    ],
    ["told transcription hold KILL_SWITCH from 1", `${admitted} 1`, "grant from 1", ...context, ...sent(1)],
  ],
  [
    "a restriction of one person holds the conversation that the person is in until the deadline",
    (chat) => [
      ...opening(chat),
      [6, yes(chat)],
      [7, { fence: { kind: "restriction", scope: { token: [customersToken] } } }],
      [10, chat.turn("t1", s(9))],
      [60, "tick"],
      [130, "tick"],
    ],
    [
      "told transcription hold PROCESSING_RESTRICTED from 1",
      "expired 1 PROCESSING_RESTRICTED",
      "ended 1 discarded PROCESSING_RESTRICTED",
    ],
  ],
  [
    "a conversation is erased while a turn waits: it ends as erased",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [12, { fence: { kind: "erasure", at: s(12), receivedAt: s(12) } }],
      [13, "tick"],
      [20, "tick"],
    ],
    [`${missing} 1`, "told transcription discard ERASED from 1", "ended 1 erased ERASED"],
  ],
  [
    "turns come before the start, and the start in time: they go on",
    (chat) => [[1, chat.turn("t1", s(9))], [5, "tick"], ...opening(chat), [6, yes(chat)]],
    [
      "told transcription hold INFO_DUTY_NOT_MET from 1",
      `${missing} 1`,
      `${admitted} 1`,
      "grant from 1",
      ...context,
      ...sent(1),
    ],
  ],
  [
    "turns come and the start never does: they are put aside",
    (chat) => [
      [1, chat.turn("t1", s(0))],
      [2, chat.told()],
      [30, "tick"],
      [31, "tick"],
      [32, "tick"],
    ],
    ["quarantined 1 NOT_STARTED", "aside NOT_STARTED"],
  ],
  [
    "a waiting turn is edited, and edited again: only the last words go on",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [11, chat.replaced("t1", "t1", s(10))],
      [12, chat.replaced("t1", "t1", s(11))],
      [20, yes(chat)],
    ],
    [
      `${missing} 1`,
      "ended 1 replaced REPLACED",
      "ended 2 replaced REPLACED",
      `${admitted} 3`,
      "grant from 3",
      ...context,
      ...sent(3),
    ],
  ],
  [
    "a waiting turn is taken back, and one that was erased at its source: neither goes on",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [10, chat.turn("t2", s(9))],
      [11, chat.removed("t1", s(10))],
      [12, chat.removed("t2", s(10), "erased_by_source")],
      [20, yes(chat)],
    ],
    [`${missing} 1`, "ended 1 removed RETRACTED", "ended 2 removed ERASED_BY_SOURCE"],
  ],
  [
    "somebody pays in the middle: what is said in the pause ends, what comes after goes on under the same grant",
    (chat) => [
      ...opening(chat),
      [6, yes(chat)],
      [10, chat.turn("t1", s(9))],
      [11, chat.paused(s(11))],
      [13, chat.turn("t2", s(12))],
      [15, chat.paused(s(14), "resumed")],
      [17, chat.turn("t3", s(16))],
      [23, "tick"],
    ],
    [
      `${admitted} 1`,
      "grant from 1",
      ...context,
      ...sent(1),
      "sent capture.changed",
      "told transcription discard CAPTURE_PAUSED from 2",
      "sent capture.changed",
      `${admitted} 3`,
      ...sent(3),
      "ended 2 discarded CAPTURE_PAUSED",
    ],
  ],
  [
    "the process dies while a turn waits: who takes over knows all of it and lets the turn go on",
    (chat) => [
      ...opening(chat),
      [10, chat.turn("t1", s(9))],
      [11, "restart"],
      [12, "tick"],
      [20, yes(chat)],
      [21, "restart"],
      [22, chat.turn("t2", s(21))],
    ],
    [`${missing} 1`, `${admitted} 1`, "grant from 1", ...context, ...sent(1), ...sent(2)],
  ],
];
