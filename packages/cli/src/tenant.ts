import type { Platform } from "@sotto/service";

import { UsageError } from "./exit.ts";

/** A tenant as the policy knows it: a misspelt one would be given peppers and registers of its own. Throws UsageError. */
export const requireTenant = ({ policy }: Pick<Platform, "policy">, tenant: string | undefined): string => {
  if (tenant === undefined) throw new UsageError("Say whose: --tenant T");
  const isKnown = Object.values(policy.lines).some((line) => line.tenant === tenant);
  if (!isKnown) throw new UsageError("The policy has no line of that tenant (policy/lines.json)");
  return tenant;
};
