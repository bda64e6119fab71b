import { consentFacts, parseInstant } from "@sotto/contracts";
import type { Platform } from "@sotto/service";

import type { Given } from "../command.ts";
import { CommandError, exit, UsageError, type ExitCode } from "../exit.ts";
import { findConversation } from "../find-conversation.ts";
import { print, table, tell, type Io } from "../io.ts";
import { requireTenant } from "../tenant.ts";
import { withPlatform } from "../with-platform.ts";
import { listConversation, listSubject, type OnRecord } from "./list.ts";
import { recordConsent, type About, type Saying } from "./record.ts";
import { readSubject, tokenOf, type Subject } from "./subject.ts";

/** `sotto consent`, once its command line is read. */
export const runConsent = async (usage: string, given: Given, io: Io): Promise<ExitCode> => {
  const [action] = given.positionals;
  const { values } = given;
  const isKnown = action === "record" || action === "list";
  if (!isKnown || values.has("conversation") === values.has("subject"))
    throw new UsageError(`Usage: ./sotto consent ${usage}`);
  const said = values.get("subject");
  const subject = said === undefined ? null : await readSubject(said, io);
  return withPlatform(io, (platform) =>
    action === "record" ? record(platform, subject, given, io) : list(platform, subject, given, io),
  );
};

const record = async (
  platform: Platform,
  subject: Subject | null,
  given: Given,
  io: Io,
): Promise<ExitCode> => {
  const saying = sayingOf(platform, given);
  if (saying.status === "given" && saying.evidence === undefined)
    throw new UsageError("A yes by hand needs --evidence, the digest of what proves it");
  if (saying.status === "given" && subject === null)
    throw new CommandError(
      exit.refused,
      "A conversation's own yes comes with the conversation, in order with its turns; by hand only --subject can say yes",
    );
  const about = await aboutOf(platform, subject, given);
  const { record: id, fence } = await recordConsent(platform, about, saying);
  const { status, purposes } = saying;
  if (given.json) {
    const conversation = "conversation" in about ? about.conversation : null;
    const { tenant } = about;
    print(
      io,
      JSON.stringify({ record: id, fence: fence?.id ?? null, status, purposes, tenant, conversation }),
    );
  } else print(io, `recorded ${id}: ${status}, ${purposes.join(", ")}`);
  if (fence)
    tell(io, `Fence ${fence.id} is in force everywhere within ${platform.policy.timing.freshMs / 1000} s`);
  return exit.ok;
};

const aboutOf = async (platform: Platform, subject: Subject | null, given: Given): Promise<About> => {
  if (subject !== null) {
    const tenant = requireTenant(platform, given.values.get("tenant"));
    return { tenant, token: await tokenOf(platform, tenant, subject) };
  }
  const { conversation, tenant, keys } = await findConversation(
    platform,
    given.values.get("conversation") ?? "",
  );
  const claimed = given.values.get("tenant");
  if (claimed !== undefined && claimed !== tenant)
    throw new CommandError(exit.notFound, `That tenant has no conversation ${conversation}`);
  if (keys === "erased") throw new CommandError(exit.erased, `${conversation} is erased`);
  return { tenant, conversation };
};

const statuses = ["withdrawn", "refused", "objected", "given"] as const;
const fields = consentFacts.shape;

/** Throws UsageError for the first thing that is not as it must be. A misspelt purpose would stop nothing. */
const sayingOf = ({ policy, clock }: Platform, { values }: Given): Saying => {
  const status = statuses.find((one) => one === values.get("status"));
  if (status === undefined) throw new UsageError(`--status is one of ${statuses.join(", ")}`);
  const method = fields.method.safeParse(values.get("method")).data;
  if (method === undefined) throw new UsageError(`--method is one of ${fields.method.options.join(", ")}`);
  const catalogue = Object.keys(policy.purposes);
  const named = values.get("purposes")?.split(",") ?? [];
  const purposes = named.join() === "all" && status !== "given" ? catalogue : named;
  if (purposes.length === 0 || purposes.some((purpose) => !catalogue.includes(purpose)))
    throw new UsageError(`--purposes is a list of ${catalogue.join(", ")}`);
  const now = clock.now();
  const at = timeOf(values, "at") ?? now;
  if (at > now + policy.timing.futureMs) throw new UsageError("--at is in the future");
  const expiresAt = timeOf(values, "expires");
  const evidence = values.get("evidence");
  if (evidence !== undefined && !/^[A-Za-z0-9._:-]{1,64}$/.test(evidence))
    throw new UsageError("--evidence is a digest of at most 64 letters, digits and ._:-");
  const notice = noticeOf(values.get("notice"));
  return {
    status,
    method,
    purposes,
    at,
    ...(notice && { notice }),
    ...(evidence !== undefined && { evidence }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
};

const timeOf = (values: Given["values"], name: string): number | undefined => {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  if (at === null) throw new UsageError(`--${name} is an RFC 3339 time, such as 2026-11-24T09:30:00Z`);
  return at;
};

const noticeOf = (text: string | undefined): { id: string; version: string } | undefined => {
  if (text === undefined) return undefined;
  const [, id, version] = /^([A-Za-z0-9._:-]{1,64})\/([A-Za-z0-9._:-]{1,64})$/.exec(text) ?? [];
  if (id === undefined || version === undefined) throw new UsageError("--notice is ID/VERSION");
  return { id, version };
};

const list = async (platform: Platform, subject: Subject | null, given: Given, io: Io): Promise<ExitCode> => {
  let records: OnRecord[];
  if (subject === null) {
    const found = await findConversation(platform, given.values.get("conversation") ?? "");
    records = await listConversation(platform, found.conversation, found.trail);
    if (found.keys === "erased") tell(io, `${found.conversation} is erased; this is what proof outlives it`);
  } else {
    const tenant = requireTenant(platform, given.values.get("tenant"));
    records = await listSubject(platform, { tenant, token: await tokenOf(platform, tenant, subject) });
  }
  if (given.json) print(io, JSON.stringify({ records: records.map(asJson) }));
  else if (records.length === 0) tell(io, "Nothing is on record");
  else for (const line of table([heads, ...records.map(row)])) print(io, line);
  return exit.ok;
};

const heads = ["SAID", "WHAT", "PURPOSES", "METHOD", "NOTICE", "SCOPE", "PARTY", "ID"];
const row = (one: OnRecord): string[] => [
  new Date(one.at).toISOString(),
  one.status,
  one.purposes?.join(",") ?? "all",
  one.method ?? "-",
  one.notice ?? "-",
  one.scope,
  one.party ?? "-",
  one.id,
];

/** Stable: what is here keeps its name and meaning. */
const asJson = (one: OnRecord) => {
  const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return {
    ...one,
    at: time(one.at),
    receivedAt: time(one.receivedAt),
    expiresAt: time(one.expiresAt),
  };
};
