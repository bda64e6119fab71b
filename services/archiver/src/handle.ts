import type { Ended, Grant, Section } from "@sotto/contracts";
import { KeyGoneError, UnavailableError } from "@sotto/envelope";
import { QuarantineError, type LogRecord, type Outcome } from "@sotto/stream";

import { askFences } from "./ask-fences.ts";
import { landSection } from "./land-section.ts";
import { openSection, readClaim } from "./open-section.ts";
import { setAside, settled } from "./outcomes.ts";
import { proveAdmissions } from "./prove-admissions.ts";
import type { InHand, Tools } from "./tools.ts";

/**
 * One closed section: opened in its place, every admission proved anew, fences asked again, landed, told of. Keeps
 * nothing: done twice, the second time finds the document of the first and says what that one says.
 */
export const handle = async (tools: Tools, record: LogRecord): Promise<Outcome> => {
  const claim = readClaim(record);
  const section = await openSection(record, claim, tools.keys);
  const at = { tools, record, claim };
  // Its ordinals are sealed with it and cannot be read any more; the erasure's own entry accounts for all of them.
  if (section === null) return settled(at, null, { ordinals: [], ends: [], landing: null });
  const grants = await proveAdmissions(section, tools.keys);
  try {
    return await settle(at, section, grants);
  } catch (error) {
    if (error instanceof KeyGoneError && error.state === "erased")
      return settled(at, section, { ordinals: [], ends: erased(section), landing: null });
    if (error instanceof UnavailableError || error instanceof QuarantineError) throw error;
    // A bug: put aside by the runtime alone its ordinals would be lost to the account, for they are sealed with it.
    tools.failed(error);
    return setAside(record, section, "HANDLER_FAILED");
  }
};

const settle = async (at: InHand, section: Section, grants: readonly Grant[]): Promise<Outcome> => {
  const { tools, record, claim } = at;
  // Fences are judged at the time of the act (invariant 1): on a table that is proved to be as of now, or not at all.
  if (!tools.fences.isFresh())
    throw new UnavailableError("Cannot land a section: fences are not proved fresh");
  const answer = askFences(section, grants, tools.fences.index);
  if ("held" in answer) return setAside(record, section, answer.held);
  const site = { store: tools.archive, keys: tools.keys };
  const landing = await landSection(section, grants, answer.stops, { generation: claim.generation, site });
  tools.landed(landing.result);
  switch (landing.result) {
    case "conflict":
      return setAside(record, section, "SECTION_CONFLICT", landing.name);
    case "nothing":
      return settled(at, section, { ordinals: [], ends: landing.ends, landing: null });
    default:
      return settled(at, section, { ordinals: landing.ordinals, ends: landing.ends, landing });
  }
};

const erased = (section: Section): Ended[] => [
  ...section.ends,
  ...section.turns.map(({ ordinal, part }) => ({ ordinal, part, end: "erased" as const, reason: "ERASED" })),
];
