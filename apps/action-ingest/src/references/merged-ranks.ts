/** An accepted supporter of a person who is moved, or to whom somebody is moved. */
export interface RankedSupporter {
  id: number;
  campaignId: number;
  /** The reference it has, or gets. */
  ref: string;
  rank: number | null;
}

/**
 * Ranks of persons who are one from now on, by supporter: exactly one of a campaign keeps, or gets, rank 0 (processing.md §5.4). Who was first
 * keeps the place; of several that were, the one stored first. Only what changes.
 */
export function mergedRanks(supporters: readonly RankedSupporter[]): Map<number, number> {
  const groups = new Map<string, RankedSupporter[]>();
  for (const supporter of supporters) {
    const key = `${supporter.campaignId}:${supporter.ref}`;
    const group = groups.get(key);
    if (group) group.push(supporter);
    else groups.set(key, [supporter]);
  }
  const changed = new Map<number, number>();
  for (const group of groups.values()) {
    const placeOf = ({ rank }: RankedSupporter): number => rank ?? Number.MAX_SAFE_INTEGER;
    group.sort((a, b) => placeOf(a) - placeOf(b) || a.id - b.id);
    group.forEach(({ id, rank }, place) => {
      if (rank !== place) changed.set(id, place);
    });
  }
  return changed;
}
