import { expect, test } from "vitest";

import { bundledFiles, parsePolicy } from "../src/index.ts";
import {
  acknowledged,
  agent,
  agreed,
  aTurn,
  customer,
  fold,
  judged,
  started,
  told,
} from "./a-conversation.ts";

const heard = (over: Parameters<typeof told>[0], parties = [customer(), agent()]) =>
  fold(started({ parties }), told(over), agreed(), acknowledged());
test.each([
  ["cut off", heard({ completed: false }), "hold INFO_DUTY_NOT_MET"],
  ["to somebody else", heard({ party: "p_agent" }), "hold INFO_DUTY_NOT_MET"],
  [
    "unknown to policy",
    heard({ notice: { id: "flyer", version: "1", language: "en" } }),
    "hold INFO_DUTY_NOT_MET",
  ],
  [
    "of an unknown version",
    heard({ notice: { id: "chat-privacy", version: "9", language: "en" } }),
    "hold INFO_DUTY_NOT_MET",
  ],
  [
    "no longer valid",
    heard({ notice: { id: "chat-privacy", version: "2", language: "en" } }),
    "hold INFO_DUTY_NOT_MET",
  ],
  [
    "in another language",
    heard({ notice: { id: "chat-privacy", version: "3", language: "de-AT" } }),
    "hold NOTICE_LANGUAGE",
  ],
  [
    "in no language, to one who speaks one",
    heard({ notice: { id: "chat-privacy", version: "3" } }),
    "hold NOTICE_LANGUAGE",
  ],
  [
    "in the language of the line, to one of whom nobody knows",
    heard({}, [agent(), customer({ language: undefined } as never)]),
    "admit ADMIT_CONSENT",
  ],
] as const)(
  "a notice counts when it is known, valid, heard to the end and understood: %s",
  (_title, c, expected) => {
    expect(judged(c, aTurn())).toBe(expected);
  },
);

test("of a notice in one language nobody needs to say in which", () => {
  const { notices } = bundledFiles.notices;
  const chat = {
    ...notices["chat-privacy"],
    versions: { "3": { ...notices["chat-privacy"].versions["3"], languages: ["en"] } },
  };
  const policy = parsePolicy({
    ...bundledFiles,
    notices: { notices: { ...notices, "chat-privacy": { ...chat, current: "3", minValid: "3" } } },
  });
  expect(judged(heard({ notice: { id: "chat-privacy", version: "3" } }), aTurn(), { policy })).toBe(
    "admit ADMIT_CONSENT",
  );
});

test("a yes holds under the notice it names, else the last one heard; without any it is nobody's informed yes", () => {
  const saying = (over: Parameters<typeof agreed>[0], told_ = [told()]) =>
    fold(
      started({ parties: [customer({ jurisdiction: "US-NY" }), agent()] }),
      ...told_,
      agreed(over),
      acknowledged(),
    );
  const inNewYork = (c: ReturnType<typeof saying>) => judged(c, aTurn());
  expect(inNewYork(saying({ notice: { id: "chat-privacy", version: "2" } }))).toBe("hold RECONSENT_REQUIRED");
  expect(inNewYork(saying({ notice: { id: "flyer", version: "1" } }))).toBe("hold RECONSENT_REQUIRED");
  expect(inNewYork(saying({ notice: undefined as never }))).toBe("admit ADMIT_CONSENT");
  const american = { parties: [customer({ jurisdiction: "US-NY" }), agent({ jurisdiction: "US-NY" })] };
  expect(
    judged(fold(started(american), agreed({ notice: undefined as never }), acknowledged()), aTurn()),
  ).toBe("hold RECONSENT_REQUIRED");
});
