import { setTimeout as sleep } from "node:timers/promises";

import { start as archiver } from "@sotto/archiver";
import { start as auditor } from "@sotto/auditor";
import { start as consentGate } from "@sotto/consent-gate";
import { start as ingest } from "@sotto/ingest";
import { start as redactor } from "@sotto/redactor";
import { runService, type Platform, type Service } from "@sotto/service";
import type { LogClient } from "@sotto/stream";
import { start as transcriber } from "@sotto/transcriber";

import { overLog } from "./over-log.ts";

/** A process of its own for the services that its arguments name, on one platform, so many ms from its log. */
const [, , farMs, ...names] = process.argv;
const starts = { archiver, auditor, "consent-gate": consentGate, ingest, redactor, transcriber };

/** The runtime's default is 6 s: so long a dead process would keep its partitions from everybody else. */
const sessionMs = 1000;
const timesAsFast = 6;

/**
 * A log at some distance, with leases that end sooner. A worker stops sending when it has not been heard of for half of
 * what it believes to be its session, so it is told ages that have grown as much as the session has shrunk.
 */
const distant = (log: LogClient): LogClient =>
  overLog(log, {
    append: (records) => far(() => log.append(records)),
    join: async (options) => {
      const member = await log.join({ ...options, sessionMs });
      return {
        fetch: member.fetch.bind(member),
        committed: member.committed.bind(member),
        commit: (lease, offsets) => far(() => member.commit(lease, offsets)),
        heartbeatAgeMs: () => member.heartbeatAgeMs() * timesAsFast,
        leave: member.leave.bind(member),
      };
    },
  });

/** As far away as a broker: a kill then mostly falls between two steps of a worker, and not into its idle time. */
const far = async <T>(work: () => Promise<T>): Promise<T> => {
  await sleep(Number(farMs));
  const answer = await work();
  await sleep(Number(farMs));
  return answer;
};

const startNamed =
  (names: readonly string[]) =>
  async (platform: Platform): Promise<Service> => {
    await using stack = new AsyncDisposableStack();
    const here = { ...platform, log: distant(platform.log) };
    const services: Service[] = [];
    for (const [name, start] of Object.entries(starts)) {
      if (names.includes(name)) services.push(stack.use(await start(here)));
    }
    const running = stack.move();
    return {
      health: () => {
        const all = services.map((service) => service.health());
        return {
          live: all.every(({ live }) => live),
          ready: all.every(({ ready }) => ready),
          reasons: all.flatMap(({ reasons }) => reasons),
        };
      },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  };

await runService(process.env, startNamed(names));
