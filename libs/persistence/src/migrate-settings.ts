import { z } from 'zod';
import { secret } from '@groundswell/config';

/** What the migration needs: the owner's connection, and one password per service role. */
export const migrateSettings = z.object({
  MIGRATION_DATABASE_URL: secret(),
  GS_GATEWAY_PASSWORD: secret(),
  GS_INGEST_PASSWORD: secret(),
  GS_TOPOLOGY_PASSWORD: secret(),
  GS_NOTIFY_PASSWORD: secret(),
  GS_MAIL_PASSWORD: secret(),
  GS_STATS_PASSWORD: secret(),
  GS_MTT_PASSWORD: secret(),
  GS_FORWARDER_PASSWORD: secret(),
});
