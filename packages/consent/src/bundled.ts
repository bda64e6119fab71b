import attributes from "../../../policy/attributes.json" with { type: "json" };
import jurisdictions from "../../../policy/jurisdictions.json" with { type: "json" };
import lines from "../../../policy/lines.json" with { type: "json" };
import notices from "../../../policy/notices.json" with { type: "json" };
import processors from "../../../policy/processors.json" with { type: "json" };
import purposes from "../../../policy/purposes.json" with { type: "json" };
import retention from "../../../policy/retention.json" with { type: "json" };
import roles from "../../../policy/roles.json" with { type: "json" };
import rules from "../../../policy/rules.json" with { type: "json" };
import timing from "../../../policy/timing.json" with { type: "json" };
import { parsePolicy } from "./policy.ts";

/** The files of `policy/` as they came with this version; `parsePolicy` of changed ones makes another policy. */
export const bundledFiles = {
  attributes,
  jurisdictions,
  lines,
  notices,
  processors,
  purposes,
  retention,
  roles,
  rules,
  timing,
};

export const bundledPolicy = parsePolicy(bundledFiles);
