import { topics } from "@sotto/contracts";
import type { TopicSpec } from "@sotto/stream";

/** Partitions of the topics that are cut by conversation; fixed when they are made. */
const embeddedPartitions = 8;

/** Every topic of the deployment as the log makes it. */
export const topicSpecs = (many = embeddedPartitions): TopicSpec[] =>
  Object.values(topics).map((topic) => ({
    name: topic.name,
    partitions: topic.partitions === "many" ? many : topic.partitions,
    cleanup: topic.cleanup,
    ...("retentionMs" in topic && { retentionMs: topic.retentionMs }),
    maxRecordBytes: topic.maxRecordBytes,
  }));
