import { type StandingConsent, topics } from "@sotto/contracts";

import { withTable } from "./fence-table.ts";
import { type FollowedTable, followTable } from "./followed-table.ts";
import type { LogClient, LogRecord } from "./log-client.ts";

export interface ConsentTable extends FollowedTable {
  /** Every standing consent record of a tenant; which of them count is the fold's to say. */
  all(tenant: string): StandingConsent[];
}

/** Follows topic `consents`; resolves once read to its end. */
export const openConsentTable = async (o: {
  readonly log: LogClient;
  readonly decode: (record: LogRecord) => Promise<StandingConsent>;
  readonly freshMs: number;
}): Promise<ConsentTable> => {
  const byTenant = new Map<string, Map<string, StandingConsent>>();
  const drop = (key: string): void => {
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
    },
    remove: drop,
  });
  return withTable(table, { all: (tenant: string) => [...(byTenant.get(tenant)?.values() ?? [])] });
};
