import { randomUUID } from "node:crypto";

import { deriveId, topics, version, type AuditEvent, type Fence } from "@sotto/contracts";
import type { Platform } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import { CommandError, exit } from "../exit.ts";
import { appendAll, fenceRecord, readFences } from "../register.ts";

export type FencePlatform = Pick<Platform, "clock" | "keys" | "log">;

/** What an operator may fence: all or some of a tenant, or one conversation. */
export type Fencing =
  | {
      readonly kind: "kill_switch";
      readonly tenant: string;
      readonly line?: string;
      readonly source?: string;
    }
  | { readonly kind: "restriction"; readonly tenant: string; readonly conversation: string };

/** Sets it, told before it is done. One that stands already is answered as it is: `isNew` false. */
export const setFence = async (
  platform: FencePlatform,
  { kind, tenant, ...scope }: Fencing,
): Promise<{ readonly fence: Fence; readonly isNew: boolean }> => {
  const standing = (await readFences(platform)).find(
    ({ record }) => record?.kind === kind && record.tenant === tenant && isSame(record.scope, scope),
  );
  if (standing?.record) return { fence: standing.record, isNew: false };
  const now = platform.clock.now();
  // A fence is set once: lifted and set again it is another one, with entries of its own.
  const id = deriveId("f", kind, tenant, randomUUID());
  const fence: Fence = { v: 1, id, kind, tenant, scope, purposes: null, at: now, receivedAt: now };
  await publishAudit(platform.log, [
    {
      ...commonOf(fence, now, "fence.set"),
      type: "sotto.audit.fence.set.v1",
      kind,
      scope: scopeName(fence),
      record: id,
      purposes: null,
    },
  ]);
  await appendAll(platform.log, [await fenceRecord(platform, fence, keyPart(fence))]);
  return { fence, isNew: true };
};

const liftable: readonly string[] = ["kill_switch", "restriction"];

/** Lifts it, told before it is done. Throws CommandError: there is none of that id (4), it is nobody's to lift (3). */
export const liftFence = async (platform: FencePlatform, id: string): Promise<Fence> => {
  const found = (await readFences(platform)).find(({ record }) => record?.id === id);
  if (!found?.record) throw new CommandError(exit.notFound, "No such fence stands; see ./sotto fence list");
  const fence = found.record;
  const { kind } = fence;
  if (!liftable.includes(kind)) {
    const why =
      kind === "erasure"
        ? "an erasure is for good"
        : "only who said no can say yes again (./sotto consent --help)";
    throw new CommandError(exit.refused, `${id} is a fence of kind ${kind}: ${why}`);
  }
  await publishAudit(platform.log, [
    {
      ...commonOf(fence, platform.clock.now(), "fence.lifted"),
      type: "sotto.audit.fence.lifted.v1",
      kind,
      scope: scopeName(fence),
      record: id,
    },
  ]);
  await appendAll(platform.log, [{ topic: topics.fences.name, key: found.key, value: null, headers: [] }]);
  return fence;
};

const isSame = (a: Fence["scope"], b: Fence["scope"]): boolean =>
  a.conversation === b.conversation &&
  a.line === b.line &&
  a.source === b.source &&
  (a.token ?? []).length === 0;

/** What stands between tenant and id in the key (docs/formats/records.md). */
const keyPart = ({ scope }: Fence): string => scope.conversation ?? scope.line ?? "tenant";

/** What it is about, in few words, without a token. */
export const scopeName = ({ scope, tenant }: Fence): string => {
  if (scope.conversation !== undefined) return scope.conversation;
  if ((scope.token?.length ?? 0) > 0) return "standing";
  const parts = [scope.line === undefined ? [] : `line ${scope.line}`, scope.source ?? []].flat();
  return (parts.length === 0 ? `tenant ${tenant}` : parts.join(", ")).slice(0, 140);
};

const commonOf = ({ id, tenant, scope }: Fence, at: number, what: string) =>
  ({
    id: deriveId("a", what, id),
    at,
    service: "cli",
    version,
    tenant,
    line: scope.line ?? null,
    ...(scope.conversation === undefined ? {} : { conversation: scope.conversation }),
  }) satisfies Partial<AuditEvent>;
