import { FenceIndex } from "@sotto/consent";
import { type Fence, topics } from "@sotto/contracts";

import { type FollowedTable, followTable } from "./followed-table.ts";
import type { LogClient, LogRecord } from "./log-client.ts";

export interface FenceTable extends FollowedTable {
  readonly index: FenceIndex;
}

/**
 * Follows topic `fences`; resolves once read to its end. Ask `isFresh` before every act a fence could forbid.
 * `applied` is awaited for each fence before the table can count as fresh (an erasure zeroes keys).
 */
export const openFenceTable = async (o: {
  readonly log: LogClient;
  readonly decode: (record: LogRecord) => Promise<Fence>;
  readonly freshMs: number;
  readonly applied?: (fence: Fence) => void | Promise<void>;
}): Promise<FenceTable> => {
  const index = new FenceIndex();
  const table = await followTable({
    log: o.log,
    topic: topics.fences.name,
    freshMs: o.freshMs,
    apply: async (key, record) => {
      const fence = await o.decode(record);
      index.set(key, fence);
      await o.applied?.(fence);
    },
    remove: (key) => index.delete(key),
  });
  return withTable(table, { index });
};

/** The table's own promises with what is kept in it. */
export const withTable = <T extends object>(table: FollowedTable, more: T): FollowedTable & T => ({
  isFresh: () => table.isFresh(),
  ageMs: () => table.ageMs(),
  trouble: () => table.trouble(),
  [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
  ...more,
});
