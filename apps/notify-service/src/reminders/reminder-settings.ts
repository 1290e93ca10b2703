/** When an org reminds: `config.reminder` (email-and-mtt.md §3.3). */
export interface ReminderSettings {
  /** Days between signing and the first reminder, and between two. */
  delayDays: number;
  /** Reminders of one signature at most. */
  maxCount: number;
}

export class ReminderSettingsError extends Error {
  readonly code = 'reminders.settings';
}

const defaults: ReminderSettings = { delayDays: 2, maxCount: 3 };

/** Null for an org that does not remind. Throws ReminderSettingsError for settings nobody can go by. */
export const reminderSettings = (config: Record<string, unknown>): ReminderSettings | null =>
  reminderSettingsOf(config['reminder'], 'config.reminder');

/** The same of a setting elsewhere; `where` is its name. */
export function reminderSettingsOf(reminder: unknown, where: string): ReminderSettings | null {
  if (typeof reminder !== 'object' || reminder === null) return null;
  const { enabled, delay_days: delayDays, max_count: maxCount } = reminder as Record<string, unknown>;
  if (enabled !== true) return null;
  return {
    delayDays: wholeNumber(`${where}.delay_days`, delayDays, 1) ?? defaults.delayDays,
    maxCount: wholeNumber(`${where}.max_count`, maxCount, 0) ?? defaults.maxCount,
  };
}

/** An integer, or one as text; null where none is given. */
function wholeNumber(name: string, value: unknown, least: number): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && /^\s*[0-9]{1,4}\s*$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= 1_000) return number;
  throw new ReminderSettingsError(`${name} must be a whole number from ${least} to 1000`);
}
