import type { LogClient } from "@sotto/stream";

/** A log that does as the one below it, but for what `changes` says. */
export const overLog = (log: LogClient, changes: Partial<LogClient>): LogClient => ({
  append: (records) => log.append(records),
  join: (options) => log.join(options),
  read: (topic, partition, from, to) => log.read(topic, partition, from, to),
  follow: (topic, partition, from, signal) => log.follow(topic, partition, from, signal),
  ends: (topic) => log.ends(topic),
  committedOffsets: (group) => log.committedOffsets(group),
  topics: () => log.topics(),
  ensureTopics: (specs) => log.ensureTopics(specs),
  [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  ...changes,
});
