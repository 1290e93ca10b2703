import type { Rule } from './rule';

/** Of more milestones than that reached at once only the highest are told. */
export const milestonesAtOnce = 20;

/** Values of a goal, or multiples of a milestone, above what was dealt with and up to the count; ascending. */
export function reachedValues({ settings }: Pick<Rule, 'settings'>, seen: number, count: number): number[] {
  if (count <= seen) return [];
  const { values, every } = settings;
  if (values) return [...new Set(values)].filter((value) => value > seen && value <= count).sort((a, b) => a - b);
  if (!every) return [];
  const last = Math.floor(count / every);
  const first = Math.max(Math.floor(seen / every) + 1, last - milestonesAtOnce + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * every);
}

/** Percents of a limit that a use has come to; ascending. */
export const reachedPercents = (values: readonly number[], used: number, limit: number): number[] =>
  limit <= 0 ? [] : [...new Set(values)].filter((percent) => used * 100 >= percent * limit).sort((a, b) => a - b);
