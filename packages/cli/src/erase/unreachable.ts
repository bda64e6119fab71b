import { topics } from "@sotto/contracts";

/** Something of a conversation that no command can take away, and when it goes by itself (epoch ms). */
export interface Unreachable {
  readonly what: string;
  readonly until: number;
}

/** The greatest time there is (ECMA-262 §21.4.1.1): what stays for good. */
export const forGood = 8_640_000_000_000_000;

const dayMs = 86_400_000;
/** No replica or backup of the key store may be older (docs/formats/keys.md). */
const backupDays = 7;

/** What an erasure at that time leaves behind. Every frame among it is sealed under a key that is gone, but for facts. */
export const unreachableAfter = (at: number): Unreachable[] => {
  const kept = Math.max(
    ...[topics.conversations, topics.admitted, topics.redacted, topics.landed].map((t) => t.retentionMs),
  );
  return [
    {
      what: "sealed frames on the broker's disks (conversations, admitted, redacted, landed); nobody can open what was said",
      until: at + kept,
    },
    {
      what: "sealed frames in quarantine; nobody can open what was said",
      until: at + topics.quarantine.retentionMs,
    },
    {
      what: "facts on the broker and in the workers' state: who spoke when, with which consent, by ids and keyed digests; sealed under keys of the day, which this release does not shred",
      until: forGood,
    },
    { what: "backups of the key store, older than the erasure", until: at + backupDays * dayMs },
    {
      what: "the key object and the fence that keep it erased: its id and fingerprints of keys",
      until: forGood,
    },
    {
      what: "its entries in the audit log: ids, times, kinds, counts, consents without tokens; no personal data",
      until: forGood,
    },
  ];
};
