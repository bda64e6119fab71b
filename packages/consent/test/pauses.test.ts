import { expect, test } from "vitest";

import { decisionFacts } from "../src/index.ts";
import {
  aFact,
  aTurn,
  circumstances,
  goodCall,
  goodChat,
  judged,
  minute,
  second,
  spoken,
  start,
} from "./a-conversation.ts";

const capture = (
  at: number,
  state: "started" | "paused" | "resumed" | "stopped",
  reason?: "payment" | "operator" | "hold",
  media: "audio" | "text" = "audio",
  leg?: string,
) =>
  aFact("capture.changed", {
    at: start + at,
    media,
    state,
    ...(reason ? { reason } : {}),
    ...(leg ? { leg } : {}),
  });

test("what is said while somebody pays is never admitted, up to the moment it ends", () => {
  const c = goodCall(capture(20 * second, "paused", "payment"), capture(40 * second, "resumed"));
  const at = (ms: number, endAt?: number) =>
    judged(c, spoken({ startAt: start + ms, endAt: endAt && start + endAt }));
  expect(at(19 * second)).toBe("admit ADMIT_CONSENT");
  expect(at(19 * second, 20 * second)).toBe("discard CAPTURE_PAUSED");
  expect(at(30 * second)).toBe("discard CAPTURE_PAUSED");
  expect(at(40 * second)).toBe("admit ADMIT_CONSENT");
  expect(
    judged(goodChat(capture(second, "paused", "payment", "text")), aTurn({ startAt: start + 60 * minute })),
  ).toBe("discard CAPTURE_PAUSED");
  expect(
    judged(
      goodChat(
        capture(second, "paused", "payment", "text"),
        capture(2 * second, "resumed", undefined, "audio"),
      ),
      aTurn(),
    ),
  ).toBe("discard CAPTURE_PAUSED");
});

test("a pause of one leg ends with capture of that leg", () => {
  const c = goodCall(
    capture(second, "paused", "payment", "audio", "l_1"),
    capture(2 * second, "started", undefined, "audio", "l_2"),
    capture(30 * second, "resumed", undefined, "audio", "l_1"),
  );
  expect(judged(c, spoken({ startAt: start + 20 * second }))).toBe("discard CAPTURE_PAUSED");
  expect(judged(c, spoken({ startAt: start + 30 * second }))).toBe("admit ADMIT_CONSENT");
});

test("words that a recogniser heard while sound was switched off should not exist", () => {
  const off = goodCall(capture(6 * second, "stopped"));
  expect(judged(off, spoken())).toBe("discard CAPTURE_PAUSED");
  expect(judged(goodCall(capture(6 * second, "paused", "operator")), spoken())).toBe(
    "discard CAPTURE_PAUSED",
  );
  expect(judged(goodCall(capture(6 * second, "paused")), spoken())).toBe("discard CAPTURE_PAUSED");
  expect(judged(goodCall(capture(6 * second, "paused", "hold")), spoken())).toBe("admit ADMIT_CONSENT");
  expect(judged(off, aTurn())).toBe("admit ADMIT_CONSENT");
});

test("what is typed beside a running recording was captured too", () => {
  const typed = (c: ReturnType<typeof goodCall>) =>
    decisionFacts(c, aTurn(), circumstances()).interaction.capture.state;
  expect([
    typed(goodCall()),
    typed(goodCall(capture(second, "started"))),
    typed(goodCall(capture(second, "started"), capture(2 * second, "stopped"))),
  ]).toEqual(["not_started", "recorded", "not_started"]);
});
