import { decodeCbor, id, section as schema, type Section } from "@sotto/contracts";
import { EnvelopeError, KeyGoneError, open, type Keys } from "@sotto/envelope";
import { headerText, QuarantineError, type LogRecord } from "@sotto/stream";

/** What the headers of a record on `redacted` claim. Believed only as far as the frame opens there. */
export interface SectionClaim {
  readonly tenant: string;
  readonly conversation: string;
  readonly section: number;
  readonly generation: number;
}

/** Throws QuarantineError MALFORMED when a record is none of ours. */
export const readClaim = (record: LogRecord): SectionClaim => {
  const [type, tenant, section, generation] = ["type", "tenant", "section", "generation"].map((name) =>
    headerText(record.headers, name),
  );
  const ids = [id.safeParse(tenant), id.safeParse(record.key)];
  const numbers = [natural(section), natural(generation)];
  const [t, c] = ids.map((parsed) => parsed.data);
  const [n, g] = numbers;
  if (type !== "section" || t === undefined || c === undefined || n === undefined || g === undefined)
    throw new QuarantineError("MALFORMED", "Cannot read a section record: headers out of form");
  return { tenant: t, conversation: c, section: n, generation: g };
};

/**
 * Opens a section where it claims to belong; null when its conversation is erased, for then nobody can. Throws
 * QuarantineError: FRAME_REFUSED (changed, moved, or not what its headers claim), KEY_GONE, MALFORMED.
 */
export const openSection = async (
  record: LogRecord,
  claim: SectionClaim,
  keys: Keys,
): Promise<Section | null> => {
  const { tenant, conversation, generation } = claim;
  const address = { slot: "archive", tenant, conversation, generation } as const;
  const name = `${conversation}/${claim.section}`;
  let clear: Uint8Array;
  try {
    const key = await keys.toOpen(address);
    clear = open(record.value ?? new Uint8Array(), key, { ...address, kind: "section", name, headers: null });
  } catch (cause) {
    if (cause instanceof KeyGoneError && cause.state === "erased") return null;
    if (cause instanceof KeyGoneError)
      throw new QuarantineError("KEY_GONE", `The archive key of ${conversation} is ${cause.state}`, {
        cause,
      });
    if (cause instanceof EnvelopeError)
      throw new QuarantineError("FRAME_REFUSED", `Section ${name} does not open in its place`, { cause });
    throw cause;
  }
  const parsed = schema.safeParse(decoded(clear));
  if (!parsed.success) throw new QuarantineError("MALFORMED", `Section ${name} does not fit its schema`);
  const said = parsed.data;
  // The frame is authentic; a redactor that errs must still not write into another conversation's folder.
  if (said.tenant !== tenant || said.conversation !== conversation || said.section !== claim.section)
    throw new QuarantineError("FRAME_REFUSED", `Section ${name} is not what its headers claim`);
  return said;
};

const decoded = (clear: Uint8Array): unknown => {
  try {
    return decodeCbor(clear);
  } catch {
    return undefined;
  }
};

const natural = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
