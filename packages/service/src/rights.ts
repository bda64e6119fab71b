import type { Slot } from "@sotto/envelope";

import type { ServiceName } from "./platform.ts";

interface Rights {
  readonly seals: readonly Slot[];
  readonly opens: readonly Slot[];
}

/**
 * Which slots a service may use (design: least privilege). In production KMS policies say the same, by role; here it is
 * what `platform.keys` refuses before anything is asked. The gate cannot open `raw`: it decides before any text is read.
 */
export const rights: Readonly<Record<ServiceName, Rights>> = {
  ingest: { seals: ["facts", "raw", "register", "parked"], opens: ["register"] },
  "consent-gate": { seals: ["facts", "grants"], opens: ["facts", "grants", "register"] },
  transcriber: { seals: ["grants", "raw"], opens: ["facts", "raw", "grants", "register"] },
  redactor: { seals: ["facts", "raw", "grants", "archive"], opens: ["facts", "raw", "grants", "register"] },
  archiver: { seals: ["archive", "grants"], opens: ["facts", "grants", "archive", "register"] },
  auditor: { seals: [], opens: [] },
  cli: { seals: ["register"], opens: ["facts", "grants", "archive", "register"] },
};
