import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { z } from 'zod';
import { loadConfig } from '@groundswell/config';
import { exchanges, factQueue, operationKey, operationQueue, type OperationRequestV1 } from '@groundswell/contracts';
import {
  BrokerConnections,
  Consumes,
  done,
  park,
  Publisher,
  Rpc,
  silentLogger,
  type MessageHandler,
  type Outcome,
} from '@groundswell/messaging';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { createService, serviceModules, serviceVariables, type Runtime } from '../../src/index';

const configSchema = z.object(serviceVariables({ poolSize: 4 }));
type Config = Readonly<z.output<typeof configSchema>>;

const facts = factQueue('stats-service');
const full = 'full.crm';
/** Was org 5's, is org 6's; org 4's has another name by now. */
const renamed = 'renamed.crm';
const newName = 'newname.crm';
const handled: string[] = [];

/** Parks what says so, always. */
@Consumes('facts')
class FactsHandler implements MessageHandler<{ id: string }> {
  handle({ id }: { id: string }): Promise<Outcome> {
    handled.push(id);
    return Promise.resolve(id.startsWith('bad') ? park('as bad as ever') : done());
  }
}

@Module({})
class FactsModule {
  static forRoot(runtime: Runtime<Config>): DynamicModule {
    const contract = z.object({ id: z.string() });
    const consumers = [{ id: 'facts', contract, kind: 'single', queues: [facts] } as const];
    return {
      module: FactsModule,
      imports: serviceModules(runtime, { name: 'stats-service', schema: 'stats', consumers }),
      controllers: [FactsHandler],
    };
  }
}

describe('what operators may have done by a service', () => {
  let database: TestDatabase;
  let vhost: TestVhost;
  let sql: Client;
  let app: NestFastifyApplication;
  let connections: BrokerConnections;
  let rpc: Rpc;

  const startApp = async () => {
    const variables = { DATABASE_URL: database.urls.stats, AMQP_URL: vhost.amqpUrl, LOG_LEVEL: 'silent' };
    const config = loadConfig(configSchema, variables);
    app = await createService(FactsModule, {
      config,
      logger: createLogger({ service: 'stats-service', level: config.LOG_LEVEL }),
      health: new HealthRegistry({ keepMs: 0 }),
      metrics: new Metrics('stats-service', { withProcessMetrics: false }),
    });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  };

  beforeAll(async () => {
    [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    for (const exchange of [exchanges.event, exchanges.ingest, exchanges.reply, exchanges.retry]) {
      await vhost.declareExchange(exchange);
    }
    const home = (queue: string) => ({ exchange: exchanges.retry, key: queue });
    await vhost.declareQueue(facts, home(facts));
    await vhost.declareQueue(full, home(full));
    await vhost.declareQueue(renamed, home(renamed));
    await vhost.declareQueue(newName, home(newName));
    const definition = { 'max-length': 3, overflow: 'reject-publish', 'delivery-limit': 1_000_000 };
    await vhost.manage('PUT', `/api/policies/${vhost.name}/full`, {
      ...{ pattern: `^${full}$`, 'apply-to': 'queues', priority: 9, definition },
    });
    const service = 'stats-service';
    await vhost.declareQueue(operationQueue(service), { exchange: exchanges.ingest, key: operationKey(service) });
    const bindings = [facts, full].map((queue) => ({ exchange: exchanges.retry, queue, key: queue }));
    const homeOfOrg = (queue: string) => JSON.stringify([{ exchange: exchanges.retry, queue, key: queue }]);
    await sql.query(
      `insert into topology.queue_sets (scope, version, state, queues, bindings, confirmed_at)
       values ('system', 'test', 'confirmed', $1, $2, now()), ('org:6', 'test', 'confirmed', $3, $4, now()),
              ('org:4', 'test', 'confirmed', $5, $6, now())`,
      [[facts, full], JSON.stringify(bindings), [renamed], homeOfOrg(renamed), [newName], homeOfOrg(newName)],
    );
    await startApp();
    connections = new BrokerConnections({ serviceName: 'operator', urls: vhost.amqpUrl, logger: silentLogger });
    connections.start();
    const publisher = new Publisher({ connection: connections.publish });
    publisher.start();
    rpc = new Rpc({ connection: connections.consume, publisher, serviceName: 'operator' });
    rpc.start();
    await waitFor(() => rpc.isOpen);
  });
  afterAll(async () => {
    await rpc.stop();
    await connections.close();
    await app.close();
    await sql.end();
    await vhost.delete();
    await database.drop();
  });

  type Asked = OperationRequestV1 extends infer R ? (R extends unknown ? Omit<R, 'schema' | 'id'> : never) : never;
  const ask = (asked: Asked): Promise<unknown> => {
    const request = { schema: 'groundswell:request:1', id: crypto.randomUUID(), ...asked };
    const routing = { exchange: exchanges.ingest, routingKey: operationKey('stats-service') };
    return rpc.request(routing, request, { id: request.id, type: request.schema, timeoutMs: 60_000 });
  };
  const replay = (upTo: string, fields: object = {}) =>
    ask({ kind: 'parked_replay', after: '0', upTo, orgId: null, queues: null, reason: null, ids: null, ...fields });
  const parkedIds = async (queue: string): Promise<string[]> => {
    const { rows } = await sql.query<{ id: string }>(
      'select id::text as id from stats.parked where queue = $1 order by stats.parked.id',
      [queue],
    );
    return rows.map(({ id }) => id);
  };
  const parkRows = (queue: string, prefix: string, count: number) =>
    sql.query(
      `insert into stats.parked (queue, message_id, reason, body)
       select $1, $2 || n, 'test', convert_to('{"id":"' || $2 || n || '"}', 'UTF8') from generate_series(1, $3::int) n`,
      [queue, prefix, count],
    );

  it('keeps a message that is parked again at once as a new row, which no repeat of the request meets', async () => {
    await parkRows(facts, 'bad', 3);
    await parkRows(facts, 'good', 2);
    const before = await parkedIds(facts);
    const upTo = before.at(-1)!;
    expect(await replay(upTo)).toEqual({ done: 5, kept: 0, fault: null, next: upTo });
    const after = await waitFor(async () => {
      const ids = await parkedIds(facts);
      return ids.length === 3 && ids;
    });
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect(await replay(upTo)).toEqual({ done: 0, kept: 0, fault: null, next: null });
    expect(await parkedIds(facts)).toEqual(after);
    await waitFor(() => handled.length === 5);
    expect(handled.sort()).toEqual(['bad1', 'bad2', 'bad3', 'good1', 'good2']);
    expect(
      await ask({
        kind: 'parked_drop',
        after: '0',
        upTo: after[2]!,
        orgId: null,
        queues: [facts],
        reason: 'as bad as ever',
        ids: null,
      }),
    ).toEqual({ done: 3, kept: 0, fault: null, next: after[2] });
    expect(await parkedIds(facts)).toEqual([]);
  });

  it('keeps exactly those rows that the broker did not take', async () => {
    await parkRows(full, 'm', 250);
    const ids = await parkedIds(full);
    const faults: unknown[] = [];
    let taken = 0;
    let after = '0';
    for (const size of [100, 100, 50]) {
      const answer = (await replay(ids.at(-1)!, { after })) as {
        done: number;
        kept: number;
        fault: string;
        next: string;
      };
      expect(answer.done + answer.kept).toBe(size);
      if (answer.kept > 0) faults.push(answer.fault);
      taken += answer.done;
      after = answer.next;
    }
    // The queue may take some more than its limit before it refuses.
    expect(faults.at(-1)).toBe('broker unavailable: nacked');
    const left = await parkedIds(full);
    expect(left).toHaveLength(250 - taken);
    const arrived = (await vhost.drain(full)).map(({ properties }) => String(properties.messageId));
    const { rows } = await sql.query<{ message_id: string }>('select message_id from stats.parked');
    expect([...arrived, ...rows.map(({ message_id }) => message_id)].sort()).toEqual(
      Array.from({ length: 250 }, (_, index) => `m${index + 1}`).sort(),
    );
    expect(ids).toEqual(expect.arrayContaining(left));
  });

  it("brings nothing into a queue that is another org's by now, nor has an org touch what was left under its name", async () => {
    const parkOf = (id: string, headers: object) =>
      sql.query(
        `insert into stats.parked (queue, message_id, reason, headers, body) values ($1, $2, 'test', $3, '{}')`,
        [renamed, id, JSON.stringify(headers)],
      );
    await parkOf('former', { org_id: 5 });
    await parkOf('own', { org_id: 6 });
    await parkOf('unnamed', {});
    const [former, , unnamed] = await parkedIds(renamed);
    const drop = (orgId: number | null, ids: string[]) =>
      ask({ kind: 'parked_drop', after: '0', upTo: unnamed!, orgId, queues: [renamed], reason: null, ids });
    expect(await drop(6, [former!])).toMatchObject({ done: 0, next: null });
    expect(await replay(unnamed!, { orgId: 6, queues: [renamed] })).toMatchObject({ done: 2, kept: 0 });
    expect(await parkedIds(renamed)).toEqual([former]);
    const isAnothers = { done: 0, kept: 1, fault: `${renamed} is another org's now` };
    expect(await replay(unnamed!, { queues: [renamed] })).toMatchObject(isAnothers);
    expect(await parkedIds(renamed)).toEqual([former]);
    expect((await vhost.drain(renamed)).map(({ properties }) => String(properties.messageId)).sort()).toEqual([
      'own',
      'unnamed',
    ]);
    expect(await drop(null, [former!])).toMatchObject({ done: 1 });

    await parkOf('moved', { org_id: 4 });
    const [moved] = await parkedIds(renamed);
    expect(await replay(moved!, { queues: [renamed] })).toMatchObject({ done: 1, kept: 0 });
    expect((await vhost.drain(newName)).map(({ properties }) => String(properties.messageId))).toEqual(['moved']);
    expect((await vhost.look(renamed))?.ready).toBe(0);
  });

  it('is held up by no message that cannot be written', async () => {
    const headers = JSON.stringify({ odd: { '!': 'no such type', value: 1 } });
    await sql.query(
      `insert into stats.parked (queue, message_id, reason, headers, body) values ($1, 'odd', 'test', $2, '{}')`,
      [facts, headers],
    );
    await parkRows(facts, 'fine', 1);
    const [odd, fine] = await parkedIds(facts);
    const fault = 'no message can be made of it';
    expect(await replay(fine!, { queues: [facts] })).toEqual({ done: 1, kept: 1, fault, next: fine });
    expect(await parkedIds(facts)).toEqual([odd]);
    await waitFor(() => handled.includes('fine1'));
  });

  it('reads a paused queue no more, not even after a start, and reads on when it is resumed', async () => {
    expect(await ask({ kind: 'queue_pause', queue: facts, by: '1' })).toEqual({ outcome: 'changed' });
    expect(await ask({ kind: 'queue_pause', queue: facts, by: '1' })).toEqual({ outcome: 'unchanged' });
    await waitFor(async () => (await vhost.look(facts))?.consumers === 0);
    await app.close();
    await vhost.send(facts, [{ id: 'later' }]);
    await startApp();
    // Its operations are read again, and the queue is not.
    await waitFor(async () => (await vhost.look(operationQueue('stats-service')))?.consumers === 1);
    expect(await vhost.look(facts)).toEqual({ ready: 1, consumers: 0 });
    expect(await ask({ kind: 'queue_resume', queue: facts })).toEqual({ outcome: 'changed' });
    await waitFor(() => handled.includes('later'));
    expect(await ask({ kind: 'queue_resume', queue: facts })).toEqual({ outcome: 'unchanged' });
  });

  it('says no for jobs where there are none', async () => {
    await expect(ask({ kind: 'job_retry', orgId: null, jobId: '1' })).rejects.toMatchObject({
      code: 'operation.not_found',
    });
  });
});
