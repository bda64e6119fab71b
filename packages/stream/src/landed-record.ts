import { decodeCbor, encodeCbor, landed, topics, type Landed } from "@sotto/contracts";
import { dayOf, EnvelopeError, KeyGoneError, open, seal, type Keys, type Place } from "@sotto/envelope";

import { claimedKey, headerText } from "./event-record.ts";
import type { LogRecord, OutRecord } from "./log-client.ts";
import { QuarantineError } from "./worker.ts";

/**
 * A record on `landed`: which ordinals a document holds now, and how others ended. Sealed under the grants key of the
 * day of `at`, so that who can merely write to the broker cannot have words shredded early.
 */
export const landedRecord = async (
  keys: Keys,
  tenant: string,
  partition: number,
  said: Landed,
): Promise<OutRecord> => {
  const day = dayOf(said.at);
  const name = `${said.conversation}/${said.section}`;
  const key = await keys.toSeal({ slot: "grants", tenant, conversation: null, generation: day });
  return {
    topic: topics.landed.name,
    partition,
    key: said.conversation,
    value: seal(encodeCbor(landed.parse(said)), key, place(tenant, said.conversation, day, name)),
    headers: [
      ["type", text("landed")],
      ["tenant", text(tenant)],
      ["day", text(String(day))],
      ["name", text(name)],
    ],
  };
};

/** Opens what landedRecord made. Throws QuarantineError when it does not open in its place. */
export const readLanded = async (
  keys: Keys,
  record: LogRecord,
): Promise<Landed & { readonly tenant: string }> => {
  const [tenant = "", day = "", name = ""] = ["tenant", "day", "name"].map((h) =>
    headerText(record.headers, h),
  );
  const [conversation, generation] = [record.key ?? "", Number(day)];
  try {
    const key = await claimedKey(keys, { slot: "grants", tenant, conversation: null, generation });
    const frame = record.value ?? new Uint8Array();
    const said = landed.parse(decodeCbor(open(frame, key, place(tenant, conversation, generation, name))));
    if (said.conversation !== conversation) throw new EnvelopeError("An end of another conversation");
    return { ...said, tenant };
  } catch (cause) {
    if (!(cause instanceof EnvelopeError) && !(cause instanceof KeyGoneError)) throw cause;
    throw new QuarantineError("FRAME_REFUSED", `An end of ${conversation} does not open in its place`, {
      cause,
    });
  }
};

const place = (tenant: string, conversation: string, generation: number, name: string): Place => ({
  tenant,
  conversation,
  slot: "grants",
  generation,
  kind: "landed",
  name,
  headers: null,
});

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
