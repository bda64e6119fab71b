import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { pathToFileURL } from "node:url";

import { dataKey, open, seal, type Place } from "../src/index.ts";

/** One line of `npm run bench`: both in the same run, in operations a CPU-second. */
export interface BenchResult {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ratio: number;
}

/** Seal and open of 1 KB (and of a section's size) against bare AES-256-GCM of node:crypto (no place, no format, no compression). */
export const benchSeal = async (): Promise<BenchResult[]> => {
  const bytes = randomBytes(32);
  const key = dataKey(bytes);
  const secret = createSecretKey(bytes);
  const inputs = [
    ["1 KB", conversation(1024)],
    ["16 KB (compressed)", conversation(16_384)],
  ] as const;
  return inputs.flatMap(([what, clear]) => {
    const frame = seal(clear, key, place);
    const bare = bareSeal(clear, secret);
    return [
      compare(
        `seal ${what}`,
        () => seal(clear, key, place),
        () => bareSeal(clear, secret),
      ),
      compare(
        `open ${what}`,
        () => open(frame, key, place),
        () => bareOpen(bare, secret),
      ),
    ];
  });
};

const place: Place = {
  tenant: "acme",
  conversation: "c_0123456789abcdefghjkmnpqrs",
  slot: "raw",
  generation: 498_884,
  kind: "content",
  name: "e_0123456789abcdefghjkmnpqrs",
  headers: randomBytes(32),
};

/** Text as compressible as speech is: words of a small vocabulary, drawn at random. */
const conversation = (size: number): Uint8Array => {
  const words =
    "i would like to ask about my order which has not yet come and the number that you gave me is".split(" ");
  let text = "";
  while (text.length < size) text += `${words[(randomBytes(1)[0] ?? 0) % words.length]} `;
  return Buffer.from(text.slice(0, size));
};

const bareSeal = (clear: Uint8Array, key: KeyObject): Uint8Array => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
};

const bareOpen = (sealed: Uint8Array, key: KeyObject): Uint8Array => {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
};

/** Median of rounds that take turns, so that a busy neighbour slows both. */
const compare = (name: string, ours: () => unknown, baseline: () => unknown): BenchResult => {
  const rounds = Array.from({ length: 7 }, () => [rate(ours), rate(baseline)] as const).slice(1);
  const mine = median(rounds.map(([a]) => a));
  const bare = median(rounds.map(([, b]) => b));
  return { name, ours: Math.round(mine), baseline: Math.round(bare), unit: "1/cpu-s", ratio: mine / bare };
};

const rate = (work: () => unknown): number => {
  const times = 4000;
  const start = process.cpuUsage();
  for (let i = 0; i < times; i += 1) work();
  const { user, system } = process.cpuUsage(start);
  return (times * 1e6) / (user + system);
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await benchSeal());
