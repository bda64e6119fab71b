import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { topics } from "@sotto/contracts";
import { openEmbeddedLog, type LogClient } from "@sotto/stream";

import { aChat } from "../journeys/chat.ts";
import { deploy } from "../journeys/deployment.ts";
import type { BenchResult } from "./main.ts";

const turnsEach = 25;
const inFlight = 4;

/**
 * The whole house in one process: events in at the door over HTTP, until each turn is landed, told and accounted for.
 * Baseline, in the same run: the same bytes through the same four topics of the same log, with nobody doing anything.
 */
export const benchPipeline = async (turns = 10_000): Promise<BenchResult[]> => {
  const chats = Array.from({ length: Math.ceil(turns / turnsEach) }, (_, i) => eventsOf(`bench-${i}`));
  const bare = await bareHops(chats);
  await using d = await deploy();
  const began = performance.now();
  const cpu = process.cpuUsage();
  const rest = [...chats];
  const lane = async (): Promise<void> => {
    for (let chat = rest.shift(); chat; chat = rest.shift()) await d.send(chat);
  };
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  await Promise.all(Array.from({ length: inFlight }, lane));
  await d.settledWithin(600_000);
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const total = chats.length * turnsEach;
  const cpuSeconds = (user + system) / 1e6;
  return [
    {
      name: "pipeline, event to landed",
      ours: Math.round(total / seconds),
      baseline: bare,
      unit: "turns/s",
      ratio: total / seconds / bare,
    },
    {
      name: "pipeline, a CPU-second",
      ours: Math.round(total / cpuSeconds),
      baseline: bare,
      unit: "turns/cpu-s",
      ratio: total / cpuSeconds / bare,
    },
    {
      name: "pipeline, peak memory",
      ours: Math.round(peak / 1_048_576),
      baseline: NaN,
      unit: "MiB",
      ratio: NaN,
    },
  ];
};

const sentences = [
  "Hello, I would like to change the address on my account please",
  "Of course, may I have your full name and your postcode?",
  "My name is Ada Lovelace and the postcode is SW1A 1AA",
  "Thank you. Which e-mail address should we send the confirmation to?",
  "Please use ada.lovelace@example.com, and my phone is 020 7946 0123",
];

const eventsOf = (subject: string): object[] => {
  const texts = Array.from({ length: turnsEach }, (_, i) => sentences[i % sentences.length] ?? "");
  const chat = aChat({ subject, texts });
  return [...chat.opening(), chat.consent("given", 5), ...chat.turns(), chat.ending()];
};

const hops = [topics.conversations, topics.admitted, topics.redacted, topics.landed];

const bareHops = async (chats: readonly object[][]): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-bench-"));
  try {
    await using log = await openEmbeddedLog({ file: join(folder, "log.sqlite"), now: () => Date.now() });
    await log.ensureTopics(
      hops.map(({ name }) => ({
        name,
        partitions: 8,
        cleanup: "delete",
        retentionMs: 86_400_000,
        maxRecordBytes: 1_048_576,
      })),
    );
    const began = performance.now();
    for (const [n, chat] of chats.entries()) await passOn(log, chat, n);
    return Math.round((chats.length * turnsEach) / ((performance.now() - began) / 1000));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const passOn = async (log: LogClient, chat: readonly object[], n: number): Promise<void> => {
  let values: Uint8Array[] = chat.map((event) => Buffer.from(JSON.stringify(event)));
  for (const { name } of hops) {
    const acks = await log.append(
      values.map((value) => ({ topic: name, partition: n % 8, key: `c${n}`, value, headers: [] })),
    );
    const first = acks[0];
    if (!first?.ok) throw new Error("Not acknowledged");
    const read: Uint8Array[] = [];
    for await (const batch of log.read(name, n % 8, first.offset))
      read.push(...batch.flatMap((r) => r.value ?? []));
    values = read;
  }
};
