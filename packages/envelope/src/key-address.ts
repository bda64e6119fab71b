import { id } from "@sotto/contracts";

import { formatDay } from "./days.ts";
import { EnvelopeError, KeyGoneError } from "./errors.ts";
import {
  liveKeys,
  readConversationKeys,
  readSingleKey,
  writeKeyObject,
  type ConversationKeys,
  type SingleKey,
  type WrappedSlot,
} from "./key-object.ts";
import type { Slot } from "./place.ts";
import type { KekKind, KeyContext } from "./ports.ts";

/** Which data key. `conversation` counts for raw and archive only, `file` for rows only. */
export interface KeyAddress {
  readonly slot: Slot;
  readonly tenant: string;
  readonly conversation: string | null;
  readonly generation: number;
  readonly file?: string;
}

export type PepperKind = "id" | "subject" | "link";

/** Where a data key lives, and how to find it in its key object and to add it. */
export interface KeyLocation {
  /** Object name in the key store. */
  readonly name: string;
  readonly kek: KekKind;
  readonly context: KeyContext;
  /** null: the object has no such slot yet. Throws KeyGoneError when it never will again. */
  find(stored: Uint8Array | null): WrappedSlot | null;
  /** The object with that slot added; only after `find` said null. */
  add(stored: Uint8Array | null, slot: WrappedSlot): Uint8Array;
}

/** Throws TypeError for an address that names no key (a bug: addresses are made of checked ids). */
export const locate = (a: KeyAddress): KeyLocation => {
  const { slot, tenant, generation } = a;
  assertId(tenant);
  if (!Number.isSafeInteger(generation) || generation < 0)
    throw new TypeError("A generation is a whole number");
  switch (slot) {
    case "raw":
    case "archive":
      return inConversation(slot, tenant, assertId(a.conversation), generation);
    case "facts":
    case "grants":
    case "parked":
      return single({ slot, tenant, generation, name: null }, dayKeyName(slot, tenant, generation));
    case "register":
      return single({ slot, tenant, generation, name: null }, `register/${tenant}/${year(generation)}.key`);
    case "rows": {
      const file = assertId(a.file);
      return single({ slot, tenant, generation, name: file }, `files/${file}.key`);
    }
    default:
      return slot satisfies never;
  }
};

export const locatePepper = (tenant: string, kind: PepperKind, version: number): KeyLocation => {
  assertId(tenant);
  if (!Number.isSafeInteger(version) || version < 1) throw new TypeError("A pepper's version is 1 or more");
  return single(
    { slot: "pepper", tenant, generation: version, name: kind },
    `pepper/${tenant}/${kind}-${version}.key`,
  );
};

export const conversationKeyName = (conversation: string): string =>
  `conversations/${assertId(conversation)}.key`;

export const dayKeyName = (slot: "facts" | "grants" | "parked", tenant: string, day: number): string => {
  const date = formatDay(day);
  if (date === null) throw new TypeError(`A ${slot} key belongs to a day such as 20261124, not to ${day}`);
  return `${slot}/${assertId(tenant)}/${date}.key`;
};

const inConversation = (
  slot: "raw" | "archive",
  tenant: string,
  conversation: string,
  generation: number,
): KeyLocation => {
  const name = conversationKeyName(conversation);
  const read = (stored: Uint8Array | null): ConversationKeys & { state: "live" } =>
    stored === null
      ? { version: 1, state: "live", tenant, archive: {}, raw: {} }
      : liveKeys(name, readConversationKeys(name, stored, tenant));
  return {
    name,
    kek: slot,
    context: { tenant, conversation, slot, generation: String(generation) },
    find: (stored) => read(stored)[slot][String(generation)] ?? null,
    add: (stored, made) => {
      const object = read(stored);
      return writeKeyObject({ ...object, [slot]: { ...object[slot], [String(generation)]: made } });
    },
  };
};

type Single = Pick<SingleKey, "slot" | "tenant" | "generation" | "name">;

const single = (what: Single, name: string): KeyLocation => {
  const { slot, tenant, generation } = what;
  return {
    name,
    kek: slot,
    context: {
      tenant,
      slot,
      generation: String(generation),
      ...(what.name === null ? {} : { name: what.name }),
    },
    find: (stored) => {
      if (stored === null) return null;
      const object = readSingleKey(name, stored, tenant);
      if (object.slot !== slot || object.generation !== generation || object.name !== what.name)
        throw new EnvelopeError(`Key object ${name} is that of another key`);
      if (object.state === "live") return object.key;
      throw new KeyGoneError("shredded", `Key object ${name} is shredded`);
    },
    add: (_, key) => writeKeyObject({ version: 1, state: "live", ...what, key }),
  };
};

/** Ids become path parts of the key store and values of the encryption context. */
const assertId = (text: string | null | undefined): string => {
  if (id.safeParse(text).success && text !== "." && text !== ".." && typeof text === "string") return text;
  throw new TypeError("A key address needs ids of [A-Za-z0-9._-]{1,64} for tenant, conversation and file");
};

const year = (generation: number): number => {
  if (generation < 1970 || generation > 9999)
    throw new TypeError("A register key belongs to a year such as 2026");
  return generation;
};
