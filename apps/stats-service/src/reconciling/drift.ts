import { statsCounterField, type CampaignDeltaV1 } from '@groundswell/contracts';
import { FigureSums, type Figure } from '../figures/figure-sums';
import type { Numbers } from '../intake/delta-order';

/** What one campaign's part of a delta changes. */
export interface NumberedDelta {
  partition: number;
  number: number;
  campaign: CampaignDeltaV1;
}

export interface Comparison {
  /** Counted anew, with the numbers of the deltas it has. */
  counted: readonly Figure[];
  given: Numbers;
  /** Kept, with the numbers of the deltas it has: the same ones or fewer. */
  stored: readonly Figure[];
  applied: Numbers;
  /** What was applied since, in any order, and perhaps more. */
  since: readonly NumberedDelta[];
}

/** By how much figures that are kept are wrong, compared at equal numbers; whatever happened since adds to both alike. */
export function driftOf({ counted, given, stored, applied, since }: Comparison): Figure[] {
  const drift = new FigureSums().addAll(counted).addAll(stored, -1);
  for (const { partition, number, campaign } of since) {
    const isCounted = number > (applied.get(partition) ?? 0) && number <= (given.get(partition) ?? 0);
    if (isCounted) drift.addDelta(campaign, -1);
  }
  return drift.nonZero();
}

export const driftByField = (drift: readonly Figure[]): Record<string, number> =>
  Object.fromEntries(drift.map(({ kind, id, name, count }) => [statsCounterField(kind, id, name), count]));

export const sizeOf = (drift: readonly Figure[]): number => drift.reduce((sum, { count }) => sum + Math.abs(count), 0);
