import { FenceIndex } from "@sotto/consent";
import type { Fence } from "@sotto/contracts";
import { openConsentTable, openFenceTable, type ConsentTable, type FenceTable } from "@sotto/stream";

import { openAdapters } from "./adapters.ts";
import { requireInitialised, requireTopics } from "./initialised.ts";
import { countKeyCalls, countSignatures, openKeyring, type Keyring } from "./keyring.ts";
import { openLogger, type DestinationStream } from "./logger.ts";
import { openMetrics } from "./metrics.ts";
import type { Platform } from "./platform.ts";
import { loadPolicy } from "./policy.ts";
import { readConsent, readFence } from "./register.ts";
import type { Settings } from "./settings.ts";

type Own =
  | "archive"
  | "auditStore"
  | "clock"
  | "keyService"
  | "keyStore"
  | "log"
  | "logger"
  | "metrics"
  | "policy";

/** What a caller brings itself, and closes itself: a demo its short times, a test its clock, a search its log lines. */
export interface Overrides extends Partial<Pick<Platform, Own>> {
  /** Where log lines go; stdout otherwise. */
  readonly destination?: DestinationStream;
  /** false: no fence and no consent is read, and none counts as fresh. For processes that decide nothing. */
  readonly tables?: boolean;
}

/**
 * Opens everything a service is given, from settings. Makes nothing: throws NotInitialisedError when something is
 * missing, SettingsError when something there must not be used, PolicyError for the policy. Disposing closes all of it.
 */
export const openPlatform = async (settings: Settings, o: Overrides = {}): Promise<Platform> => {
  const policy = o.policy ?? (await loadPolicy(settings.policy));
  await requireInitialised(settings);
  const { destination } = o;
  const logger = o.logger ?? openLogger({ level: settings.logLevel, ...(destination && { destination }) });
  const clock = o.clock ?? { now: () => Date.now() };
  const metrics = o.metrics ?? openMetrics();

  await using stack = new AsyncDisposableStack();
  const now = (): number => clock.now();
  const { log, archive, auditStore, keyStore, ...secret } = stack.use(
    await openAdapters(settings, { ...o, now }),
  );
  await requireTopics(log);
  const keyService = countKeyCalls(secret.keyService, metrics);
  const keyring = stack.use(openKeyring({ service: keyService, store: keyStore, now }));

  const tableKeys = keyring.only({ seals: [], opens: ["register"] });
  const { freshMs } = policy.timing;
  const hasTables = o.tables ?? true;
  const fences = stack.use(
    hasTables
      ? await openFenceTable({
          log,
          freshMs,
          decode: (record) => readFence(tableKeys, record),
          applied: (fence) => forgetErased(keyring, fence),
        })
      : noFences,
  );
  const consents = stack.use(
    hasTables
      ? await openConsentTable({ log, freshMs, decode: (record) => readConsent(tableKeys, record) })
      : noConsents,
  );
  if (hasTables) metrics.onScrape(() => metrics.fenceAge(fences.ageMs() / 1000));

  const opened = stack.move();
  return {
    log,
    archive,
    auditStore,
    keyStore,
    keyService,
    signer: countSignatures(secret.signer, metrics),
    policy,
    logger,
    clock,
    metrics,
    settings,
    fences,
    consents,
    keys: (service) => keyring.of(service),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

/** Before this process counts as fresh again it holds no key of an erased conversation. */
const forgetErased = (keyring: Keyring, fence: Fence): void => {
  if (fence.kind === "erasure" && fence.scope.conversation !== undefined)
    keyring.forget(fence.scope.conversation);
};

/** Never fresh: who asks it lets nothing through. */
const noFences: FenceTable = {
  index: new FenceIndex(),
  isFresh: () => false,
  ageMs: () => Infinity,
  trouble: () => "not read by this process",
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const noConsents: ConsentTable = {
  all: () => [],
  isFresh: () => false,
  ageMs: () => Infinity,
  trouble: () => "not read by this process",
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
