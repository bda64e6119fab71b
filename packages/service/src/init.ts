import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { Policy } from "@sotto/consent";
import { openKeys, type KeyService, type KeyStore } from "@sotto/envelope";
import { openDirectoryKeyStore } from "@sotto/stores";
import { openEmbeddedLog } from "@sotto/stream";

import { openKms, openSigningKey } from "./adapters.ts";
import { placesOf } from "./initialised.ts";
import { loadPolicy } from "./policy.ts";
import type { Settings } from "./settings.ts";
import { topicSpecs } from "./topic-specs.ts";

/** One thing that a deployment needs. */
export interface InitStep {
  readonly what: string;
  readonly where: string;
  readonly state: "made" | "there" | "to make";
}

/**
 * Makes what is missing, never touches what is there, and says of each which it was. With `dryRun` nothing is made.
 * Throws what the policy, an unusable key file, or a log with other partitions throws.
 */
export const initPlatform = async (
  settings: Settings,
  o: { readonly dryRun?: boolean; readonly policy?: Policy } = {},
): Promise<InitStep[]> => {
  const policy = o.policy ?? (await loadPolicy(settings.policy));
  const dryRun = o.dryRun ?? false;
  const steps: InitStep[] = [];
  for (const { what, path, isFolder } of placesOf(settings)) {
    const isThere = await exists(path);
    steps.push({ what, where: path, state: isThere ? "there" : dryRun ? "to make" : "made" });
    if (isThere || dryRun) continue;
    await mkdir(isFolder ? path : dirname(path), { recursive: true, mode: 0o700 });
  }
  if (!dryRun) {
    await openKms(settings, true);
    await openSigningKey(settings, true);
  }
  return [
    ...steps,
    ...(await makeTopics(settings, dryRun)),
    ...(await makePeppers(settings, policy, dryRun)),
  ];
};

const makeTopics = async ({ log: { path } }: Settings, dryRun: boolean): Promise<InitStep[]> => {
  const specs = topicSpecs();
  const asSteps = (there: ReadonlySet<string>): InitStep[] =>
    specs.map(({ name, partitions }) => ({
      what: `topic ${name}`,
      where: `${partitions} ${partitions === 1 ? "partition" : "partitions"}`,
      state: there.has(name) ? "there" : dryRun ? "to make" : "made",
    }));
  if (dryRun && !(await exists(path))) return asSteps(new Set());
  await using log = await openEmbeddedLog({ file: path, now: () => Date.now() });
  const there = new Set((await log.topics()).map(({ name }) => name));
  if (!dryRun) await log.ensureTopics(specs);
  return asSteps(there);
};

const pepperKinds = ["id", "subject", "link"] as const;

/** The secrets behind a tenant's ids and tokens: never rotated, so that they are better made once, here. */
const makePeppers = async (settings: Settings, policy: Policy, dryRun: boolean): Promise<InitStep[]> => {
  const tenants = [...new Set(Object.values(policy.lines).map(({ tenant }) => tenant))].toSorted();
  const isWhole = (await exists(settings.kms.path)) && (await exists(settings.keys.path));
  if (dryRun && !isWhole) return tenants.map((tenant) => pepperStep(tenant, "to make"));
  const file = await openKms(settings);
  using store = await openDirectoryKeyStore(settings.keys.path);
  const service = dryRun ? { ...file, dataKey: () => Promise.reject(new NothingIsMade()) } : file;
  const steps: InitStep[] = [];
  for (const tenant of tenants) steps.push(pepperStep(tenant, await pepperState(service, store, tenant)));
  return steps;
};

/** In a dry run, what the key service answers to who wants a key made. */
class NothingIsMade extends Error {}

const pepperState = async (
  service: KeyService,
  store: KeyStore,
  tenant: string,
): Promise<InitStep["state"]> => {
  using keys = openKeys({ service, store, seals: [], opens: [], now: () => Date.now() });
  try {
    for (const kind of pepperKinds) (await keys.pepper(tenant, kind)).fill(0);
  } catch (error) {
    if (error instanceof NothingIsMade) return "to make";
    throw error;
  }
  return keys.counts().made === 0 ? "there" : "made";
};

const pepperStep = (tenant: string, state: InitStep["state"]): InitStep => ({
  what: `peppers of tenant ${tenant}`,
  where: "key store",
  state,
});

const exists = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => true,
    () => false,
  );
