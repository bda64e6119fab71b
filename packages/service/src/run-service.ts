import { openAdmin } from "./admin.ts";
import { endOnBug } from "./crash.ts";
import { NotInitialisedError } from "./initialised.ts";
import { openMetrics } from "./metrics.ts";
import { openPlatform, type Overrides } from "./open-platform.ts";
import type { Health, Platform, Service } from "./platform.ts";
import { readSettings, SettingsError, type Settings } from "./settings.ts";
import { untilSignal } from "./signals.ts";

/**
 * A service as a process of its own: settings, health over HTTP, platform, service, and a drain at the first signal.
 * Sets the exit code: 2 for settings or a deployment that was not made, 1 for any other failed start, 0 after a drain.
 */
export const runService = async (
  env: Readonly<Record<string, string | undefined>>,
  start: (platform: Platform) => Promise<Service>,
  o: Pick<Overrides, "tables"> = {},
): Promise<void> => {
  endOnBug();
  try {
    await serve(readSettings(env), start, o);
  } catch (error) {
    process.exitCode = sayWhy(error);
  }
};

const serve = async (
  settings: Settings,
  start: (platform: Platform) => Promise<Service>,
  o: Overrides,
): Promise<void> => {
  let health = (): Health => ({ live: true, ready: false, reasons: ["starting"] });
  const metrics = openMetrics({ ofProcess: true });
  // First in, last out: a probe is answered from the beginning of the start to the end of the drain.
  await using _admin = await openAdmin({ address: settings.admin, metrics, health: () => health() });
  await using platform = await openPlatform(settings, { ...o, metrics });
  await using service = await start(platform);
  health = () => service.health();
  platform.logger.info("started");
  const signal = await untilSignal({ drainSeconds: settings.drainSeconds });
  health = () => ({ live: true, ready: false, reasons: ["draining"] });
  platform.logger.info({ signal }, "draining");
};

const sayWhy = (error: unknown): number => {
  const known =
    error instanceof SettingsError || error instanceof NotInitialisedError || nameOf(error) === "PolicyError";
  const line = known ? (error as Error).message : `Cannot start: ${nameOf(error)} ${codeOf(error)}`.trimEnd();
  process.stderr.write(`${line}\n`);
  return known ? 2 : 1;
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "error");
const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
};
