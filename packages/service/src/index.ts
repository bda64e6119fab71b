/**
 * What every process shares: settings from the environment, a platform opened from them, a logger that cannot repeat a
 * customer's words, health and metrics over HTTP, and an orderly end. Services are given a platform and open nothing
 * themselves. Making what a deployment needs (keys, topics, folders) is `initPlatform`, and only that: a worker that
 * finds something missing refuses to start, for a key made silently is a key that nobody backed up or locked.
 */
export { openSigningKey } from "./adapters.ts";
export { openAdmin, type Admin } from "./admin.ts";
export { endOnBug } from "./crash.ts";
export { initPlatform, type InitStep } from "./init.ts";
export { NotInitialisedError } from "./initialised.ts";
export { openLogger, type DestinationStream, type Logger, type LogLevel } from "./logger.ts";
export { openMetrics, type Metrics } from "./metrics.ts";
export { openPlatform, type Overrides } from "./open-platform.ts";
export type { Clock, Health, Platform, Service, ServiceName } from "./platform.ts";
export { loadPolicy } from "./policy.ts";
export { runService } from "./run-service.ts";
export {
  projectRoot,
  readSettings,
  settingsUnder,
  SettingsError,
  type Address,
  type FilePlace,
  type Settings,
} from "./settings.ts";
export { untilSignal } from "./signals.ts";
