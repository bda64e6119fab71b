import { createServer, type Server } from "node:http";

import type { Metrics } from "./metrics.ts";
import type { Health } from "./platform.ts";
import type { Address } from "./settings.ts";

export interface Admin extends AsyncDisposable {
  readonly address: Address;
}

/**
 * `GET /livez`, `/readyz` and `/metrics` for whoever runs the process. Answers 503 and the reasons while not live or
 * not ready; knows no other path and no other method. Throws when the address cannot be had.
 */
export const openAdmin = async (o: {
  readonly address: Address;
  readonly metrics: Metrics;
  readonly health: () => Health;
}): Promise<Admin> => {
  const server = createServer((request, response) => {
    void answer(request.method, request.url, o).then(({ status, type, body }) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : body);
    });
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 64;
  await listen(server, o.address);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : o.address.port;
  return {
    address: { host: o.address.host, port },
    [Symbol.asyncDispose]: () => close(server),
  };
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const answer = async (
  method: string | undefined,
  url: string | undefined,
  o: { readonly metrics: Metrics; readonly health: () => Health },
): Promise<Answer> => {
  if (method !== "GET" && method !== "HEAD") return text(405, "GET only\n");
  try {
    const health = o.health();
    switch (url?.split("?")[0]) {
      case "/livez":
        return state(health.live, health.live ? [] : health.reasons);
      case "/readyz":
        return state(health.live && health.ready, health.reasons);
      case "/metrics":
        return { status: 200, type: o.metrics.contentType, body: await o.metrics.text() };
      default:
        return text(404, "Not here: /livez, /readyz, /metrics\n");
    }
  } catch {
    return text(500, "Health cannot be told\n");
  }
};

const state = (isGood: boolean, reasons: readonly string[]): Answer =>
  isGood ? text(200, "ok\n") : text(503, `${["not ok", ...reasons].join("\n")}\n`);

const text = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });

const listen = (server: Server, { host, port }: Address): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
