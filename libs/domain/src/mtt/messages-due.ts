import type { MttProgress } from './mtt-window';

/**
 * Messages one target should have been sent by now when `total` go out evenly; all of them where the whole time is
 * shorter than a cycle. Whole messages.
 */
export const messagesGoal = (total: number, { cycle, all }: MttProgress): number =>
  all === 0 ? total : Math.floor((total * cycle) / all);

/** One target as its messages stand: first ones of their supporters only, no tests. */
export interface TargetProgress {
  targetId: string;
  total: number;
  /** Neither sent nor handed over. */
  pending: number;
  /** Still allowed today. */
  room: number;
  /** Its turn came last then; null: never. */
  plannedAt: Date | null;
}

export interface TargetShare {
  targetId: string;
  count: number;
}

/** One cycle sends that many times MAX_MESSAGES_PER_CYCLE at most. */
const targetsPerLimit = 10;

/**
 * Who gets how many messages in this cycle (email-and-mtt.md §5.5). `progress` null: all that is left. The limit is per ten
 * targets, but what one ten does not need the others have; whose turn is the longest ago comes first, so that no target
 * waits twice for the same others.
 */
export function planCycle(
  targets: readonly TargetProgress[],
  progress: MttProgress | null,
  maxPerTenTargets: number,
): TargetShare[] {
  let left = Math.ceil(targets.length / targetsPerLimit) * Math.max(1, maxPerTenTargets);
  const shares: TargetShare[] = [];
  for (const { targetId, total, pending, room } of [...targets].sort(byOldestTurn)) {
    const goal = progress ? messagesGoal(total, progress) : total;
    const count = Math.min(goal - (total - pending), pending, room, left);
    if (count <= 0) continue;
    shares.push({ targetId, count });
    left -= count;
  }
  return shares;
}

const byOldestTurn = (a: TargetProgress, b: TargetProgress): number =>
  (a.plannedAt?.getTime() ?? 0) - (b.plannedAt?.getTime() ?? 0) || (a.targetId < b.targetId ? -1 : 1);
