import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** User whose name the audit entries have; null: nobody's, by the clock. */
const actorId = z.number().int().nullable();
/** The last campaign that was looked at. */
const cursor = z.object({ afterId: z.number().int(), withActions: z.number().int(), withoutActions: z.number().int() });

/** email-and-mtt.md §8.1, auto close. */
export const closeIdleCampaignsJob = defineJob({
  name: 'close-idle-campaigns',
  payload: z.object({ months: z.number().int().positive(), actorId }),
  cursor,
});

/** email-and-mtt.md §8.1, backfill dates. */
export const backfillCampaignDatesJob = defineJob({
  name: 'backfill-campaign-dates',
  payload: z.object({ actorId }),
  cursor: z.object({ afterId: z.number().int(), filled: z.number().int() }),
});
