import { integerCodes } from '../codes/integer-codes';

/** What is left to do about an action or a supporter (background-jobs.md §2.5). */
export type FollowUpKind = 'moderation' | 'call' | 'reminder';

const codes = integerCodes<FollowUpKind>('follow-up kind', { moderation: 0, call: 1, reminder: 2 });

export const followUpKindCode = codes.code;
export const followUpKindFromCode = codes.value;

/** What an org wants made by itself, of its config's `followUps`. */
export interface FollowUpSettings {
  /** An item for each action that waits for moderation. */
  moderation: boolean;
  /** When such an item is due, hours after it was made; null: at no time. */
  dueHours: number | null;
}

const longestDueHours = 24 * 365;

/** What is no setting counts as none: a config holds whatever its org put there. */
export function followUpSettingsOf(config: Readonly<Record<string, unknown>>): FollowUpSettings {
  const given = config['followUps'];
  const { moderation, dueHours } = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  const isDue = typeof dueHours === 'number' && dueHours > 0 && dueHours <= longestDueHours;
  return { moderation: moderation === true, dueHours: isDue ? dueHours : null };
}
