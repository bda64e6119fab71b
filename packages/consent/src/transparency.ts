import { requirementOf } from "./demands.ts";
import type { Scene } from "./scene.ts";
import { object, type Tally } from "./tally.ts";

/** What people must have been told, before anybody listens: that a machine talks, who does what, in words they know. */
export const askTransparency = (scene: Scene, purpose: string, tally: Tally): void => {
  const informed = scene.places.some((place) => place.infoDuty);
  const { capturedAt } = scene;
  for (const { noticeAt } of informed ? scene.customers : []) {
    const told = noticeAt !== null && noticeAt <= scene.at;
    if (capturedAt !== null && (!told || noticeAt > capturedAt)) object(tally, "INFO_DUTY_NOT_MET@discard");
    else if (!told) object(tally, "INFO_DUTY_NOT_MET");
  }
  if (!informed && !scene.explicit && !reliesOnCustomers(scene, purpose)) return;
  if (scene.customers.some(({ party }) => party.notice?.language_ok === false))
    object(tally, "NOTICE_LANGUAGE");
};

/** One party's consent may be the agent's: then no customer has to understand anything. */
const reliesOnCustomers = (scene: Scene, purpose: string): boolean =>
  scene.places.some((place) => requirementOf(scene, place, purpose) !== "one-party");

/** Regulation (EU) 2024/1689 Art. 50(1), from the day that the place names. Holds for talk without personal data too. */
export const askMachine = (scene: Scene, tally: Tally): void => {
  const { ai_agent, ai_disclosed } = scene.facts.interaction;
  if (ai_agent !== true || ai_disclosed === true) return;
  for (const { aiDisclosureFrom } of scene.places) {
    if (aiDisclosureFrom !== undefined && Date.parse(aiDisclosureFrom) <= scene.at) {
      object(tally, "AI_DISCLOSURE_MISSING");
    }
  }
};
