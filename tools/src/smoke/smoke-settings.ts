import { z } from 'zod';
import { secret, url } from '@groundswell/config';

/** What the smoke test needs: where the gateway answers, and the database as its owner, for an account of its own. */
export const smokeSettings = z.object({
  GATEWAY_URL: url(['http', 'https']),
  DATABASE_URL: secret(),
});
