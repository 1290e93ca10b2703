import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError } from '../api/api-error';
import type { LinkAnswer } from './link-answer';
import { retryPage } from './link-pages';

/** Database away, or neither broker nor spool: the same page, since following the link again is all one can do. */
export async function answerOrRetry(work: () => Promise<LinkAnswer>): Promise<LinkAnswer> {
  try {
    return await work();
  } catch (error) {
    const isAway = error instanceof DatabaseAwayError || (error instanceof ApiError && error.code === 'unavailable');
    if (!isAway) throw error;
    return retryPage();
  }
}
