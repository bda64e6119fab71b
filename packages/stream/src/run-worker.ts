import { topics } from "@sotto/contracts";

import { monotonicMs, sleep } from "./clock.ts";
import type { Lease, LogClient, Membership } from "./log-client.ts";
import {
  defaultLimits,
  describeError,
  isReady,
  type LoggerLike,
  type UnitContext,
  type UnitStatus,
  type WorkerLimits,
  type WorkerMetrics,
} from "./runtime/unit-context.ts";
import { runUnit } from "./runtime/unit-loop.ts";
import type { WorkerSpec } from "./worker.ts";

export interface WorkerHealth {
  /** The loop turns. Kill the process when it does not. */
  readonly live: boolean;
  /** State is restored, the log answers, nothing is waited for. */
  readonly ready: boolean;
  readonly reasons: string[];
}

export interface RunningWorker {
  health(): WorkerHealth;
  /** Takes no new batch, finishes the one in hand or gives it up at the deadline, leaves the group. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WorkerPlatform {
  readonly log: LogClient;
  readonly logger: LoggerLike;
  readonly clock: { now(): number };
  readonly metrics?: WorkerMetrics;
  readonly limits?: Partial<WorkerLimits>;
}

/**
 * Runs a worker on every partition the group gives this member. The only place with retries, commits, quarantine,
 * back-pressure and shutdown. Rejects when a topic it needs is missing; once it runs, whatever goes wrong shows in
 * `health`, and nothing it has read is lost.
 */
export const runWorker = async (spec: WorkerSpec, platform: WorkerPlatform): Promise<RunningWorker> => {
  const partitions = await partitionsOf(spec, platform.log);
  const worker = new Worker(spec, platform, partitions);
  await worker.start();
  return worker;
};

class Worker implements RunningWorker {
  readonly #spec: WorkerSpec;
  readonly #platform: WorkerPlatform;
  readonly #limits: WorkerLimits;
  readonly #partitions: ReadonlyMap<string, number>;
  /** By partition: the unit that runs there, or the last one that did. */
  readonly #units = new Map<number, { readonly status: UnitStatus; readonly over: Promise<void> }>();
  readonly #draining = new AbortController();
  readonly #killed = new AbortController();
  readonly #joined = Promise.withResolvers<Membership>();
  #crash: string | null = null;
  #stopped: Promise<void> | null = null;
  #membership: Membership | null = null;
  readonly #lagTimer: NodeJS.Timeout;

  constructor(spec: WorkerSpec, platform: WorkerPlatform, partitions: ReadonlyMap<string, number>) {
    this.#spec = spec;
    this.#platform = platform;
    this.#limits = { ...defaultLimits, ...platform.limits };
    this.#partitions = partitions;
    this.#lagTimer = setInterval(() => this.#tellLag(), 1_000);
  }

  async start(): Promise<void> {
    const joining = this.#platform.log.join({
      group: this.#spec.name,
      topics: this.#spec.inputs,
      sessionMs: this.#limits.sessionMs,
      assigned: (lease) => this.#assigned(lease),
      revoked: async (lease) => this.#units.get(lease.partition)?.over,
    });
    joining.catch(() => clearInterval(this.#lagTimer));
    const membership = await joining;
    this.#membership = membership;
    this.#joined.resolve(membership);
  }

  health(): WorkerHealth {
    const statuses = [...this.#units].map(([partition, unit]) => ({ partition, ...unit.status }));
    const dead = statuses.flatMap((status) => this.#whyDead(status));
    if (this.#crash !== null) dead.push(this.#crash);
    const waiting = statuses.flatMap(({ partition, phase, troubles }) => {
      const [trouble] = troubles.values();
      if (trouble !== undefined) return [`partition ${partition}: ${trouble}`];
      return phase === "restoring" ? [`partition ${partition}: restoring`] : [];
    });
    if (!isReady(this.#spec)) waiting.push("the worker is not ready");
    if (this.#draining.signal.aborted) waiting.push("stopping");
    const live = dead.length === 0;
    return { live, ready: live && waiting.length === 0, reasons: [...dead, ...waiting] };
  }

  #whyDead(status: UnitStatus & { readonly partition: number }): string[] {
    const { partition, turnedAt, broken, commitFailsSince } = status;
    const since = monotonicMs() - this.#limits.stallMs;
    if (broken !== null) return [broken];
    if (turnedAt < since) return [`partition ${partition} makes no step`];
    // When heartbeats fail too the log is away; only that commits alone fail is a fault of this process.
    const isAway = (this.#membership?.heartbeatAgeMs() ?? 0) > this.#limits.sessionMs;
    const isStuck = commitFailsSince !== null && commitFailsSince < since;
    return isStuck && !isAway ? [`partition ${partition} cannot commit`] : [];
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#wind();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #assigned(lease: Lease): void {
    const before = this.#units.get(lease.partition)?.over;
    const status: UnitStatus = {
      phase: "restoring",
      turnedAt: monotonicMs(),
      troubles: new Map(),
      broken: null,
      commitFailsSince: null,
      lagSeconds: 0,
    };
    const over = this.#run(lease, status, before).catch((error: unknown) => this.#fail(error));
    const unit = { status, over };
    this.#units.set(lease.partition, unit);
    void over.then(() => {
      if (this.#units.get(lease.partition) === unit) this.#units.delete(lease.partition);
    });
  }

  async #run(lease: Lease, status: UnitStatus, before: Promise<void> | undefined): Promise<void> {
    // The same member may get a partition again while its first unit still winds up.
    await before;
    const membership = await this.#joined.promise;
    const inputs = this.#spec.inputs.filter((topic) => lease.partition < (this.#partitions.get(topic) ?? 0));
    const context: UnitContext = {
      spec: this.#spec,
      log: this.#platform.log,
      logger: this.#platform.logger,
      clock: this.#platform.clock,
      metrics: this.#platform.metrics,
      limits: this.#limits,
      membership,
      lease,
      signal: AbortSignal.any([lease.signal, this.#killed.signal]),
      draining: this.#draining.signal,
      status,
      handled: new Map(inputs.map((topic) => [topic, 0])),
    };
    await runUnit(context);
  }

  #tellLag(): void {
    const seconds = [...this.#units.values()].map((unit) => unit.status.lagSeconds);
    this.#platform.metrics?.lag(this.#spec.name, Math.max(0, ...seconds));
  }

  /** Something would be lost by going on: every unit stops where it is, uncommitted, and health says why. */
  #fail(error: unknown): void {
    const why = error instanceof Error ? error.message : "unknown";
    this.#crash ??= `stopped: ${why}`;
    this.#platform.logger.error({ worker: this.#spec.name, why, ...describeError(error) }, "worker stopped");
    this.#killed.abort();
    void this.stop();
  }

  async #wind(): Promise<void> {
    this.#draining.abort();
    clearInterval(this.#lagTimer);
    const all = Promise.all([...this.#units.values()].map((unit) => unit.over));
    await Promise.race([all, sleep(this.#limits.drainMs, this.#killed.signal)]);
    this.#killed.abort();
    const membership = await this.#joined.promise;
    try {
      await membership.leave();
    } catch (error) {
      this.#platform.logger.warn({ worker: this.#spec.name, ...describeError(error) }, "left without a word");
    }
  }
}

/** Partition counts of the inputs. Throws when a topic is missing that the worker reads or writes by itself. */
const partitionsOf = async (spec: WorkerSpec, log: LogClient): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map((await log.topics()).map(({ name, partitions }) => [name, partitions]));
  const state = spec.stateful ? [`${spec.name}.state`] : [];
  const needed = [...spec.inputs, ...state, topics.audit.name, topics.quarantine.name];
  const missing = needed.filter((name) => !counts.has(name));
  if (missing.length > 0) throw new Error(`Cannot run ${spec.name}: no topic ${missing.join(", ")}`);
  const most = Math.max(...spec.inputs.map((name) => counts.get(name) ?? 0));
  if (spec.stateful && (counts.get(`${spec.name}.state`) ?? 0) < most) {
    throw new Error(`Cannot run ${spec.name}: its state topic has fewer partitions than its inputs`);
  }
  return counts;
};
