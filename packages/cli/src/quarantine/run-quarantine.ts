import { requireAgreement, requireSomebody } from "../agree.ts";
import { openTrail } from "../audit-trail.ts";
import type { Given } from "../command.ts";
import { exit, UsageError, type ExitCode } from "../exit.ts";
import { ago, print, table, tell, type Io } from "../io.ts";
import { withPlatform } from "../with-platform.ts";
import { findAside, readShelf, type Aside, type QuarantinePlatform } from "./aside.ts";
import { drop, ordinalsOf, release, whyNot } from "./release.ts";

/** `sotto quarantine`, once its command line is read. */
export const runQuarantine = async (usage: string, given: Given, io: Io): Promise<ExitCode> => {
  const [action, origin] = given.positionals;
  if (action === "list" && origin === undefined)
    return withPlatform(io, (platform) => list(platform, given, io));
  const act = actions.get(action ?? "");
  if (act === undefined || origin === undefined) throw new UsageError(`Usage: ./sotto quarantine ${usage}`);
  if (action !== "show") requireSomebody(`quarantine ${action}`, given, io);
  return withPlatform(io, async (platform) => {
    const aside = findAside(await readShelf(platform), origin);
    return act(platform, aside, given, io);
  });
};

type Action = (platform: QuarantinePlatform, aside: Aside, given: Given, io: Io) => Promise<ExitCode>;

const list = async (platform: QuarantinePlatform, given: Given, io: Io): Promise<ExitCode> => {
  const shelf = await readShelf(platform);
  const reason = given.values.get("reason");
  const left = [...shelf.all.values()].filter(
    (aside) => shelf.fateOf(aside) === "left" && (reason === undefined || aside.reason === reason),
  );
  const now = platform.clock.now();
  if (given.json) print(io, JSON.stringify({ records: left.map((aside) => asJson(aside, now)) }));
  else if (left.length === 0)
    tell(io, reason === undefined ? "Nothing is in quarantine" : "Nothing of that reason");
  else
    for (const line of table([
      ["REASON", "ORIGIN", "TYPE", "CONVERSATION", "AGE"],
      ...left.map((a) => [a.reason, a.origin, a.type ?? "-", a.conversation ?? "-", ago(now - a.at)]),
    ]))
      print(io, line);
  return exit.ok;
};

const show: Action = async (platform, aside, given, io) => {
  const { conversation, origin } = aside;
  const trail = conversation === null ? null : await openTrail(platform, conversation);
  const ordinals = trail === null ? [] : ordinalsOf(trail.entries, origin);
  const why = whyNot(aside);
  const now = platform.clock.now();
  if (given.json) {
    print(io, JSON.stringify({ ...asJson(aside, now), ordinals, canBeReleased: why === null, why }));
    return exit.ok;
  }
  const rows = [
    ["reason", aside.reason],
    ["origin", origin],
    ["type", aside.type ?? "not known"],
    ["conversation", conversation ?? "not known"],
    ["tenant", aside.tenant ?? "not known"],
    ["turns", ordinals.length === 0 ? "none is known" : ordinals.join(", ")],
    ["put aside", `${new Date(aside.at).toISOString()} (${ago(now - aside.at)} ago)`],
    ["bytes, sealed", String(aside.bytes)],
    ["SHA-256", aside.digest],
    ["release", why === null ? "puts it back" : `refused: ${why}`],
  ];
  for (const line of table(rows)) print(io, line);
  return exit.ok;
};

const putBack: Action = async (platform, aside, given, io) => {
  const why = whyNot(aside);
  if (why === null) await requireAgreement(`Put ${aside.origin} (${aside.reason}) back?`, given, io);
  await release(platform, aside);
  if (given.json) print(io, JSON.stringify({ origin: aside.origin, state: "released" }));
  else print(io, `released ${aside.origin}`);
  return exit.ok;
};

const giveUp: Action = async (platform, aside, given, io) => {
  await requireAgreement(`Give ${aside.origin} (${aside.reason}) up for good?`, given, io);
  const ordinals = await drop(platform, aside);
  if (given.json) print(io, JSON.stringify({ origin: aside.origin, state: "dropped", ordinals }));
  else print(io, `dropped ${aside.origin}${ordinals.length > 0 ? `: turns ${ordinals.join(", ")}` : ""}`);
  return exit.ok;
};

const actions = new Map<string, Action>([
  ["show", show],
  ["release", putBack],
  ["drop", giveUp],
]);

/** Stable: what is here keeps its name and meaning. */
const asJson = (aside: Aside, now: number) => {
  const { origin, reason, type, conversation, tenant, digest, bytes, at } = aside;
  const ageSeconds = (now - at) / 1000;
  return {
    origin,
    reason,
    type,
    conversation,
    tenant,
    digest,
    bytes,
    at: new Date(at).toISOString(),
    ageSeconds,
  };
};
