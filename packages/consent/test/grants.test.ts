import { grant as grantSchema } from "@sotto/contracts";
import { expect, test } from "vitest";

import {
  bundledFiles,
  decide,
  decisionFacts,
  FenceIndex,
  grantOf,
  parsePolicy,
  sameGrant,
  stopped,
  type Circumstances,
  type Conversation,
} from "../src/index.ts";
import {
  acknowledged,
  aFact,
  aFence,
  agreed,
  aTurn,
  circumstances,
  fold,
  goodChat,
  minute,
  second,
  standingOf,
  start,
  started,
  token,
  told,
} from "./a-conversation.ts";

const granted = (c: Conversation, turn = aTurn(), over: Partial<Circumstances> = {}, from = 1) => {
  const o = circumstances(over);
  const facts = decisionFacts(c, turn, o);
  return grantOf(c, decide(facts, o.policy), facts, {
    from,
    at: o.now,
    day: 20_261_121,
    policy: o.policy,
    fences: o.fences,
  });
};

test("says what was admitted, why, and on what it stands", () => {
  const grant = granted(goodChat(agreed({ purposes: ["marketing"], at: start + 6 * second })));
  expect(grantSchema.parse(grant)).toEqual(grant);
  expect(grant.purposes.map(({ purpose, reason }) => `${purpose} ${reason}`)).toEqual([
    "transcription ADMIT_CONSENT",
    "qa_review ADMIT_CONSENT",
    "analytics ADMIT_CONSENT",
  ]);
  expect(grant.consents.map(({ method }) => method).toSorted()).toEqual(["chat_button", "policy_ack"]);
  expect([grant.line, grant.source, grant.startedAt, grant.tokens]).toEqual([
    "support",
    "/test/acme",
    start,
    [token(1)],
  ]);
  expect(grant.rules).toContain("place/GB");
});

test("leaves out the purposes that were not admitted, and refuses to be made of none", () => {
  const c = goodChat(agreed({ status: "withdrawn", purposes: ["analytics"], at: start + minute }));
  expect(granted(c).purposes.map(({ purpose }) => purpose)).toEqual(["transcription", "qa_review"]);
  expect(() => granted(fold(started()))).toThrow("Nothing of conversation c_1 was admitted");
});

test("the same question gives the same grant, with the same id", () => {
  expect(granted(goodChat())).toMatchObject({ purposes: granted(goodChat()).purposes });
  const c = goodChat();
  expect(granted(c)).toEqual(granted(c));
  expect(granted(c, aTurn(), {}, 2).id).not.toBe(granted(c).id);
});

test("two grants are the same when they say the same, wherever they begin", () => {
  const c = goodChat();
  const first = granted(c);
  expect(
    sameGrant(first, granted(c, aTurn({ startAt: start + minute }), { now: start + 5 * minute }, 7)),
  ).toBe(true);
  expect(
    sameGrant(
      first,
      granted(goodChat(agreed({ status: "withdrawn", purposes: ["analytics"], at: start + minute }))),
    ),
  ).toBe(false);
  expect(sameGrant(first, { ...first, tokens: [...first.tokens, token(2)] })).toBe(false);
  expect(sameGrant(first, { ...first, fences: ["f_1"] })).toBe(false);
});

test("names the fences it answers, and no other", () => {
  const answered = aFence();
  const elsewhere = aFence({ purposes: ["marketing"] });
  const c = goodChat(agreed({ at: start + 2 * minute }));
  const fences = [answered, elsewhere];
  const grant = granted(c, aTurn(), { fences });
  expect(grant.fences).toEqual([answered.id]);
  const index = new FenceIndex();
  for (const fence of fences) index.set(fence.id, fence);
  expect(stopped(grant, index).size).toBe(0);
});

test("holds standing consents and bases too", () => {
  const c = fold(started(), told(), acknowledged());
  const standing = standingOf({});
  expect(granted(c, aTurn(), { standing: [standing] }).consents).toContainEqual(standing.consent);
});

test("a conversation whose start is not known started when it was granted", () => {
  const c = fold(
    told(),
    agreed(),
    aFact("party.joined", {
      at: start,
      party: { id: "p_cust", role: "customer", jurisdiction: "GB", tokens: [] },
    }),
  );
  expect(granted(c).startedAt).toBe(start + 60 * minute);
});

test("holds the bases that carry it: everybody's, and one party's", () => {
  const support = {
    ...bundledFiles.lines.lines.support,
    profile: "statutory",
    purposes: ["transcription", "qa_review"],
  };
  const policy = parsePolicy({ ...bundledFiles, lines: { lines: { support } } });
  const interest = { basis: "legitimate_interest", documented: true, optOutOffered: true };
  const bases = [
    { purpose: "transcription", ...interest },
    { purpose: "qa_review", party: "p_cust", ...interest },
  ];
  const grant = granted(fold(started({ bases }), told(), acknowledged()), aTurn(), { policy });
  expect(grant.bases).toEqual([
    { purpose: "transcription", basis: "legitimate_interest" },
    { purpose: "qa_review", party: "p_cust", basis: "legitimate_interest" },
  ]);
});

test("facts that came from elsewhere give a grant of the conversation's line, without records", () => {
  const c = goodChat();
  const o = circumstances();
  const { records: _records, line: _line, ...facts } = decisionFacts(c, aTurn(), o);
  const grant = grantOf(c, decide(facts, o.policy), facts, {
    from: 1,
    at: o.now,
    day: 20_261_121,
    policy: o.policy,
    fences: [],
  });
  expect([grant.line, grant.consents]).toEqual(["support", []]);
});
