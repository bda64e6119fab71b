import { type StandingConsent, topics } from "@sotto/contracts";

import { withTable } from "./fence-table.ts";
import { type FollowedTable, followTable } from "./followed-table.ts";
import type { LogClient, LogRecord } from "./log-client.ts";

export interface ConsentTable extends FollowedTable {
  /** Every standing consent record of a tenant; which of them count is the fold's to say. The same array until one changes. */
  all(tenant: string): readonly StandingConsent[];
}

/** Follows topic `consents`; resolves once read to its end. */
export const openConsentTable = async (o: {
  readonly log: LogClient;
  readonly decode: (record: LogRecord) => Promise<StandingConsent>;
  readonly freshMs: number;
}): Promise<ConsentTable> => {
  const byTenant = new Map<string, Map<string, StandingConsent>>();
  const listed = new Map<string, readonly StandingConsent[]>();
  const drop = (key: string): void => {
    listed.clear();
    for (const consents of byTenant.values()) consents.delete(key);
  };
  const table = await followTable({
    log: o.log,
    topic: topics.consents.name,
    freshMs: o.freshMs,
    apply: async (key, record) => {
      const consent = await o.decode(record);
      const consents = byTenant.get(consent.tenant) ?? new Map<string, StandingConsent>();
      byTenant.set(consent.tenant, consents.set(key, consent));
      listed.delete(consent.tenant);
    },
    remove: drop,
  });
  const all = (tenant: string): readonly StandingConsent[] => {
    const known = listed.get(tenant) ?? [...(byTenant.get(tenant)?.values() ?? [])];
    listed.set(tenant, known);
    return known;
  };
  return withTable(table, { all });
};
