import type { Facts } from "@sotto/contracts";
import { expect, test } from "vitest";

import { bundledFiles, decisionFacts, parsePolicy } from "../src/index.ts";
import {
  acknowledged,
  agent,
  agreed,
  aTurn,
  circumstances,
  fold,
  goodCall,
  goodChat,
  judged,
  spoken,
  started,
  told,
} from "./a-conversation.ts";

test.each([
  ["named in the notice", spoken(), "admit ADMIT_CONSENT"],
  ["one of its engines", spoken({ engine: { id: "contact-lens" } }), "admit ADMIT_CONSENT"],
  ["in the house", spoken({ engine: { id: "in-house" } }), "admit ADMIT_CONSENT"],
  ["not told", spoken({ engine: undefined }), "admit ADMIT_CONSENT"],
  [
    "not named in the notice",
    spoken({ engine: { id: "eavesdrop-ai" } }),
    "discard PROCESSOR_CAPTURED_UNDISCLOSED",
  ],
  [
    "unknown to the register",
    spoken({ engine: { id: "mystery" } }),
    "discard PROCESSOR_CAPTURED_UNDISCLOSED",
  ],
  [
    "a name that every object knows",
    spoken({ engine: { id: "constructor" } }),
    "discard PROCESSOR_CAPTURED_UNDISCLOSED",
  ],
  [
    "translated by",
    aTurn({ origin: "translated", engine: { id: "mystery" } }),
    "discard PROCESSOR_CAPTURED_UNDISCLOSED",
  ],
  ["typed, whatever the engine", aTurn({ engine: { id: "mystery" } }), "admit ADMIT_CONSENT"],
] as const)("whose recogniser made the text is a processor: %s", (_title, turn, expected) => {
  expect(judged(goodCall(), turn)).toBe(expected);
});

test("processors that the conversation or the line names are asked like any other", () => {
  const naming = (processors: string[]) => fold(started({ processors }), told(), agreed(), acknowledged());
  expect(judged(naming(["amazon-transcribe"]), aTurn())).toBe("admit ADMIT_CONSENT");
  expect(judged(naming(["genesys-transcription"]), aTurn())).toBe("hold PROCESSOR_NOT_DISCLOSED");
  const support = { ...bundledFiles.lines.lines.support, processors: ["genesys-transcription"] };
  expect(
    judged(goodChat(), aTurn(), { policy: parsePolicy({ ...bundledFiles, lines: { lines: { support } } }) }),
  ).toBe("hold PROCESSOR_NOT_DISCLOSED");
});

test("a recogniser of a vendor that is registered for something else is one of transcription all the same", () => {
  const { processors } = bundledFiles.processors;
  const analytic = { ...processors.deepgram, purposes: ["analytics"] };
  const policy = parsePolicy({
    ...bundledFiles,
    processors: { ...bundledFiles.processors, processors: { ...processors, deepgram: analytic } },
  });
  const facts = decisionFacts(goodCall(), spoken({ engine: { id: "deepgram" } }), circumstances({ policy }));
  expect(facts.processors.map(({ purposes }) => purposes)).toEqual([["analytics", "transcription"]]);
});

test("among staff, staff has to be told of a processor", () => {
  const parties = [agent(), agent({ id: "p_other" })];
  const call = (...more: readonly Facts[]) =>
    fold(
      started({ channel: "voice", direction: "internal", parties }),
      acknowledged(),
      acknowledged({ party: "p_other" }),
      ...more,
    );
  const to = (party: string) => told({ party, notice: { id: "staff-policy", version: "2", language: "en" } });
  expect(judged(call(), spoken({ party: "p_agent" }))).toBe("discard PROCESSOR_CAPTURED_UNDISCLOSED");
  expect(judged(call(to("p_agent"), to("p_other")), spoken({ party: "p_agent" }))).toBe(
    "admit ADMIT_CONSENT",
  );
});
