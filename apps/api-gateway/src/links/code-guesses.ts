import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';

/** Counts codes that are none, by address; one that is right is given back. Throws TooManyRequestsError. */
export async function countingGuesses<Found>(
  limiter: Pick<RateLimiter, 'consume' | 'giveBack'>,
  ip: string,
  find: () => Promise<Found | null>,
): Promise<Found | null> {
  const address = addressKey(ip);
  await limiter.consume('confirmCodeByAddress', address);
  const found = await find();
  if (found) await limiter.giveBack('confirmCodeByAddress', address);
  return found;
}
