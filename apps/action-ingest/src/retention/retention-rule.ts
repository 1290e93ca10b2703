/** `delete_contacts` removes an org's contact records; `remove_pii` also the clear copies nobody else has a record of. */
export type RetentionMode = 'delete_contacts' | 'remove_pii';

export interface RetentionRule {
  mode: RetentionMode;
  /** Age of actions, and of the end of their campaigns. */
  months: number;
}

const modes: readonly string[] = ['delete_contacts', 'remove_pii'];
const longestMonths = 1_200;

/** The rule of a run, or what is wrong with it. */
export function retentionRule(mode: unknown, months: unknown): RetentionRule | { error: string } {
  if (typeof mode !== 'string' || !modes.includes(mode)) return { error: `mode must be ${modes.join(' or ')}` };
  if (typeof months !== 'number' || !Number.isInteger(months) || months < 1 || months > longestMonths) {
    return { error: `months must be a whole number from 1 to ${longestMonths}` };
  }
  return { mode: mode as RetentionMode, months };
}

/** `config.retention` of an org that has its data cleaned up by itself, as it is written there; null without `months`. */
export function scheduledRetention(config: Record<string, unknown>): { mode: string; months: number | null } | null {
  const retention = config['retention'];
  if (typeof retention !== 'object' || retention === null) return null;
  const { months, mode } = retention as Record<string, unknown>;
  if (months === undefined || months === null) return null;
  const number = typeof months === 'string' && /^[0-9]{1,4}$/.test(months) ? Number(months) : months;
  return {
    mode: mode === undefined || mode === null ? 'remove_pii' : String(mode),
    months: typeof number === 'number' && Number.isSafeInteger(number) && Math.abs(number) < 1e6 ? number : null,
  };
}
