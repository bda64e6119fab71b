import type { Facts } from "@sotto/contracts";
import { expect, test } from "vitest";

import { decide, decisionFacts } from "../src/index.ts";
import {
  acknowledged,
  aFact,
  aFence,
  agent,
  agreed,
  aTurn,
  circumstances,
  customer,
  fold,
  goodChat,
  judged,
  minute,
  second,
  standingOf,
  start,
  started,
  told,
  token,
} from "./a-conversation.ts";

const withdrawn = (at: number, receivedAt = at) => agreed({ status: "withdrawn", at }, { receivedAt });
test.each([
  ["a no after the turn", [withdrawn(start + minute)], "discard CONSENT_WITHDRAWN"],
  [
    "a no, then a yes",
    [withdrawn(start + minute), agreed({ at: start + 2 * minute })],
    "admit ADMIT_CONSENT",
  ],
  [
    "a no, then a yes that says it was before",
    [withdrawn(start + minute), agreed({ at: start + second }, { receivedAt: start + 3 * minute })],
    "discard CONSENT_WITHDRAWN",
  ],
  [
    "a yes that came before the no and says it was after",
    [withdrawn(start + minute, start + 5 * minute), agreed({ at: start + 2 * minute })],
    "discard CONSENT_WITHDRAWN",
  ],
  ["a refusal", [agreed({ status: "refused", at: start + minute })], "discard CONSENT_REFUSED"],
  ["an objection", [agreed({ status: "objected", at: start + minute })], "discard OBJECTION_RECORDED"],
  [
    "a no that names nobody",
    [
      aFact("consent.recorded", {
        id: "k_x",
        purposes: ["transcription"],
        status: "refused",
        method: "spoken",
        at: start + minute,
        evidence: { kind: "event" },
        scope: "conversation",
      }),
    ],
    "discard CONSENT_REFUSED",
  ],
  [
    "a no to something else",
    [agreed({ status: "withdrawn", purposes: ["marketing"], at: start + minute })],
    "admit ADMIT_CONSENT",
  ],
  ["asked again, no answer", [agreed({ status: "pending", at: start + 6 * second })], "hold CONSENT_PENDING"],
] as const)("a yes answers a no only when later by both clocks: %s", (_title, more, expected) => {
  expect(judged(goodChat(...more), aTurn())).toBe(expected);
});

test("a no to one purpose takes that purpose away and no other", () => {
  const facts = decisionFacts(
    goodChat(agreed({ status: "withdrawn", purposes: ["analytics"], at: start + minute })),
    aTurn(),
    circumstances(),
  );
  expect(decide(facts).purpose_decisions).toEqual({
    transcription: "admit",
    qa_review: "admit",
    analytics: "deny",
  });
});

test("a standing yes counts for who bears its token, and for nobody else", () => {
  const c = fold(started(), told(), acknowledged());
  expect(judged(c, aTurn())).toBe("hold CONSENT_MISSING");
  expect(judged(c, aTurn(), { standing: [standingOf({})] })).toBe("admit ADMIT_CONSENT");
  expect(judged(c, aTurn(), { standing: [standingOf({ tokens: [token(7)] })] })).toBe("hold CONSENT_MISSING");
  expect(judged(c, aTurn(), { standing: [standingOf({}), standingOf({ status: "withdrawn" })] })).toBe(
    "discard CONSENT_WITHDRAWN",
  );
});

const again = agreed({ at: start + 2 * minute });
test.each([
  ["a withdrawal", {}, [], "discard CONSENT_WITHDRAWN"],
  ["a refusal", { kind: "refusal" }, [], "discard CONSENT_REFUSED"],
  ["an objection", { kind: "objection" }, [], "discard OBJECTION_RECORDED"],
  ["a restriction", { kind: "restriction" }, [], "hold PROCESSING_RESTRICTED"],
  ["a kill switch", { kind: "kill_switch", scope: {} }, [], "hold KILL_SWITCH"],
  ["an erasure", { kind: "erasure" }, [], "discard ERASED"],
  ["a withdrawal, answered", {}, [again], "admit ADMIT_CONSENT"],
  ["a restriction is not answered by a yes", { kind: "restriction" }, [again], "hold PROCESSING_RESTRICTED"],
  ["an erasure neither", { kind: "erasure" }, [again], "discard ERASED"],
  ["nor a kill switch", { kind: "kill_switch", scope: { line: "support" } }, [again], "hold KILL_SWITCH"],
  [
    "a withdrawal, answered by a yes that was received before it",
    { receivedAt: start + 3 * minute },
    [again],
    "discard CONSENT_WITHDRAWN",
  ],
  [
    "a withdrawal, answered by a yes that says it was before",
    {},
    [agreed({ at: start + 30 * second }, { receivedAt: start + 3 * minute })],
    "discard CONSENT_WITHDRAWN",
  ],
  [
    "a withdrawal, answered for one purpose",
    {},
    [agreed({ purposes: ["qa_review"], at: start + 2 * minute })],
    "discard CONSENT_WITHDRAWN",
  ],
  ["a withdrawal of something else", { purposes: ["marketing"] }, [], "admit ADMIT_CONSENT"],
  ["a person's withdrawal", { scope: { token: [token(1), token(5)] } }, [], "discard CONSENT_WITHDRAWN"],
  ["a person's withdrawal, answered", { scope: { token: [token(1)] } }, [again], "admit ADMIT_CONSENT"],
  [
    "a person's erasure from before",
    { kind: "erasure", scope: { token: [token(1)] }, receivedAt: start },
    [],
    "admit ADMIT_CONSENT",
  ],
  [
    "a person's erasure",
    { kind: "erasure", scope: { token: [token(1)] }, receivedAt: start + 1 },
    [],
    "discard ERASED",
  ],
  ["somebody else's withdrawal", { scope: { token: [token(5)] } }, [], "admit ADMIT_CONSENT"],
  ["another conversation's", { scope: { conversation: "c_2" } }, [], "admit ADMIT_CONSENT"],
  ["another tenant's", { tenant: "other" }, [], "admit ADMIT_CONSENT"],
  [
    "another line's kill switch",
    { kind: "kill_switch", scope: { line: "sales" } },
    [],
    "admit ADMIT_CONSENT",
  ],
] as const)("a fence stops what nothing answers: %s", (_title, over, more, expected) => {
  const fence = aFence(over as unknown as Parameters<typeof aFence>[0]);
  expect(judged(goodChat(...more), aTurn(), { fences: [fence] })).toBe(expected);
});

test("a fence of a record is answered by who said it; one that nobody can place, by every customer", () => {
  const son = customer({ id: "p_son", role: "third_party", tokens: [] });
  const parties = started({ parties: [customer(), son, agent()] });
  const both = [told(), told({ party: "p_son" }), agreed(), agreed({ party: "p_son" }), acknowledged()];
  const no = agreed({ party: "p_son", status: "withdrawn", at: start + minute });
  const fence = aFence();
  const cust = agreed({ at: start + 2 * minute });
  const sons = agreed({ party: "p_son", at: start + 2 * minute });
  const after = (...more: readonly Facts[]) =>
    judged(fold(parties, ...both, ...more), aTurn(), { fences: [fence] });
  expect(after(no, cust)).toBe("discard CONSENT_WITHDRAWN");
  expect(after(no, sons)).toBe("admit ADMIT_CONSENT");
  expect(after(sons)).toBe("discard CONSENT_WITHDRAWN");
  expect(after(sons, cust)).toBe("admit ADMIT_CONSENT");
});

test("a person who had not come yet can have answered nothing: their fence stops what was said before too", () => {
  const son = customer({ id: "p_son", role: "third_party", tokens: [token(2)] });
  const c = goodChat(aFact("party.joined", { at: start + minute, party: son }));
  expect(judged(c, aTurn())).toBe("admit ADMIT_CONSENT");
  expect(judged(c, aTurn(), { fences: [aFence({ scope: { token: [token(2)] } })] })).toBe(
    "discard CONSENT_WITHDRAWN",
  );
});
