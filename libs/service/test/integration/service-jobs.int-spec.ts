import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { z } from 'zod';
import { loadConfig } from '@groundswell/config';
import { defineJob, JobQueue, JobRunner, RunsJob, type JobHandler, type JobRun } from '@groundswell/jobs';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { Database, type OwnedSchema } from '@groundswell/persistence';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { createService, serviceModules, serviceVariables, type Runtime } from '../../src/index';

const configSchema = z.object(serviceVariables({ poolSize: 4 }));
type Config = Readonly<z.output<typeof configSchema>>;

const greet = defineJob({ name: 'greet', payload: z.object({ who: z.string() }), cursor: z.unknown() });
let isHeld = false;

/** With what Nest hands it, as any provider. */
@RunsJob(greet)
class GreetHandler implements JobHandler<{ who: string }> {
  constructor(private readonly database: Database) {}

  async run(job: JobRun<{ who: string }>): Promise<{ greeting: string }> {
    if (isHeld) {
      await new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(new Error('told to end'))));
    }
    const [row] = await this.database.query<{ greeting: string }>('select $1 as greeting', [
      `hello ${job.payload.who}`,
    ]);
    return { greeting: row?.greeting ?? '' };
  }
}

@RunsJob(greet)
class SecondHandler extends GreetHandler {}

const aModule = (handlers: (typeof GreetHandler)[], schema: OwnedSchema = 'stats') => {
  @Module({})
  class GreetingModule {
    static forRoot(runtime: Runtime<Config>): DynamicModule {
      const jobs = { types: [greet], settings: { pollMs: 20 } };
      return {
        module: GreetingModule,
        imports: serviceModules(runtime, { name: 'stats-service', schema, consumers: [], jobs }),
        providers: handlers,
      };
    }
  }
  return GreetingModule;
};

describe('the jobs of a service', () => {
  let database: TestDatabase;
  let vhost: TestVhost;
  let sql: Client;
  let runtime: Runtime<Config>;

  beforeAll(async () => {
    [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    const variables = { DATABASE_URL: database.urls.stats, AMQP_URL: vhost.amqpUrl, LOG_LEVEL: 'silent' };
    runtime = {
      config: loadConfig(configSchema, variables),
      logger: createLogger({ service: 'stats-service', level: 'silent' }),
      health: new HealthRegistry({ keepMs: 0 }),
      metrics: new Metrics('stats-service', { withProcessMetrics: false }),
    };
  });
  afterAll(async () => {
    await sql.end();
    await vhost.delete();
    await database.drop();
  });

  /** Each as a process of its own. */
  const boot = async (handlers: (typeof GreetHandler)[]): Promise<NestFastifyApplication> => {
    const metrics = new Metrics('stats-service', { withProcessMetrics: false });
    runtime = { ...runtime, health: new HealthRegistry({ keepMs: 0 }), metrics };
    const app = await createService(aModule(handlers), runtime);
    try {
      return await app.init();
    } catch (error) {
      await app.close();
      throw error;
    }
  };
  const add = async (app: NestFastifyApplication, who: string): Promise<number> => {
    const { id } = await waitFor(() =>
      app.get(Database).transaction((manager) => app.get(JobQueue).add(manager, greet, { payload: { who }, key: who })),
    );
    app.get(JobRunner).wake();
    return id;
  };
  const job = async (id: number) =>
    (await sql.query('select state, attempts, result from stats.jobs where id = $1', [id])).rows[0];

  it('are done by the provider that is marked for their type, counted, and handed back when the service ends', async () => {
    const app = await boot([GreetHandler]);
    const id = await add(app, 'ada');
    await waitFor(async () => (await job(id)).state === 'complete');
    expect(await job(id)).toMatchObject({ result: { greeting: 'hello ada' } });
    await waitFor(async () =>
      (await runtime.metrics.text()).includes(
        'groundswell_job_attempts_total{type="greet",outcome="complete",service="stats-service"} 1',
      ),
    );
    isHeld = true;
    const held = await add(app, 'bob');
    await waitFor(async () => (await job(held)).state === 'running');
    await app.close();
    isHeld = false;
    expect(await job(held)).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('keep a service from booting without a handler, or with two', async () => {
    await expect(boot([])).rejects.toThrow('"greet" has no handler');
    await expect(boot([GreetHandler, SecondHandler])).rejects.toThrow('"greet" has 2 handlers');
  });

  it('need a schema that has their tables', () => {
    expect(() => aModule([GreetHandler], 'mail').forRoot(runtime)).toThrow('schema "mail" has no job tables');
  });
});
