import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

const payload = z.object({});
const cursor = z.never();

/** Codes in links that ended long ago: invitations and other confirms (background-jobs.md §4.8). */
export const expireConfirmsJob = defineJob({ name: 'expire-confirms', payload, cursor, keepDays: 2 });

/** Sessions, API tokens and tokens of links in mails to users that are good for nothing any more. */
export const expireAccountTokensJob = defineJob({ name: 'expire-account-tokens', payload, cursor, keepDays: 2 });
