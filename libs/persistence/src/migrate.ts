import { z } from 'zod';
import { loadConfigOrExit, secret } from '@groundswell/config';
import { runMigrations } from './run-migrations';

/** The owner's connection and one password per service role. */
const settings = loadConfigOrExit(
  z.object({
    MIGRATION_DATABASE_URL: secret(),
    GS_GATEWAY_PASSWORD: secret(),
    GS_INGEST_PASSWORD: secret(),
    GS_TOPOLOGY_PASSWORD: secret(),
    GS_NOTIFY_PASSWORD: secret(),
    GS_MAIL_PASSWORD: secret(),
    GS_STATS_PASSWORD: secret(),
    GS_MTT_PASSWORD: secret(),
    GS_FORWARDER_PASSWORD: secret(),
  }),
);

const done = await runMigrations(settings.MIGRATION_DATABASE_URL, {
  gs_gateway: settings.GS_GATEWAY_PASSWORD,
  gs_ingest: settings.GS_INGEST_PASSWORD,
  gs_topology: settings.GS_TOPOLOGY_PASSWORD,
  gs_notify: settings.GS_NOTIFY_PASSWORD,
  gs_mail: settings.GS_MAIL_PASSWORD,
  gs_stats: settings.GS_STATS_PASSWORD,
  gs_mtt: settings.GS_MTT_PASSWORD,
  gs_forwarder: settings.GS_FORWARDER_PASSWORD,
});
process.stdout.write(done.length > 0 ? `migrated: ${done.join(', ')}\n` : 'schema is up to date\n');
