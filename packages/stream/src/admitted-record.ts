import { decodeCbor, grant as grantSchema, type Admission, type Grant } from "@sotto/contracts";
import {
  EnvelopeError,
  KeyGoneError,
  open,
  readAdmission,
  verifyAdmission,
  type Keys,
} from "@sotto/envelope";
import { claimedKey, headerText, type EventRecord } from "./event-record.ts";
import type { LogRecord } from "./log-client.ts";
import { QuarantineError } from "./worker.ts";

/** Opens a grant record: only what the gate sealed under the grants key of its day is one. Throws QuarantineError. */
export const openGrant = async (keys: Keys, record: LogRecord): Promise<Grant> => {
  const [tenant = "", name = "", day = ""] = ["tenant", "grant", "day"].map((h) =>
    headerText(record.headers, h),
  );
  const [conversation, generation] = [record.key ?? "", Number(day)];
  return guarded(`Grant ${name}`, async () => {
    const key = await claimedKey(keys, { slot: "grants", tenant, conversation: null, generation });
    const place = {
      tenant,
      conversation,
      slot: "grants",
      generation,
      kind: "grant",
      name,
      headers: null,
    } as const;
    const grant = grantSchema.parse(decodeCbor(open(record.value ?? new Uint8Array(), key, place)));
    if (grant.id !== name || grant.conversation !== conversation || grant.tenant !== tenant) {
      throw new EnvelopeError(`Grant ${name} is not what its headers claim`);
    }
    return grant;
  });
};

/**
 * Checks the admission that came with an event: it binds this event's frames to an ordinal under a grant. Without a
 * valid one nothing is opened. Throws QuarantineError NO_ADMISSION.
 */
export const checkAdmission = async (
  keys: Keys,
  record: LogRecord,
  event: EventRecord,
): Promise<Admission> => {
  const header = record.headers.find(([name]) => name === "admission")?.[1];
  if (!header) throw new QuarantineError("NO_ADMISSION", `Event ${event.event} came without an admission`);
  return guarded(`Admission of ${event.event}`, async () => {
    const claimed = readAdmission(header);
    const { tenant } = event;
    const generation = claimed.admission.day;
    const key = await claimedKey(keys, { slot: "grants", tenant, conversation: null, generation });
    const { event: id, factsFrame: facts, contentFrame: content } = event;
    verifyAdmission(claimed, { key, event: id, facts, content });
    return claimed.admission;
  });
};

const guarded = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof EnvelopeError) && !(cause instanceof KeyGoneError)) throw cause;
    throw new QuarantineError("NO_ADMISSION", `${what} does not hold`, { cause });
  }
};
