import { decodeCbor, fence, standingConsent, type Fence, type StandingConsent } from "@sotto/contracts";
import { EnvelopeError, open, peek, type FrameKind, type Keys } from "@sotto/envelope";
import type { LogRecord } from "@sotto/stream";

/** Opens a record of topic `fences`. Throws EnvelopeError when it is not what its key says, and what `keys` throws. */
export const readFence = async (keys: Keys, record: LogRecord): Promise<Fence> =>
  fence.parse(await openRecord(keys, record, "fence"));

/** As readFence, for topic `consents`. */
export const readConsent = async (keys: Keys, record: LogRecord): Promise<StandingConsent> =>
  standingConsent.parse(await openRecord(keys, record, "consent"));

/** The tenant that a record claims is the first part of its key; that it is that tenant's is what opening it proves. */
const openRecord = async (keys: Keys, { key, value }: LogRecord, kind: FrameKind): Promise<unknown> => {
  const tenant = key?.split("/")[0];
  if (!key || !tenant || value === null) throw new EnvelopeError(`Cannot open a ${kind}: no key or no value`);
  const place = { tenant, conversation: null, slot: "register", generation: peek(value).generation } as const;
  return decodeCbor(open(value, await keys.toOpen(place), { ...place, kind, name: key, headers: null }));
};
