import { id } from "@sotto/contracts";
import type { Platform } from "@sotto/service";
import { z } from "zod";

import { openTrail, type AuditPlatform, type Trail } from "./audit-trail.ts";
import { CommandError, exit } from "./exit.ts";

/** A data key of a conversation, as its key object names it; the key itself stays wrapped. */
export interface KeySlot {
  readonly slot: "archive" | "raw";
  readonly generation: number;
  readonly fingerprint: string;
}

export interface FoundConversation {
  readonly conversation: string;
  readonly tenant: string;
  /** `none`: nothing was ever sealed for it, its words were dropped at the door. */
  readonly keys: "live" | "erased" | "none";
  readonly slots: readonly KeySlot[];
  readonly trail: Trail;
}

const slots = z.record(z.string(), z.object({ fingerprint: z.string() }));
/** As much of docs/formats/keys.md as says whose it is; what changes it reads the whole of it. */
const keyObject = z.object({ state: z.enum(["live", "erased"]), tenant: id, archive: slots, raw: slots });

/**
 * Whose a conversation is, what keys it has, and what the audit log says of it. Throws CommandError: not found (4) when
 * neither a key object nor the audit log knows it, failure (1) when its key object is none.
 */
export const findConversation = async (
  platform: AuditPlatform & Pick<Platform, "keyStore">,
  conversation: string,
  o: { readonly fault?: Parameters<typeof openTrail>[2] } = {},
): Promise<FoundConversation> => {
  const isId = id.safeParse(conversation).success && !/^\.+$/.test(conversation);
  if (!isId) throw new CommandError(exit.notFound, "A conversation is named by its id, such as c_0abc…");
  const object = await readKeyObject(platform, conversation);
  const trail = await openTrail(platform, conversation, o.fault);
  const tenant = object?.tenant ?? trail.entries.find(({ event }) => event.tenant !== null)?.event.tenant;
  if (tenant === undefined || tenant === null)
    throw new CommandError(exit.notFound, `There is no conversation ${conversation}`);
  return {
    conversation,
    tenant,
    keys: object?.state ?? "none",
    slots: object === null ? [] : [...slotsOf("archive", object.archive), ...slotsOf("raw", object.raw)],
    trail,
  };
};

const readKeyObject = async (
  { keyStore }: Pick<Platform, "keyStore">,
  conversation: string,
): Promise<z.infer<typeof keyObject> | null> => {
  const stored = await keyStore.read(`conversations/${conversation}.key`);
  if (stored === null) return null;
  try {
    return keyObject.parse(JSON.parse(Buffer.from(stored.bytes).toString("utf8")));
  } catch {
    // Without the cause: a parser's message quotes what it read.
    throw new CommandError(exit.failure, `The key object of ${conversation} cannot be read`);
  }
};

const slotsOf = (slot: KeySlot["slot"], all: z.infer<typeof slots>): KeySlot[] =>
  Object.entries(all).map(([generation, { fingerprint }]) => ({
    slot,
    generation: Number(generation),
    fingerprint,
  }));
