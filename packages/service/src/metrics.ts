import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** What a process counts for its operator (contract.md §6). Reasons and results are closed lists; no id is a label. */
export interface Metrics {
  /** Seconds between the newest handled record and the newest there is, by service. */
  lag(service: string, seconds: number): void;
  decided(decision: string, reason: string, turns?: number): void;
  /** What a gate's unit holds now; units of one process are told apart by partition and added up. */
  held(partition: number, turns: number, oldestSeconds: number): void;
  quarantined(reason: string): void;
  landed(result: string): void;
  keyCall(op: "dataKey" | "open" | "sign", result: "ok" | "refused" | "unavailable"): void;
  fenceAge(seconds: number): void;
  checkpointAge(seconds: number): void;
  /** Called before each `text`, for gauges that are only worth asking for then. */
  onScrape(ask: () => void): void;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** `ofProcess` adds memory, CPU and event loop of the process: once a process that is scraped. */
export const openMetrics = (o: { readonly ofProcess?: boolean } = {}): Metrics => {
  const registry = new Registry();
  if (o.ofProcess === true) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });

  const lag = gauge("sotto_lag_seconds", "Age of the oldest record not handled yet", ["service"]);
  const decisions = counter("sotto_decisions_total", "Turns by decision and reason", ["decision", "reason"]);
  const held = gauge("sotto_held", "Turns held for want of a consent record", []);
  const heldOldest = gauge("sotto_held_oldest_seconds", "Age of the oldest turn held", []);
  const quarantined = counter("sotto_quarantined_total", "Records put aside by reason", ["reason"]);
  const landed = counter("sotto_landed_total", "Documents landed by result", ["result"]);
  const keyCalls = counter("sotto_key_calls_total", "Calls of the key service", ["op", "result"]);
  const fenceAge = gauge("sotto_fence_age_seconds", "Age of what is known of fences", []);
  const checkpointAge = gauge("sotto_checkpoint_age_seconds", "Age of the audit log's last checkpoint", []);

  const asks: Array<() => void> = [];
  const holds = new Map<number, { readonly turns: number; readonly oldest: number }>();
  return {
    lag: (service, seconds) => lag.set({ service }, seconds),
    decided: (decision, reason, turns = 1) => decisions.inc({ decision, reason }, turns),
    held: (partition, turns, oldest) => {
      holds.set(partition, { turns, oldest });
      held.set([...holds.values()].reduce((sum, unit) => sum + unit.turns, 0));
      heldOldest.set(Math.max(...[...holds.values()].map((unit) => unit.oldest)));
    },
    quarantined: (reason) => quarantined.inc({ reason }),
    landed: (result) => landed.inc({ result }),
    keyCall: (op, result) => keyCalls.inc({ op, result }),
    fenceAge: (seconds) => fenceAge.set(seconds),
    checkpointAge: (seconds) => checkpointAge.set(seconds),
    onScrape: (ask) => void asks.push(ask),
    text: () => {
      for (const ask of asks) ask();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
};
