/** Who has partition n of every input, as the table says. */
export interface Holding {
  readonly partition: number;
  readonly member: string | null;
  /** When it was asked back, monotonic ms. */
  readonly revoking: number | null;
}

/**
 * The step from what is held to a balanced spread that moves as little as may be: members differ by one partition at
 * most once all that was asked back has come. Free partitions go to who has least; who has too many is asked for the
 * difference. Members are in order of joining. Pure.
 */
export const spread = (
  members: readonly string[],
  holdings: readonly Holding[],
): { readonly grants: ReadonlyMap<number, string>; readonly revokes: readonly number[] } => {
  const grants = new Map<number, string>();
  const revokes: number[] = [];
  if (members.length === 0) return { grants, revokes };
  const mine = new Map<string, number[]>(members.map((member) => [member, []]));
  const free: number[] = [];
  for (const held of holdings) {
    if (held.member === null) free.push(held.partition);
    else if (held.revoking === null) mine.get(held.member)?.push(held.partition);
  }
  const quota = quotas(members, mine, holdings.length);
  for (const member of members) {
    const held = mine.get(member) ?? [];
    revokes.push(...held.slice(quota.get(member) ?? 0));
  }
  for (const partition of free) {
    const taker = members.find((member) => (mine.get(member)?.length ?? 0) < (quota.get(member) ?? 0));
    if (taker === undefined) break;
    mine.get(taker)?.push(partition);
    grants.set(partition, taker);
  }
  return { grants, revokes };
};

/** Equal shares; the remainder to those who hold most already, so that it need not move. */
const quotas = (
  members: readonly string[],
  mine: ReadonlyMap<string, readonly number[]>,
  partitions: number,
): ReadonlyMap<string, number> => {
  const least = Math.floor(partitions / members.length);
  const more = partitions % members.length;
  const byHeld = members.toSorted((a, b) => (mine.get(b)?.length ?? 0) - (mine.get(a)?.length ?? 0));
  return new Map(byHeld.map((member, rank) => [member, rank < more ? least + 1 : least]));
};
