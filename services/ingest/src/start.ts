import type { Address, Platform, Service } from "@sotto/service";
import { publishAudit } from "@sotto/stream";

import { openGatekeeper } from "./gatekeeper.ts";
import { openIntake } from "./intake.ts";
import { openRefusals } from "./refusals.ts";
import { buildServer, type ServerLimits } from "./server.ts";

/** What a running door adds to a service: where it really listens, for who asked for port 0. */
export interface Ingest extends Service {
  readonly address: Address;
}

const defaults: ServerLimits & { readonly patienceMs: number; readonly refusalsEveryMs: number } = {
  headersMs: 10_000,
  requestMs: 30_000,
  inFlightBytes: 64 * 1024 * 1024,
  connections: 4096,
  patienceMs: 20_000,
  refusalsEveryMs: 1000,
};

/**
 * Opens the door on `settings.http`. Disposing stops listening, answers what has come in, and publishes the last
 * refusals. Throws when the address cannot be had or the registry of sources cannot be read.
 */
export const start = async (platform: Platform, changes: Partial<typeof defaults> = {}): Promise<Ingest> => {
  const limits = { ...defaults, ...changes };
  const { logger, settings, log, clock } = platform;
  const refusals = openRefusals({
    publish: (events) => publishAudit(log, events),
    now: () => clock.now(),
    everyMs: limits.refusalsEveryMs,
    failed: (err) => logger.warn({ err }, "cannot publish refusals yet"),
  });
  const gatekeeper = openGatekeeper(platform.keyStore);
  await gatekeeper.admit("Bearer none");
  const intake = openIntake(platform, platform.keys("ingest"), refusals, limits.patienceMs);
  const app = buildServer({
    gatekeeper,
    intake,
    refusals,
    limits,
    failed: (err) => logger.error({ err }, "a request failed"),
  });
  await app.listen({ host: settings.http.host, port: settings.http.port });
  const [bound] = app.addresses();
  logger.info({ host: settings.http.host, port: bound?.port }, "taking events");
  let isOpen = true;
  return {
    address: { host: settings.http.host, port: bound?.port ?? settings.http.port },
    health: () => ({ live: true, ready: isOpen, reasons: isOpen ? [] : ["draining"] }),
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      await app.close();
      intake[Symbol.dispose]();
      await refusals[Symbol.asyncDispose]();
    },
  };
};
