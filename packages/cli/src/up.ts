import { start as startArchiver } from "@sotto/archiver";
import { start as startAuditor } from "@sotto/auditor";
import { start as startGate } from "@sotto/consent-gate";
import { start as startIngest } from "@sotto/ingest";
import { start as startRedactor } from "@sotto/redactor";
import {
  openAdmin,
  openMetrics,
  openPlatform,
  readSettings,
  untilSignal,
  type Address,
  type Health,
  type Platform,
  type Service,
} from "@sotto/service";
import { start as startTranscriber } from "@sotto/transcriber";

import type { Given } from "./command.ts";
import { exit, type ExitCode } from "./exit.ts";
import { print, tell, urlOf, type Io } from "./io.ts";

/** `sotto up`, once its command line is read. */
export const runUp = async (given: Given, io: Io): Promise<ExitCode> => {
  const settings = readSettings(io.env);
  const metrics = openMetrics({ ofProcess: true });
  let health = (): Health => ({ live: true, ready: false, reasons: ["starting"] });
  await using admin = await openAdmin({ address: settings.admin, metrics, health: () => health() });
  await using platform = await openPlatform(settings, { metrics });
  await using all = await startAll(platform);
  health = () => all.health();
  const addresses = { events: `${urlOf(all.http)}/v1/events`, admin: urlOf(admin.address) };
  if (given.json) print(io, JSON.stringify({ services: all.names, ...addresses }));
  else say(all.names, addresses, io);
  const signal = await untilSignal({ drainSeconds: settings.drainSeconds });
  health = () => ({ live: true, ready: false, reasons: ["draining"] });
  tell(io, "Draining; once more to end at once");
  return signal === "SIGINT" ? exit.interrupted : exit.ok;
};

const say = (
  names: readonly string[],
  addresses: { readonly events: string; readonly admin: string },
  io: Io,
): void => {
  for (const name of names) tell(io, `${name.padEnd(13)} ${tasks[name as keyof typeof tasks]}`);
  tell(io, `events        POST ${addresses.events}`);
  tell(io, `health        ${addresses.admin}/readyz, /livez, /metrics`);
  tell(io, "Up. Ctrl-C drains and stops");
};

const tasks = {
  ingest: "takes events at the door",
  "consent-gate": "decides before any text is opened",
  transcriber: "no speech engine: recordings go to quarantine",
  redactor: "removes what names a person",
  archiver: "lands sealed documents",
  auditor: "signs what was decided",
} as const;

export interface AllServices extends AsyncDisposable {
  readonly names: readonly (keyof typeof tasks)[];
  /** Where the door is, with the port that it was given. */
  readonly http: Address;
  health(): Health;
}

/**
 * Starts every service on one platform, the last of the path first, so that nothing is taken in that nobody works on.
 * Disposing stops them the other way round: the door closes first, and each drains into one that still runs.
 */
export const startAll = async (platform: Platform): Promise<AllServices> => {
  await using stack = new AsyncDisposableStack();
  const services = new Map<keyof typeof tasks, Service>();
  const start = async <S extends Service>(
    name: keyof typeof tasks,
    starting: (platform: Platform) => Promise<S>,
  ): Promise<S> => {
    const service = stack.use(await starting(platform));
    services.set(name, service);
    return service;
  };
  await start("auditor", startAuditor);
  await start("archiver", startArchiver);
  await start("redactor", startRedactor);
  await start("transcriber", startTranscriber);
  await start("consent-gate", startGate);
  const { address } = await start("ingest", startIngest);
  const running = stack.move();
  return {
    names: [...services.keys()].toReversed(),
    http: address,
    health: () => together(services),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

/** Live and ready only if every one is; reasons say whose they are. */
const together = (services: ReadonlyMap<string, Service>): Health => {
  const all = [...services].map(([name, service]) => ({ name, ...service.health() }));
  return {
    live: all.every(({ live }) => live),
    ready: all.every(({ ready }) => ready),
    reasons: all.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`)),
  };
};
