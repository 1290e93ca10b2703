/** So many attempts within so many seconds, counted from the first. */
export interface Limit {
  points: number;
  seconds: number;
}

const minute = 60;
const hour = 60 * minute;

/**
 * Limits of one address or one account. An address may be a whole petition hall or office, so those of addresses are
 * generous. A login that succeeds is given back: only failures count.
 */
export const fixedLimits = {
  loginByAddress: { points: 100, seconds: 5 * minute },
  loginByAccount: { points: 20, seconds: 15 * minute },
  registerByAddress: { points: 60, seconds: hour },
  resetByAddress: { points: 60, seconds: hour },
  resetByAccount: { points: 5, seconds: hour },
  resendByAddress: { points: 60, seconds: hour },
  resendByAccount: { points: 5, seconds: hour },
  /** Guesses at codes and links that come by mail. */
  confirmCodeByAddress: { points: 120, seconds: 10 * minute },
  /** Calls of webhooks without the right secret. */
  refusedWebhookByAddress: { points: 60, seconds: 10 * minute },
  /** Answers to one message: whoever has its address may send them. */
  replyToMessage: { points: 60, seconds: hour },
  /** Links to send files to. */
  uploadByAddress: { points: 300, seconds: hour },
} satisfies Record<string, Limit>;

export type LimitName = keyof typeof fixedLimits | 'mutationByAddress';

/** RATE_LIMIT_MUTATIONS: per minute; 0 is no limit. */
export const limitsWith = (mutationsPerMinute: number): Partial<Record<LimitName, Limit>> => ({
  ...fixedLimits,
  ...(mutationsPerMinute > 0 ? { mutationByAddress: { points: mutationsPerMinute, seconds: minute } } : {}),
});
