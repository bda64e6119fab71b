import { decodeCbor, grant as schema, type Grant, type Section, type SectionTurn } from "@sotto/contracts";
import {
  EnvelopeError,
  KeyGoneError,
  open,
  verifyAdmissionDigests,
  type DataKey,
  type Keys,
} from "@sotto/envelope";
import { QuarantineError } from "@sotto/stream";

/**
 * Proves anew that every turn of a section was let through: its grant opens as a grant of this conversation, and its
 * admission authenticates for that very event, those very frames and that grant. The redactor is not believed. Answers
 * the grants; throws QuarantineError NO_ADMISSION, for then no turn of the section can be trusted.
 */
export const proveAdmissions = async (section: Section, keys: Keys): Promise<Grant[]> => {
  const byDay = new Map<number, SectionTurn[]>();
  for (const turn of section.turns) {
    const same = byDay.get(turn.admission.day) ?? [];
    byDay.set(turn.admission.day, [...same, turn]);
  }
  const grants = new Map<string, Grant>();
  for (const sealed of section.grants)
    grants.set(sealed.id, openGrant(section, sealed, await grantsKey(section, sealed.day, keys)));
  for (const [day, turns] of byDay) {
    const key = await grantsKey(section, day, keys);
    for (const turn of turns) prove(section, turn, { key, grants });
  }
  return [...grants.values()];
};

const grantsKey = async (section: Section, day: number, keys: Keys): Promise<DataKey> => {
  try {
    return await keys.toOpen({
      slot: "grants",
      tenant: section.tenant,
      conversation: null,
      generation: day,
    });
  } catch (cause) {
    // A day that never had a key admits nothing, and what a shredded one admitted can no longer be proved.
    if (cause instanceof KeyGoneError) throw unproved(section, undefined, cause);
    throw cause;
  }
};

const openGrant = (section: Section, sealed: Section["grants"][number], key: DataKey): Grant => {
  const { tenant, conversation } = section;
  try {
    const clear = open(sealed.frame, key, {
      tenant,
      conversation,
      slot: "grants",
      generation: sealed.day,
      kind: "grant",
      name: sealed.id,
      headers: null,
    });
    const grant = schema.parse(decodeCbor(clear));
    if (grant.id === sealed.id && grant.conversation === conversation && grant.tenant === tenant)
      return grant;
  } catch (cause) {
    throw unproved(section, undefined, cause);
  }
  throw unproved(section, undefined);
};

const prove = (
  section: Section,
  turn: SectionTurn,
  o: { readonly key: DataKey; readonly grants: ReadonlyMap<string, Grant> },
): void => {
  const { admission, mac, event, frames } = turn;
  // A turn that shows another turn's admission is told by these two, one that shows another grant by its MAC.
  const itsOwn = admission.ordinal === turn.ordinal && admission.part === turn.part;
  if (!itsOwn || admission.grant === null || !o.grants.has(admission.grant))
    throw unproved(section, turn.ordinal);
  try {
    verifyAdmissionDigests(
      { admission, mac },
      { key: o.key, event, facts: frames.facts, content: frames.content },
    );
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw unproved(section, turn.ordinal, cause);
    throw cause;
  }
};

const unproved = (section: Section, ordinal: number | undefined, cause?: unknown): QuarantineError =>
  new QuarantineError(
    "NO_ADMISSION",
    `A turn of ${section.conversation}/${section.section} has no valid admission`,
    { ...(ordinal === undefined ? {} : { ordinal }), cause },
  );
