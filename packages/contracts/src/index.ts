/**
 * The words that rooms say to each other: events at the door, facts and content, grants and fences, sections, audit
 * events, topics, ids. Schemas are zod; every input from outside passes one before anything else looks at it.
 */
export { decodeCbor, encodeCbor } from "./cbor.ts";
export { base32, deriveId, type IdPrefix } from "./ids.ts";
export { tickHeader, tickTimeHeader, topics } from "./topics.ts";
export {
  bytes,
  channels,
  consentFacts,
  content,
  eventKinds,
  facts,
  factsData,
  id,
  ms,
  partyFacts,
  roles,
  token,
  turnFacts,
  type Channel,
  type ConsentFacts,
  type Content,
  type EventKind,
  type Facts,
  type FactsData,
  type FactsOf,
  type PartyFacts,
  type Role,
  type TurnFacts,
} from "./facts.ts";
export {
  fence,
  fenceKinds,
  grant,
  standingConsent,
  type Fence,
  type Grant,
  type StandingConsent,
} from "./grant.ts";
export {
  admission,
  ended,
  finding,
  landed,
  section,
  sectionTurn,
  type Admission,
  type Ended,
  type Finding,
  type Landed,
  type Section,
  type SectionTurn,
} from "./section.ts";
export { auditEvent, decodeAudit, encodeAudit, type AuditEvent, type AuditType } from "./audit-events.ts";
export {
  doorEvent,
  doorLimits,
  eventType,
  eventTypes,
  kindOf,
  type DoorEvent,
  type DoorEventOf,
  type EventType,
} from "./door.ts";
export { parseInstant, sourceName } from "./door-values.ts";
export { attributePlacements, fieldPlacements, type Placement } from "./fields.ts";
export { examples, examplesAt, type ExampleEvent } from "./examples.ts";
export {
  decodeEventValue,
  digestHeaders,
  encodeEventValue,
  fromHeaders,
  toHeaders,
} from "./kafka-binding.ts";
export {
  admitReasons,
  consentReasons,
  endReasons,
  quarantineReasons,
  refusalReasons,
  withheldReasons,
  type ConsentReason,
  type EndReason,
  type QuarantineReason,
  type RefusalReason,
} from "./reasons.ts";
export { version } from "./version.ts";
