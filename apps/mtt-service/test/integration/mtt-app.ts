import { loadConfig } from '@groundswell/config';
import type { ActionFactsV1 } from '@groundswell/contracts';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { createService } from '@groundswell/service';
import type { TestVhost } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';

/** mtt-service as it runs, with the queues that topology-service makes for it. */
export async function startApp(vhost: TestVhost, databaseUrl: string, variables: Record<string, string> = {}) {
  const config = loadConfig(configSchema, {
    DATABASE_URL: databaseUrl,
    AMQP_URL: vhost.amqpUrl,
    LOG_LEVEL: process.env['MTT_TEST_LOG'] ?? 'silent',
    REPLICA_ID: 'test',
    RECONNECT_FIRST_MS: '50',
    MTT_CYCLE: '200',
    MTT_SWEEP_INTERVAL: '3600000',
    MTT_ASK_AGAIN_MS: '1000',
    MTT_ASK_LIMIT: '2',
    ...variables,
  });
  const app = await createService(AppModule, {
    config,
    logger: createLogger({ service: 'mtt-service', level: config.LOG_LEVEL }),
    health: new HealthRegistry({ keepMs: 0 }),
    metrics: new Metrics('mtt-service', { withProcessMetrics: false }),
  });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  return app;
}

/** One action was stored and delivered. */
export const factsOf = (campaignId: number, actionId: number): ActionFactsV1 => ({
  schema: 'groundswell:facts:1',
  partition: 0,
  facts: [
    {
      name: 'action.added',
      actionId,
      supporterId: 1,
      campaignId,
      actionPageId: 1,
      orgId: 1,
      actionType: 'register',
      testing: false,
      withConsent: true,
      area: null,
      before: null,
      after: { action: 'delivered', supporter: 'accepted' },
      rank: 0,
      at: new Date().toISOString(),
    },
  ],
});
