import { z } from "zod";

const code = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const place = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/);
const sources = z.array(z.string().min(1)).min(1);
const days = z.int().min(1);
const durationMs = z.int().min(0).max(31_536_000_000);
const basis = z.enum(["consent", "contract", "legal_obligation", "legitimate_interest"]);
const demand = z.enum(["one-party", "all-party", "basis", "affirmative", "prohibited"]);

const jurisdiction = z.strictObject({
  name: z.string(),
  confidence: z.enum(["high", "medium", "low"]),
  statute: z.string().min(1),
  sources,
  family: code,
  recording: z.enum(["one-party", "all-party", "consent-or-legal-basis"]),
  thirdParty: code,
  methodFloor: z.enum(["any", "notice-continue", "affirmative"]),
  agentConsent: z.enum(["none", "notice-ack", "affirmative"]),
  childAge: z.int().min(0).max(21),
  basesVoice: z.array(basis).optional(),
  basesText: z.array(basis).optional(),
  infoDuty: z.boolean().optional(),
  transferCheck: z.boolean().optional(),
  aiDisclosureFrom: z.iso.date().optional(),
  toneAccepted: z.boolean().optional(),
  announcementRecorded: z.boolean().optional(),
  voiceprint: z.enum(["affirmative", "written", "written-if-truth-detection"]).optional(),
  worksAgreement: z.boolean().optional(),
  inPersonFamily: code.optional(),
  effectiveFrom: z.iso.date().optional(),
  retention: z
    .strictObject({
      recordingMaxDays: days.optional(),
      analysisMaxDays: days.optional(),
      recordingMinDays: days.optional(),
    })
    .optional(),
});

const jurisdictions = z.strictObject({
  asOf: z.iso.date(),
  disclaimer: z.string(),
  codes: z.string(),
  /** The row for a place that nobody knows. */
  unknown: place,
  /** Rows that stand for members without a row of their own. */
  members: z.record(place, z.array(place)),
  /** A controller established in a place of this family brings that row along. */
  establishment: z.record(code, place),
  /** Where data may go without a transfer mechanism, seen from this row. */
  adequate: z.record(place, z.array(place)),
  rows: z.record(place, jurisdiction),
});

const purposes = z.strictObject({
  requirements: z.record(
    code,
    z.strictObject({ says: z.string(), sources, byFamily: z.record(code, demand) }),
  ),
  purposes: z.record(
    code,
    z.strictObject({
      name: z.string(),
      requires: code,
      /** Whose words or person it is about, and so who is asked. */
      concerns: z.enum(["all", "customers", "staff"]),
      voiceprint: z.boolean().optional(),
      dpv: z.array(z.string()).optional(),
    }),
  ),
});

const rules = z.strictObject({
  version: z.string().min(1).max(40),
  precedence: z.array(
    z.strictObject({
      reason: z.string().regex(/^[A-Z_]+(@discard)?$/),
      outcome: z.enum(["hold", "discard"]),
      says: z.string(),
      sources,
    }),
  ),
  admits: z.array(z.strictObject({ reason: z.string().regex(/^ADMIT_[A-Z_]+$/), says: z.string(), sources })),
  families: z.record(
    code,
    z.strictObject({ dataProtection: z.boolean(), free: z.boolean(), specific: z.boolean() }),
  ),
  /** The most that a processor may do for itself where a row says so: nothing, or be able to. */
  ownUse: z.record(code, z.enum(["none", "capable"])),
  methods: z.strictObject({
    affirmative: z.array(code),
    written: z.array(code),
    notice: z.array(code),
    tone: z.array(code),
    staff: z.array(code),
  }),
  staffRoles: z.array(code),
  textChannels: z.array(code),
  redactionDone: z.array(z.string()),
  /** What an AI can be used for that makes it a partner in the conversation. */
  talkingUses: z.array(code),
});

const notices = z.strictObject({
  notices: z.record(
    code,
    z.strictObject({
      current: code,
      minValid: code,
      versions: z.record(
        code,
        z.strictObject({
          languages: z.array(z.string().regex(/^[a-z]{2,3}$/)).min(1),
          purposes: z.array(code),
          processors: z.array(code),
          digest: z.string().optional(),
        }),
      ),
    }),
  ),
});

const processors = z.strictObject({
  /** Engines that run in the controller's own house: nobody else hears. */
  inHouse: z.array(code),
  processors: z.record(
    code,
    z.strictObject({
      name: z.string(),
      engines: z.array(code),
      purposes: z.array(code),
      location: place.nullable(),
      ownUse: z.enum(["none", "capable", "own"]),
      contract: z.enum(["none", "dpa", "baa"]),
      transfer: z.enum(["none", "n/a", "scc", "bcr", "dpf", "adequacy"]),
      live: z.boolean().optional(),
    }),
  ),
});

const line = z.strictObject({
  tenant: code,
  purposes: z.array(code).min(1).max(32),
  profile: z.enum(["explicit", "statutory"]),
  processors: z.array(code),
  channels: z.array(z.enum(["voice", "chat", "email", "sms", "video"])).optional(),
  /** The language people of this line are taken to speak when nobody says. */
  locale: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/)
    .optional(),
});

const late = z.strictObject({
  chat: durationMs,
  email: durationMs,
  sms: durationMs,
  voice: durationMs,
  video: durationMs,
});

const timing = z.strictObject({
  rawWindowMs: durationMs.min(1),
  rawResealMs: durationMs,
  rawShredAfterMs: durationMs,
  lingerMs: durationMs,
  holdMs: durationMs,
  notStartedMs: durationMs,
  lateConsentMs: late,
  section: z.strictObject({
    endLingerMs: durationMs,
    recordingOwedMs: durationMs,
    gapMs: durationMs,
    ageMs: durationMs,
    maxTurns: z.int().min(1),
    maxBytes: z.int().min(1),
  }),
  tickMs: durationMs.min(1),
  freshMs: durationMs.min(1),
  horizonMs: durationMs.min(1),
  futureMs: durationMs,
});

/** Every policy file by its name without `.json`: all are required, and there are no others. */
export const policyFiles = z.strictObject({
  jurisdictions,
  purposes,
  rules,
  notices,
  processors,
  lines: z.strictObject({ lines: z.record(code, line) }),
  retention: z.strictObject({
    rawHours: z.number().min(0).max(168),
    parkedDays: days,
    factsDays: days,
    documentDays: days,
    classes: z.record(code, days),
  }),
  timing,
  attributes: z.strictObject({ attributes: z.array(z.string().max(40)) }),
  roles: z.strictObject({
    roles: z.record(code, z.strictObject({ purposes: z.array(code), secondFactor: z.boolean() })),
  }),
});
export type PolicyFiles = z.infer<typeof policyFiles>;
export type Jurisdiction = z.infer<typeof jurisdiction>;
