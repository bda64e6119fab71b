const seed = 0x9747b28c;
const mix = 0x5bd1e995;

/** MurmurHash2 with the seed of Apache Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2): signed. */
export const murmur2 = (data: Uint8Array): number => {
  const words = data.length >>> 2;
  let hash = seed ^ data.length;
  for (let i = 0; i < words; i += 1) {
    const at = i << 2;
    let word =
      (data[at] ?? 0) |
      ((data[at + 1] ?? 0) << 8) |
      ((data[at + 2] ?? 0) << 16) |
      ((data[at + 3] ?? 0) << 24);
    word = Math.imul(word, mix);
    word ^= word >>> 24;
    hash = Math.imul(hash, mix) ^ Math.imul(word, mix);
  }
  const tail = words << 2;
  const rest = data.length - tail;
  if (rest === 3) hash ^= (data[tail + 2] ?? 0) << 16;
  if (rest >= 2) hash ^= (data[tail + 1] ?? 0) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (data[tail] ?? 0), mix);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, mix);
  return hash ^ (hash >>> 15);
};

/** The partition Java's default partitioner gives a key: any client of any language finds the same one. */
export const partitionFor = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key, "utf8")) & 0x7fffffff) % partitions;
